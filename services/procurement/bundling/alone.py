"""What each member would pay buying the same pieces without the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.cheapest import cheapest
from services.procurement.bundling.disaggregate import Parcel
from services.procurement.bundling.model import Contract, Limits
from services.procurement.bundling.problem import Cell, Problem
from services.procurement.bundling.serve import fewest_short
from services.procurement.bundling.solve import Solver


@dataclass(frozen=True, slots=True)
class Alone:
    """A member's cost alone: the best plan found, a proven lower bound, pieces not obtainable."""

    cents: int
    bound_cents: int
    missing: int


def entitlements(problem: Problem, contract: int) -> Mapping[str, tuple[int | None, int | None]]:
    """Each member's part of what remains of a contract, in pieces and cents.

    In proportion to the pieces (the list value) each asked for that the contract could serve;
    the parts sum to what remains, so that members alone use no more than members together.
    """
    terms = problem.contracts[contract]
    pieces: dict[str, int] = {}
    value: dict[str, int] = {}
    for cell in problem.cells:
        units = [terms.tiers[0].unit_cents[o.item] for o in cell.options if o.contract == contract]
        if units:
            for line in cell.lines:
                pieces[line.member] = pieces.get(line.member, 0) + line.quantity
                worth = line.quantity * max(units) * (cell.months or 1)
                value[line.member] = value.get(line.member, 0) + worth
    if not pieces:
        return {}
    some_pieces = terms.remaining_pieces
    some_cents = terms.remaining_cents
    by_pieces = None if some_pieces is None else apportion(some_pieces, pieces)
    by_cents = None if some_cents is None else apportion(some_cents, value)
    return {
        m: (by_pieces[m] if by_pieces else None, by_cents[m] if by_cents else None) for m in pieces
    }


def alone(
    problem: Problem, parcels: Sequence[Parcel], solver: Solver, limits: Limits
) -> dict[str, Alone]:
    """Each member's cost of its awarded pieces under the same contracts, by itself.

    Minimums and fees apply in full, scarce contracts up to the member's entitlement. Pieces the
    member could not get alone count at the highest list price among their offers.
    """
    wanted: dict[str, dict[int, int]] = {}
    for parcel in parcels:
        own = wanted.setdefault(parcel.line.member, {})
        own[parcel.cell] = own.get(parcel.cell, 0) + parcel.quantity
    scarce = {
        index: entitlements(problem, index)
        for index, c in enumerate(problem.contracts)
        if c.remaining_pieces is not None or c.remaining_cents is not None
    }
    result = {}
    for member in sorted(wanted):
        contracts = tuple(
            _entitled(c, scarce[index].get(member, (0, 0))) if index in scarce else c
            for index, c in enumerate(problem.contracts)
        )
        cells = [
            replace(problem.cells[index], demand=quantity)
            for index, quantity in sorted(wanted[member].items())
        ]
        result[member] = _alone(Problem(contracts, tuple(cells), ()), solver, limits)
    return result


def _entitled(contract: Contract, part: tuple[int | None, int | None]) -> Contract:
    return replace(contract, remaining_pieces=part[0], remaining_cents=part[1])


def _alone(own: Problem, solver: Solver, limits: Limits) -> Alone:
    found = cheapest(own, solver, limits, fewest_short(own, solver, limits))
    got: dict[int, int] = {}
    for (cell, _, _), pieces in found.usage.items():
        got[cell] = got.get(cell, 0) + pieces
    missing = {index: cell.demand - got.get(index, 0) for index, cell in enumerate(own.cells)}
    extra = sum(q * _highest_list(own, own.cells[index]) for index, q in missing.items())
    return Alone(found.total_cents + extra, found.bound_cents + extra, sum(missing.values()))


def _highest_list(problem: Problem, cell: Cell) -> int:
    return max(
        problem.contracts[o.contract].tiers[0].unit_cents[o.item] * (cell.months or 1)
        for o in cell.options
    )
