"""Which of several equally cheap plans is taken."""

from collections import defaultdict

import numpy as np

from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import terms
from services.procurement.bundling.search import SMALL
from services.procurement.bundling.solve import Solver
from services.procurement.bundling.usage import Usage, cost, of_columns


def tidied(problem: Problem, usage: Usage, solver: Solver, limits: Limits) -> Usage:
    """A plan of the same cost with the fewest call-offs, then with the items that come first among
    a line's equivalents, as far as the programme is small; else the plan itself."""
    if sum(len(cell.options) for cell in problem.cells) > SMALL:
        return usage
    model = formulate(problem)
    if len(model.cost) > SMALL:
        return usage
    total = cost(problem, usage)
    for column in model.short:
        model.upper[column] = 0.0
    priced = [column for column, cents in enumerate(model.cost) if cents]
    model.row(-np.inf, total, terms(priced, [model.cost[column] for column in priced]))
    wish = [0.0] * len(model.cost)
    bought: dict[int, list[int]] = defaultdict(list)
    for buy, column in model.buys.items():
        items = list(dict.fromkeys(o.item for o in problem.cells[buy.cell].options))
        wish[column] = float(items.index(buy.item))
        bought[buy.contract].append(column)
    pieces = sum(cell.demand for cell in problem.cells)
    call_off = max(wish) * pieces + 1.0
    for columns in bought.values():
        called = model.column(0.0, 1)
        wish.append(call_off)
        model.row(-np.inf, 0.0, terms(columns) + terms([called], -pieces))
    values = solver.solve(model.milp(wish), limits).values
    if values is None:
        return usage
    found = of_columns(model, values)
    return found if cost(problem, found) == total else usage
