"""The cheapest plan for what can be served, priced exactly."""

from dataclasses import dataclass, replace

import numpy as np

from services.procurement.bundling.charged import Charged
from services.procurement.bundling.construct import constructed, least_conceivable
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.problem import Cell, Option, Problem
from services.procurement.bundling.programme import Switch, terms
from services.procurement.bundling.relax import Relaxed, relax_by_tiers
from services.procurement.bundling.search import LARGE, Stopped, minimise
from services.procurement.bundling.serve import Cuts, apply_cuts, cuts, fewer
from services.procurement.bundling.solve import Solver
from services.procurement.bundling.tidy import tidied
from services.procurement.bundling.usage import Usage, cost, of_columns

PLACES = 40_000
"""Quantity columns from which fees per place are charged, but left out of the search."""


@dataclass(frozen=True, slots=True)
class Found:
    """Pieces by (cell, contract, item), their exact cost, a lower bound of any plan's, and the
    relaxation that the search of the whole programme began with, if one did."""

    usage: Usage
    total_cents: int
    bound_cents: int
    stopped_by: Stopped
    relaxation: Relaxed | None = None


def best(problem: Problem, solver: Solver, limits: Limits) -> tuple[Cuts, Found]:
    """Who goes short of what, and the cheapest plan for the rest; any plan rather than none."""
    cut = cuts(problem, solver, limits)
    while (found := cheapest(apply_cuts(problem, cut.missing), solver, limits)) is None:
        cut = fewer(problem, cut)
    if found.usage and not found.stopped_by:
        left = apply_cuts(problem, cut.missing)
        found = replace(found, usage=tidied(left, found.usage, solver, limits))
    return cut, found


def cheapest(problem: Problem, solver: Solver, limits: Limits, missing: int = 0) -> Found | None:
    """The cheapest of all plans that serve all but `missing` pieces, priced exactly.

    A search that the limits end before it has any plan is answered by a constructed one, with
    the gap to what is proved so far; None if none could be constructed.
    """
    if not any(cell.demand for cell in problem.cells):
        return Found({}, 0, 0, "")
    if not missing and _is_too_large_with_places(problem):
        charged = Charged(problem, solver, limits)
        found = charged.cheapest(likely(charged.free, solver, limits))
        return found and Found(*found)
    model = formulate(problem)
    if missing:
        model.row(-np.inf, missing, terms(model.short))
    else:
        for column in model.short:
            model.upper[column] = 0.0
    first = likely(problem, solver, limits) if len(model.cost) > LARGE else []
    best = minimise(model, model.milp(), solver, limits, first)
    bound = best.bound_cents
    if best.values is not None:
        usage = of_columns(model, best.values)
    elif missing or (known := constructed(problem)) is None:
        return None
    else:
        usage, bound = known, max(bound, least_conceivable(problem))
    total = cost(problem, usage)
    return Found(usage, total, min(total, bound), best.stopped_by, best.relaxation)


def _is_too_large_with_places(problem: Problem) -> bool:
    if not any(contract.place_fee_cents for contract in problem.contracts):
        return False
    columns = sum(
        len(problem.contracts[o.contract].tiers) for cell in problem.cells for o in cell.options
    )
    return columns > PLACES


def likely(problem: Problem, solver: Solver, limits: Limits) -> list[Switch]:
    """The tiers that the relaxation uses if everybody may have of an item what anybody may."""
    demand: dict[tuple[tuple[str, ...], int | None], int] = {}
    options: dict[tuple[tuple[str, ...], int | None], dict[tuple[int, str], int]] = {}
    for cell in problem.cells:
        kind = (tuple(sorted({o.item for o in cell.options})), cell.months)
        demand[kind] = demand.get(kind, 0) + cell.demand
        first = options.setdefault(kind, {})
        for o in cell.options:
            first[o[:2]] = min(o.first, first.get(o[:2], o.first))
    cells = tuple(
        Cell(tuple(Option(*o, first) for o, first in sorted(own.items())), kind[1], None,
             demand[kind], ())
        for kind, own in options.items()
    )  # fmt: skip
    coarse = formulate(Problem(problem.contracts, cells, ()))
    for column in coarse.short:
        coarse.upper[column] = 0.0
    values = relax_by_tiers(coarse, coarse.milp(), solver, limits).answer.values
    if values is None:
        return []
    return [switch for switch, column in coarse.switches.items() if values[column] > 1e-7]
