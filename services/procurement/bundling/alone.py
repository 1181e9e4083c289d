"""What each member would pay buying the same pieces without the others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.procurement.bundling.cheapest import cheapest
from services.procurement.bundling.construct import least_conceivable
from services.procurement.bundling.entitle import Awarded, own_contracts
from services.procurement.bundling.model import Limits
from services.procurement.bundling.plain import at_list_price
from services.procurement.bundling.problem import Cell, Problem
from services.procurement.bundling.programme import Cap
from services.procurement.bundling.serve import fewest_short
from services.procurement.bundling.solve import Solver
from services.procurement.bundling.usage import call_offs, cost


@dataclass(frozen=True, slots=True)
class Alone:
    """A member's proven least cost alone; by cell, its goods and the pieces it could not get."""

    bound_cents: int
    missing: Mapping[int, int]
    by_cell: Mapping[int, int]


def alone(
    problem: Problem,
    awarded: Awarded,
    parts: Mapping[Cap, Mapping[str, int]],
    solver: Solver,
    limits: Limits,
) -> dict[str, Alone]:
    """Each member's cost of its awarded pieces under the same contracts, by itself.

    Minimums and fees apply in full, scarce contracts up to the member's entitlement. Pieces the
    member could not get alone count at the highest list price among their offers. Where the limits
    end the search, every piece counts at its lowest price anywhere, a bound of any cost.
    """
    result = {}
    for member in sorted(awarded):
        wanted = awarded[member]
        cells = tuple(replace(problem.cells[i], demand=q) for i, q in sorted(wanted.items()))
        own = Problem(own_contracts(problem, parts, member), cells, ())
        plain, rest = at_list_price(own)
        short = fewest_short(rest, solver, limits)
        found = None if short is None else cheapest(rest, solver, limits, short)
        if found is None:
            lowest = {i: least_conceivable(replace(own, cells=(cells[k],)))
                      for k, i in enumerate(sorted(wanted))}  # fmt: skip
            result[member] = Alone(sum(lowest.values()), {}, lowest)
            continue
        usage = plain | found.usage
        left = dict(enumerate(cell.demand for cell in cells))
        for (index, _, _), pieces in usage.items():
            left[index] -= pieces
        missing = {i: left[k] for k, i in enumerate(sorted(wanted)) if left[k]}
        outside = {i: q * highest_list(problem, problem.cells[i]) for i, q in missing.items()}
        bound = cost(own, plain) + found.bound_cents + sum(outside.values())
        goods = {i: outside.get(i, 0) for i in wanted}
        priced = call_offs(own, usage)
        for (index, contract, item), pieces in usage.items():
            terms = own.contracts[contract]
            tier = priced[contract].tiers[None if terms.scope == "contract" else item]
            unit = terms.tiers[tier].unit_cents[item] * (cells[index].months or 1)
            goods[sorted(wanted)[index]] += pieces * unit
        result[member] = Alone(bound, missing, goods)
    return result


def highest_list(problem: Problem, cell: Cell) -> int:
    """The dearest list price among a cell's offers, for its whole term, in cents a piece."""
    return max(
        problem.contracts[o.contract].tiers[0].unit_cents[o.item] * (cell.months or 1)
        for o in cell.options
    )
