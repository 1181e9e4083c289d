"""The cheapest plan for what can be served, priced exactly."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from services.procurement.bundling.construct import constructed, least_conceivable
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.search import minimise
from services.procurement.bundling.solve import Solver, SolverFailed
from services.procurement.bundling.usage import Usage, cost


@dataclass(frozen=True, slots=True)
class Found:
    """Pieces by (cell, contract, item), their exact cost and a lower bound of any plan's."""

    usage: Usage
    total_cents: int
    bound_cents: int
    stopped_by: Literal["", "work", "clock"]


def cheapest(problem: Problem, solver: Solver, limits: Limits, missing: int = 0) -> Found:
    """The cheapest of all plans that serve all but `missing` pieces, priced exactly.

    A search that the limits end before it has any plan is answered by a constructed one, with
    the gap to what is conceivable at all.

    Raises:
        SolverFailed: no plan within the limits.
    """
    if not any(cell.demand for cell in problem.cells):
        return Found({}, 0, 0, "")
    model = formulate(problem)
    if missing:
        model.row(-np.inf, missing, [(column, 1.0) for column in model.short])
    else:
        for column in model.short:
            model.upper[column] = 0.0
    found = minimise(model, model.milp(), solver, limits)
    if found is None:
        known = None if missing else constructed(problem)
        if known is None:
            raise SolverFailed("no priced plan within the limits")
        return Found(known, cost(problem, known), least_conceivable(problem), "clock")
    usage: Usage = {}
    for buy, pieces in model.usage(found.values).items():
        key = (buy.cell, buy.contract, buy.item)
        usage[key] = usage.get(key, 0) + pieces
    total = cost(problem, usage)
    return Found(usage, total, min(total, found.bound_cents), found.stopped_by)
