"""A price list that no group of members can undercut, with its proof in integers.

Relax the round to a linear programme of which only the demand and the capacity rows have a
right-hand side. With its dual prices, π for a cell's demand and μ <= 0 for scarce capacity, a
member's value Σ π·pieces + Σ μ·entitlement is additive, and for every group of members the sum
is at most what that group would pay alone: its own relaxation has the same dual feasible set.

Source: linear-programming duality as in Owen, "On the core of linear production games",
Mathematical Programming 9 (1975); for fixed costs Goemans & Skutella, J. Algorithms 50 (2004).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.procurement.bundling.certify import SCALE
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
    multipliers = _feasible(model, milp, answer.duals, set(fallback))
    values = {}
    for member, cells in awarded.items():
        value = sum(multipliers[model.demand[index]] * q for index, q in cells.items())
        for row, cap in model.caps.items():
            value += multipliers[row] * parts[cap].get(member, 0) if cap in parts else 0
        values[member] = value
    return PriceList(values, {row: y for row, y in enumerate(multipliers) if y})


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


def _feasible(model: Formulation, milp: Milp, duals: Floats, open_cells: set[int]) -> list[int]:
    """The solver's multipliers as integers, moved until every reduced cost is non-negative.

    First the switches: the rows that make them too dear give way, towards zero, so this ends.
    Then the quantities: the price of their demand gives way, which touches no switch.
    """
    rows = len(milp.row_lower)
    y = [0] * rows
    for row in np.flatnonzero(duals).tolist():
        value = round(float(duals[row]) * SCALE)
        if milp.row_lower[row] == -np.inf:
            value = min(value, 0)
        if milp.row_upper[row] == np.inf:
            value = max(value, 0)
        y[row] = value
    columns: list[list[tuple[int, int]]] = [[] for _ in milp.cost]
    for row in range(rows):
        if y[row]:
            for at in range(milp.starts[row], milp.starts[row + 1]):
                columns[milp.index[at]].append((row, int(milp.value[at])))
    demand_row = {}
    for cell, row in enumerate(model.demand):
        for at in range(milp.starts[row], milp.starts[row + 1]):
            demand_row[int(milp.index[at])] = (cell, row)
    shorts = dict(zip(model.short, range(len(model.short)), strict=True))
    switches = [column for column in range(len(columns)) if column not in demand_row]
    moved = True
    while moved:
        moved = False
        for column in switches:
            lack = sum(y[r] * a for r, a in columns[column]) - int(milp.cost[column]) * SCALE
            for row, a in columns[column]:
                if lack > 0 and a * y[row] > 0:
                    give = min(abs(y[row]), -(-lack // abs(a)))
                    y[row] -= give if y[row] > 0 else -give
                    lack -= give * abs(a)
                    moved = True
    for column, terms in enumerate(columns):
        if column not in demand_row or (column in shorts and shorts[column] not in open_cells):
            continue
        row = demand_row[column][1]
        lack = sum(y[r] * a for r, a in terms if r != row)
        y[row] = min(y[row], int(milp.cost[column]) * SCALE - lack)
    return y
