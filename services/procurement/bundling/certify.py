"""The check of a plan's bound, in integers and without any solver: for whoever trusts neither."""

from collections.abc import Mapping
from math import isinf

from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.problem import Problem

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
