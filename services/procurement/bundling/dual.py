"""A price list that no group of members can undercut, with its proof in integers.

Relax the round to a linear programme of which only the demand and the capacity rows have a
right-hand side. With its dual prices, π for a cell's demand and μ <= 0 for scarce capacity, a
member's value Σ π·pieces + Σ μ·entitlement is additive, and for every group of members the sum
is at most what that group would pay alone: its own relaxation has the same dual feasible set.

Source: linear-programming duality as in Owen, "On the core of linear production games",
Mathematical Programming 9 (1975); for fixed costs Goemans & Skutella, J. Algorithms 50 (2004).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.procurement.bundling.certify import SCALE, rated
from services.procurement.bundling.cheapest import likely
from services.procurement.bundling.entitle import Awarded
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Cap, Formulation
from services.procurement.bundling.relax import relax_by_tiers
from services.procurement.bundling.search import LARGE
from services.procurement.bundling.solve import Floats, Milp, Solver


@dataclass(frozen=True, slots=True)
class PriceList:
    """Values per member in cents / SCALE, none above what any group would pay alone, and the
    multipliers of the programme's rows that prove it without the solver (see `certify`)."""

    values: Mapping[str, int]
    multipliers: Mapping[int, int]

    @property
    def bound_cents(self) -> int:
        """The values' sum in whole cents: no plan serves what is awarded for less."""
        return -(-sum(self.values.values()) // SCALE)


def price_list(
    problem: Problem,
    awarded: Awarded,
    parts: Mapping[Cap, Mapping[str, int]],
    fallback: Mapping[int, int],
    solver: Solver,
    limits: Limits,
) -> PriceList:
    """Dual prices of a round whose demand is `awarded`.

    `fallback` gives the unit price outside the contracts, in cents, for cells of which some
    member alone could not get all pieces. If the solver gives no duals all values are zero,
    which is a valid, useless list.
    """
    demand = [0] * len(problem.cells)
    for cells in awarded.values():
        for index, pieces in cells.items():
            demand[index] += pieces
    served = [replace(c, demand=d) for c, d in zip(problem.cells, demand, strict=True)]
    model = formulate(replace(problem, cells=tuple(served)))
    for index, column in enumerate(model.short):
        # A column that costs more than any price stays at zero; its price is never needed.
        model.cost[column] = fallback.get(index, 0)
        model.upper[column] = np.inf if index in fallback else 0.0
    milp = _relaxation(model)
    if len(model.cost) > LARGE:
        first = likely(problem, solver, limits)
        answer = relax_by_tiers(model, milp, solver, limits, first, enough=0.0).answer
    else:
        answer = solver.solve(milp, limits)
    if answer.duals is None or answer.status != "optimal":
        return PriceList(dict.fromkeys(awarded, 0), {})
    multipliers = _feasible(model, milp, answer.duals, fallback)
    values = {}
    for member, cells in awarded.items():
        value = sum(multipliers.get(model.demand[index], 0) * q for index, q in cells.items())
        for row, cap in model.caps.items():
            if cap in parts:
                value += multipliers.get(row, 0) * parts[cap].get(member, 0)
        values[member] = value
    return PriceList(values, multipliers)


def _relaxation(model: Formulation) -> Milp:
    """The linear programme in which only demand and capacity have a right-hand side."""
    milp = model.milp()
    joint = np.zeros(len(milp.row_lower), dtype=bool)
    joint[sorted(model.joint)] = True
    lower = np.where(joint, -np.inf, milp.row_lower)
    upper = np.where(joint, np.inf, milp.row_upper)
    shorts = np.zeros(len(milp.cost), dtype=bool)
    shorts[model.short] = True
    return replace(
        milp,
        integer=np.zeros_like(milp.integer),
        upper=np.where(shorts, milp.upper, np.inf),
        row_lower=lower,
        row_upper=upper,
    )


def _feasible(
    model: Formulation, milp: Milp, duals: Floats, open_cells: Collection[int]
) -> dict[int, int]:
    """The solver's multipliers as integers, moved until every reduced cost is non-negative.

    First the switches: the rows that make them too dear give way, towards zero, so this ends.
    Then the quantities: the price of their demand gives way, which touches no switch.
    """
    y = {}
    for row in np.flatnonzero(duals).tolist():
        value = round(float(duals[row]) * SCALE)
        if milp.row_lower[row] == -np.inf:
            value = min(value, 0)
        if milp.row_upper[row] == np.inf:
            value = max(value, 0)
        y[row] = value
    rows = np.repeat(np.arange(len(milp.row_lower)), np.diff(milp.starts))
    demand = np.isin(rows, model.demand)
    is_switch = np.ones(len(milp.cost), dtype=bool)
    is_switch[milp.index[demand]] = False
    terms: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at in np.flatnonzero(is_switch[milp.index] & (duals[rows] != 0)).tolist():
        terms[int(milp.index[at])].append((int(rows[at]), int(milp.value[at])))
    moved = True
    while moved:
        moved = False
        for column in sorted(terms):
            own = terms[column]
            lack = sum(y[row] * a for row, a in own) - int(milp.cost[column]) * SCALE
            for row, a in own:
                if lack > 0 and a * y[row] > 0:
                    give = min(abs(y[row]), -(-lack // abs(a)))
                    y[row] -= give if y[row] > 0 else -give
                    lack -= give * abs(a)
                    moved = True
    closed = {short for cell, short in enumerate(model.short) if cell not in open_cells}
    worth = rated(milp, y)
    most = dict.fromkeys(model.demand, 0)
    for row, column in zip(rows[demand].tolist(), milp.index[demand].tolist(), strict=True):
        if column not in closed:
            most[row] = min(most[row], int(milp.cost[column]) * SCALE - worth[column])
    for row, less in most.items():
        y[row] = y.get(row, 0) + less
    return {row: value for row, value in y.items() if value}
