"""From cells back to lines: who gets which pieces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.model import Line
from services.procurement.bundling.pricing import Goods
from services.procurement.bundling.problem import Cell, Problem


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


def disaggregate(
    problem: Problem, usage: Mapping[tuple[int, int, str], int]
) -> tuple[list[Parcel], list[Shortfall]]:
    """Hand each cell's pieces to its lines, in linear time.

    If a cell is short, its members get pieces in proportion to what they asked for, and each
    member's lines likewise (largest remainder). A cell served by several contracts is filled
    line by line in the order of place and member, so that few lines and orders are split.
    """
    by_cell: dict[int, list[tuple[int, str, int]]] = {}
    for (index, contract, item), pieces in sorted(usage.items()):
        by_cell.setdefault(index, []).append((contract, item, pieces))
    parcels: list[Parcel] = []
    shortfalls: list[Shortfall] = []
    for index, cell in enumerate(problem.cells):
        sources = by_cell.get(index, [])
        quantities = _fair(cell, sum(pieces for _, _, pieces in sources))
        for line, quantity in zip(cell.lines, quantities, strict=True):
            if quantity < line.quantity:
                shortfalls.append(Shortfall(line, index, line.quantity - quantity))
        parcels += _fill(index, zip(cell.lines, quantities, strict=True), sources)
    return parcels, shortfalls


def _fair(cell: Cell, served: int) -> Sequence[int]:
    """Pieces per line of a cell, in the order of its lines."""
    if served == cell.demand:
        return [line.quantity for line in cell.lines]
    wanted: dict[str, int] = {}
    own: dict[str, dict[str, int]] = {}
    for line in cell.lines:
        wanted[line.member] = wanted.get(line.member, 0) + line.quantity
        own.setdefault(line.member, {})[line.id] = line.quantity
    parts: dict[str, int] = {}
    for member, pieces in apportion(served, wanted).items():
        parts |= apportion(pieces, own[member])
    return [parts[line.id] for line in cell.lines]


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
