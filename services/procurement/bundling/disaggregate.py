"""From cells back to lines: who gets which pieces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

from services.procurement.bundling.model import Line
from services.procurement.bundling.pause import collecting_paused
from services.procurement.bundling.pricing import Goods
from services.procurement.bundling.problem import Problem, in_order


class Parcel(NamedTuple):
    """Pieces of one line served by one contract (by index)."""

    line: Line
    cell: int
    contract: int
    item: str
    quantity: int

    @property
    def goods(self) -> Goods:
        """What the contract is asked for."""
        return Goods(self.line.place, self.item, self.line.months)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Pieces of a line that stay unserved although a contract could have served the line."""

    line: Line
    cell: int
    quantity: int


@collecting_paused()
def disaggregate(
    problem: Problem, usage: Mapping[tuple[int, int, str], int], missing: Mapping[str, int]
) -> tuple[list[Parcel], list[Shortfall]]:
    """Hand each cell's pieces to its lines, in linear time; `missing` goes unserved, by line id.

    A cell served by several contracts is filled line by line in the order of place and member,
    so that few lines and orders are split.
    """
    by_cell: dict[int, list[tuple[int, str, int]]] = {}
    for (index, contract, item), pieces in sorted(usage.items()):
        by_cell.setdefault(index, []).append((contract, item, pieces))
    parcels: list[Parcel] = []
    shortfalls: list[Shortfall] = []
    for index, cell in enumerate(problem.cells):
        if missing:
            shortfalls += [
                Shortfall(line, index, missing[line.id])
                for line in cell.lines
                if line.id in missing
            ]
        lines, sources = in_order(cell.lines), by_cell.get(index, [])
        wanted: Iterable[int] = map(attrgetter("quantity"), lines)
        if missing:
            wanted = [line.quantity - missing.get(line.id, 0) for line in lines]
        elif len(sources) == 1:
            same = repeat(index), repeat(sources[0][0]), repeat(sources[0][1])
            parcels += map(Parcel._make, zip(lines, *same, wanted))  # noqa: B905
            continue
        parcels += _fill(index, zip(lines, wanted, strict=True), sources)
    return parcels, shortfalls


def _fill(
    cell: int, lines: Iterable[tuple[Line, int]], sources: Sequence[tuple[int, str, int]]
) -> Iterable[Parcel]:
    supply = iter(sources)
    contract, item, left = 0, "", 0
    for line, wanted in lines:
        while wanted:
            if not left:
                contract, item, left = next(supply)
            part = min(wanted, left)
            yield Parcel(line, cell, contract, item, part)
            wanted -= part
            left -= part
