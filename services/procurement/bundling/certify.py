"""The check of a plan's bound, in integers and without any solver: for whoever trusts neither."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from math import isinf

from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Award, Contract, Line
from services.procurement.bundling.pricing import Goods, price
from services.procurement.bundling.problem import Problem, aggregate

SCALE = 1 << 30
"""Multipliers are integers in units of 1/SCALE cents."""


class NotProved(ValueError):
    """Awards or multipliers break a rule of the round; the text names the first."""


def certify(problem: Problem, multipliers: Mapping[int, int]) -> int:
    """What the whole demand of `problem` costs at least, in cents.

    Each multiplier belongs to a row of the programme that `formulate` gives, quantity and switch
    columns only bounded from below. The rows, multiplied and added up, must not weigh more on any
    column than it costs: then no plan costs less than their right-hand sides.

    Args:
        multipliers: by row, in 1/SCALE cents; rows that are not named count nothing.

    Raises:
        NotProved: a multiplier has no row or the wrong sign, or a column is overrated.

    Source: weak duality of linear programming.
    """
    model = formulate(problem)
    rows = model.rows + model.forcing
    worth = [0] * len(model.cost)
    bound = 0
    for row, multiplier in multipliers.items():
        if not 0 <= row < len(rows):
            raise NotProved(f"multiplier of row {row}: there are {len(rows)} rows")
        lower, upper, terms = rows[row]
        side = lower if multiplier > 0 else upper
        if isinf(side):
            raise NotProved(f"multiplier of row {row}: has the wrong sign")
        bound += multiplier * int(side)
        for column, weight in terms:
            worth[column] += multiplier * int(weight)
    unserved = set(model.short)
    for column, (cost, value) in enumerate(zip(model.cost, worth, strict=True)):
        if value > int(cost) * SCALE and column not in unserved:
            raise NotProved(f"column {column}: costs {cost:.0f} cents, rated at {value / SCALE}")
    return -(-bound // SCALE)


def recompute(
    lines: Iterable[Line],
    contracts: Iterable[Contract],
    awards: Iterable[Award],
    multipliers: Mapping[int, int],
    on: date,
) -> tuple[int, int]:
    """What the awards cost by the contracts' prices, and what they cost at least, in cents.

    Raises:
        BadRound: lines or contracts contradict themselves.
        NotProved: an award is of no line or contract, no contract may serve it so, or more is
            awarded than asked; or see `certify`.
    """
    problem = aggregate(lines, contracts, on)
    cell_of = {line.id: c for c, cell in enumerate(problem.cells) for line in cell.lines}
    line_of = {line.id: line for cell in problem.cells for line in cell.lines}
    index = {contract.id: c for c, contract in enumerate(problem.contracts)}
    left = {line: line_of[line].quantity for line in line_of}
    demand = [0] * len(problem.cells)
    bought: dict[int, dict[Goods, int]] = {}
    for a in awards:
        cell = problem.cells[cell_of[a.line_id]] if a.line_id in cell_of else None
        if cell is None or not any(
            (o.contract, o.item) == (index.get(a.contract), a.item) for o in cell.options
        ):
            raise NotProved(f"award {a.line_id}: {a.contract} may not serve it with {a.item}")
        left[a.line_id] -= a.quantity
        if a.quantity < 1 or left[a.line_id] < 0:
            raise NotProved(f"award {a.line_id}: more than asked, or nothing")
        demand[cell_of[a.line_id]] += a.quantity
        line = line_of[a.line_id]
        goods = bought.setdefault(index[a.contract], {})
        key = Goods(line.place, a.item, line.months)
        goods[key] = goods.get(key, 0) + a.quantity
    total = sum(price(problem.contracts[c], goods).total_cents for c, goods in bought.items())
    served = [replace(c, demand=d) for c, d in zip(problem.cells, demand, strict=True)]
    return total, certify(replace(problem, cells=tuple(served)), multipliers)
