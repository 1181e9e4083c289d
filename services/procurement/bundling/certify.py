"""The check of a plan's bound, in integers and without any solver: for whoever trusts neither."""

from collections.abc import Mapping
from math import isinf

import numpy as np

from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.solve import Milp

SCALE = 1 << 30
"""Multipliers are integers in units of 1/SCALE cents."""

FITS = 1 << 62
"""Sums whose parts come to less, whatever their signs, fit 64 bits; that leaves a factor of two for
what the sum of the parts is rounded by."""


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
    milp = model.milp()
    rows = len(milp.row_lower)
    bound = 0
    for row, multiplier in multipliers.items():
        if not 0 <= row < rows:
            raise NotProved(f"multiplier of row {row}: there are {rows} rows")
        side = float(milp.row_lower[row] if multiplier > 0 else milp.row_upper[row])
        if isinf(side):
            raise NotProved(f"multiplier of row {row}: has the wrong sign")
        bound += multiplier * int(side)
    unserved = set(model.short)
    for column, (cost, value) in enumerate(zip(model.cost, rated(milp, multipliers), strict=True)):
        if value > int(cost) * SCALE and column not in unserved:
            raise NotProved(f"column {column}: costs {cost:.0f} cents, rated at {value / SCALE}")
    return -(-bound // SCALE)


def rated(milp: Milp, multipliers: Mapping[int, int]) -> list[int]:
    """What the multiplied rows weigh on each column, exactly: in 64 bits where the parts are too
    small to overflow them, in Python's integers elsewhere."""
    rows = np.repeat(np.arange(len(milp.row_lower)), np.diff(milp.starts))
    rough, small = np.zeros(len(milp.row_lower)), np.zeros(len(milp.row_lower), dtype=np.int64)
    for row, multiplier in multipliers.items():
        rough[row] = min(abs(multiplier), FITS)
        small[row] = multiplier if abs(multiplier) < FITS else 0
    parts = np.bincount(milp.index, rough[rows] * np.abs(milp.value), len(milp.cost))
    large = parts >= FITS
    sums = np.zeros(len(milp.cost), dtype=np.int64)
    weights = np.where(large[milp.index], 0, milp.value).astype(np.int64)
    np.add.at(sums, milp.index, small[rows] * weights)
    exact: list[int] = sums.tolist()
    for at in np.flatnonzero(large[milp.index] & (rough[rows] > 0)).tolist():
        exact[milp.index[at]] += multipliers[int(rows[at])] * int(milp.value[at])
    return exact
