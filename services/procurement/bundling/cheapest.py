"""The cheapest plan for what can be served, priced exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.pricing import Goods, Priced, price
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.search import minimise
from services.procurement.bundling.solve import Solver, SolverFailed

Usage = dict[tuple[int, int, str], int]


@dataclass(frozen=True, slots=True)
class Found:
    """Pieces by (cell, contract, item), their exact cost and a lower bound of any plan's."""

    usage: Usage
    total_cents: int
    bound_cents: int
    stopped_by: Literal["", "work", "clock"]


def cheapest(problem: Problem, solver: Solver, limits: Limits, missing: int = 0) -> Found:
    """The cheapest of all plans that serve all but `missing` pieces, priced exactly.

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
        raise SolverFailed("no priced plan within the limits")
    usage: Usage = {}
    for buy, pieces in model.usage(found.values).items():
        key = (buy.cell, buy.contract, buy.item)
        usage[key] = usage.get(key, 0) + pieces
    total = cost(problem, usage)
    return Found(usage, total, min(total, found.bound_cents), found.stopped_by)


def cost(problem: Problem, usage: Mapping[tuple[int, int, str], int]) -> int:
    """What an allocation costs by the pricing rules, in cents."""
    return sum(call_off.total_cents for call_off in call_offs(problem, usage).values())


def call_offs(problem: Problem, usage: Mapping[tuple[int, int, str], int]) -> dict[int, Priced]:
    """An allocation priced, by contract."""
    bought: dict[int, dict[Goods, int]] = {}
    for (index, contract, item), pieces in usage.items():
        cell = problem.cells[index]
        goods = bought.setdefault(contract, {})
        key = Goods(cell.place or "", item, cell.months)
        goods[key] = goods.get(key, 0) + pieces
    return {c: price(problem.contracts[c], goods) for c, goods in bought.items()}
