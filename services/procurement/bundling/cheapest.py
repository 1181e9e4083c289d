"""The search: serve as many pieces as possible, then at the lowest cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np

from services.procurement.bundling.formulate import Formulation, formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.pricing import Goods, price
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.solve import Answer, Milp, Solver, SolverFailed

Usage = dict[tuple[int, int, str], int]


@dataclass(frozen=True, slots=True)
class Found:
    """Pieces by (cell, contract, item), their exact cost and a lower bound of any plan's."""

    usage: Usage
    total_cents: int
    bound_cents: int
    served: int
    stopped_by: Literal["", "work", "clock"]


def cheapest(problem: Problem, solver: Solver, limits: Limits) -> Found:
    """The cheapest of all plans that serve the most pieces, priced exactly.

    Raises:
        SolverFailed: no plan within the limits.
    """
    demand = sum(cell.demand for cell in problem.cells)
    if not demand:
        return Found({}, 0, 0, 0, "")
    model = formulate(problem)
    milp = model.milp()
    answer = solver.solve(_short_at_most(model, milp, 0), limits)
    stopped: set[str] = set()
    if answer.values is None:
        fewest = [0.0] * len(model.cost)
        for column in model.short:
            fewest[column] = 1.0
        least = solver.solve(model.milp(fewest), limits)
        if least.values is None:
            raise SolverFailed(f"no plan within the limits: {least.status}")
        stopped.add(_stop(least))
        answer = solver.solve(_short_at_most(model, milp, round(least.objective)), limits)
        if answer.values is None:
            raise SolverFailed(f"no priced plan within the limits: {answer.status}")
    stopped.add(_stop(answer))
    assert answer.values is not None  # noqa: S101 - checked on both ways
    usage: Usage = {}
    for buy, pieces in model.usage(answer.values).items():
        key = (buy.cell, buy.contract, buy.item)
        usage[key] = usage.get(key, 0) + pieces
    total = cost(problem, usage)
    bound = min(total, ceil(answer.bound - 1e-6 * max(1.0, abs(answer.bound) * 1e-6)))
    reason: Literal["", "work", "clock"] = (
        "clock" if "clock" in stopped else "work" if "work" in stopped else ""
    )
    return Found(usage, total, bound, sum(usage.values()), reason)


def cost(problem: Problem, usage: Mapping[tuple[int, int, str], int]) -> int:
    """What an allocation costs by the pricing rules, in cents."""
    bought: dict[int, dict[Goods, int]] = {}
    for (index, contract, item), pieces in usage.items():
        cell = problem.cells[index]
        goods = bought.setdefault(contract, {})
        key = Goods(cell.place or "", item, cell.months)
        goods[key] = goods.get(key, 0) + pieces
    return sum(price(problem.contracts[c], goods).total_cents for c, goods in bought.items())


def _stop(answer: Answer) -> str:
    return answer.status if answer.status in ("work", "clock") else ""


def _short_at_most(model: Formulation, milp: Milp, pieces: int) -> Milp:
    """The same programme with at most so many unserved pieces in total."""
    if pieces == 0:
        upper = milp.upper.copy()
        upper[model.short] = 0.0
        return replace(milp, upper=upper)
    # The new row goes in front: the forcing rows have to stay last.
    columns = np.array(model.short, dtype=np.int32)
    return replace(
        milp,
        row_lower=np.concatenate([[-np.inf], milp.row_lower]),
        row_upper=np.concatenate([[float(pieces)], milp.row_upper]),
        starts=np.concatenate([[0], milp.starts + len(columns)]).astype(np.int32),
        index=np.concatenate([columns, milp.index]),
        value=np.concatenate([np.ones(len(columns)), milp.value]),
    )
