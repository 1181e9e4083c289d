"""From a million lines to the few cells that decide: what may serve a line, and what may not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from services.procurement.bundling.model import BadRound, Contract, Line, Reason
from services.procurement.bundling.pause import collecting_paused
from services.procurement.bundling.pricing import check_contract


class Option(NamedTuple):
    """A contract (by index) may serve with `item`, from tier `first` on (price ceiling)."""

    contract: int
    item: str
    first: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines, in any order, that every plan may treat alike; `place` is set only where it has a
    price."""

    options: tuple[Option, ...]
    months: int | None
    place: str | None
    demand: int
    lines: Sequence[Line]
    minimum: int = 1


class Rejection(NamedTuple):
    """A line no contract may serve; contract and item name what came closest."""

    line: Line
    reason: Reason
    contract: Contract | None
    item: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A round reduced to cells; contracts sorted by id."""

    contracts: tuple[Contract, ...]
    cells: tuple[Cell, ...]
    rejections: tuple[Rejection, ...]


_STAGES = (
    Reason.NO_OFFER,
    Reason.NOT_VALID,
    Reason.NOT_ENTITLED,
    Reason.TOO_LATE,
    Reason.PRICE_CEILING,
)


@collecting_paused()
def aggregate(lines: Iterable[Line], contracts: Iterable[Contract], on: date) -> Problem:
    """Group lines into cells by what may serve them, in linear time; input order is irrelevant.

    Raises:
        BadRound: a contradiction in a contract or line, or an id given twice.
    """
    lines = list(lines)
    ordered = tuple(sorted(contracts, key=lambda c: c.id))
    for contract in ordered:
        check_contract(contract)
    if len({c.id for c in ordered}) < len(ordered):
        raise BadRound("a contract id is given twice")
    cells: dict[tuple[tuple[Option, ...], int | None, str | None], list[list[Line]]] = {}
    rejections: list[Rejection] = []
    offers: dict[str, list[tuple[int, Contract]]] = defaultdict(list)
    for index, contract in enumerate(ordered):
        for item in contract.tiers[0].unit_cents:
            offers[item].append((index, contract))
    for group in _alike(lines, ordered):
        options, rejected = _options(group[0], offers, on)
        if rejected:
            rejections += [Rejection(line, *rejected) for line in group]
            continue
        place = group[0].place if _place_matters(options, ordered) else None
        cells.setdefault((options, group[0].months, place), []).append(group)
    built = [_cell(*key, list(chain(*groups))) for key, groups in cells.items()]
    built.sort(key=lambda c: (c.options, c.months or 0, c.place or ""))
    rejections.sort(key=lambda r: r.line.id)
    return Problem(ordered, tuple(built), tuple(rejections))


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Lines by place, member and id: the order that decides wherever one has to."""
    return sorted(lines, key=attrgetter("place", "member", "id"))


def _alike(lines: Sequence[Line], contracts: Sequence[Contract]) -> Iterable[list[Line]]:
    """Lines that differ in nothing that a contract asks for.

    All that is done here is done a million times, so that the loops are left to `map` and `zip`.
    """
    if len(set(map(attrgetter("id"), lines))) < len(lines):
        raise BadRound("a line id is given twice")
    classes = _member_classes(contracts, set(map(attrgetter("member"), lines)))
    asked = ["item", "equivalents", "months", "latest", "ceiling_cents"]
    if any(c.place_fee_cents or max(c.pack.values(), default=1) > 1 for c in contracts):
        asked.append("place")
    columns = [map(attrgetter(name), lines) for name in asked]
    member_class = map(classes.__getitem__, map(attrgetter("member"), lines))
    groups: dict[tuple[object, ...], list[Line]] = defaultdict(list)
    for key, line in zip(zip(*columns, member_class, strict=True), lines, strict=True):
        groups[key].append(line)
    if min(map(attrgetter("quantity"), lines), default=1) < 1 or any(
        group[0].months is not None and group[0].months < 1 for group in groups.values()
    ):
        line = next(n for n in lines if n.quantity < 1 or (n.months is not None and n.months < 1))
        raise BadRound(f"line {line.id}: quantity and months are at least 1")
    for earliest, latest in set(map(attrgetter("earliest", "latest"), lines)):
        if earliest and latest and earliest > latest:
            wrong = next(n.id for n in lines if (n.earliest, n.latest) == (earliest, latest))
            raise BadRound(f"line {wrong}: earliest {earliest} is after latest {latest}")
    return groups.values()


def _cell(
    options: tuple[Option, ...], months: int | None, place: str | None, lines: list[Line]
) -> Cell:
    return Cell(options, months, place, sum(map(attrgetter("quantity"), lines)), lines)


def _member_classes(contracts: Sequence[Contract], members: set[str]) -> Mapping[str, object]:
    named = [c.entitled for c in contracts if c.entitled is not None]
    return {m: tuple(m in entitled for entitled in named) for m in members}


def _place_matters(options: Iterable[Option], contracts: Sequence[Contract]) -> bool:
    return any(
        contracts[o.contract].place_fee_cents or contracts[o.contract].pack.get(o.item, 1) > 1
        for o in options
    )


def _options(
    line: Line, offers: Mapping[str, Sequence[tuple[int, Contract]]], on: date
) -> tuple[tuple[Option, ...], tuple[Reason, Contract | None, str] | None]:
    """Options of a line, or the reason of the contract that came closest."""
    options: list[Option] = []
    closest: tuple[tuple[int, int], Contract | None, str] = ((0, 0), None, line.item)
    for item in (line.item, *line.equivalents):
        for index, contract in offers.get(item, ()):
            first, stage = _first_tier(line, item, contract, on)
            if first is not None:
                options.append(Option(index, item, first))
            else:
                far = contract.lead_days if stage == 3 else contract.tiers[-1].unit_cents[item]
                closest = max(closest, ((stage, -far), contract, item), key=lambda c: c[0])
    if options:
        return tuple(options), None
    return (), (_STAGES[closest[0][0]], closest[1], closest[2])


def _first_tier(line: Line, item: str, contract: Contract, on: date) -> tuple[int | None, int]:
    """First tier a contract may serve the line at, else the stage at which it failed.

    Incremental tiers are held against the ceiling at their first price: no piece costs more.
    """
    if (contract.valid_from and on < contract.valid_from) or (
        contract.valid_until and on > contract.valid_until
    ):
        return None, 1
    if contract.entitled is not None and line.member not in contract.entitled:
        return None, 2
    if line.latest and on + timedelta(days=contract.lead_days) > line.latest:
        return None, 3
    if line.ceiling_cents is None:
        return 0, 4
    tiers = contract.tiers if contract.mode == "all_units" else contract.tiers[:1]
    for index, tier in enumerate(tiers):
        if tier.unit_cents[item] <= line.ceiling_cents:
            return index, 4
    return None, 4
