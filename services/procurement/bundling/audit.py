"""The search for a group of members that would do better by leaving, and the repair.

Source: separation over the core's constraints by an integer programme whose members are binary,
after Drechsel & Kimms, "Computing core allocations in cooperative games with an application to
cooperative procurement", International Journal of Production Economics 128 (2010).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite

import numpy as np

from services.procurement.bundling.entitle import Awarded
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Cap, Formulation, terms
from services.procurement.bundling.solve import Floats, Solver

COLUMNS = 4000
"""Size of programme up to which groups are searched; beyond it the dual bound stands alone."""

ROUNDS = 8
"""Groups found before the shares stay as they are."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Shares no group can beat by more than `gain_cents`, and how many groups were searched out.

    `gain_cents` is None if the round was too large to search.
    """

    cents: Mapping[str, int]
    gain_cents: int | None
    groups: int


def audit(
    problem: Problem,
    awarded: Awarded,
    parts: Mapping[Cap, Mapping[str, int]],
    fallback: Mapping[int, int],
    shares: Mapping[str, int],
    most: Mapping[str, int],
    solver: Solver,
    limits: Limits,
) -> Audit:
    """Look for the group that would save most; while there is one, take its saving into the shares.

    The group's cost is a lower bound of what it would pay (ranks of a cascade are left out), so
    a gain of zero is a proof that no group whatever could save a cent.
    """
    if sum(len(cell.options) for cell in problem.cells) > COLUMNS:
        return Audit(shares, None, 0)
    members = sorted(shares)
    model, choice = _game(problem, awarded, parts, fallback, members)
    if len(model.cost) > COLUMNS:
        return Audit(shares, None, 0)
    best = dict(shares)
    best_gain: int | None = None
    current, groups = dict(shares), []
    for _ in range(ROUNDS):
        found = _worst_group(model, choice, current, solver, limits)
        if found is None:
            break
        group, gain, proven_gain = found
        if best_gain is None or proven_gain < best_gain:
            best, best_gain = current, proven_gain
        if gain < 1:
            break
        groups.append((group, sum(current[m] for m in group) - gain))
        repaired = _repair(shares, most, groups, solver, limits)
        if repaired is None:
            break
        current = repaired
    return Audit(best, best_gain, len(groups) + 1)


def _game(
    problem: Problem,
    awarded: Awarded,
    parts: Mapping[Cap, Mapping[str, int]],
    fallback: Mapping[int, int],
    members: Sequence[str],
) -> tuple[Formulation, dict[str, int]]:
    """The round in which it is open who takes part, and the column of each member."""
    demand = [0] * len(problem.cells)
    for cells in awarded.values():
        for index, pieces in cells.items():
            demand[index] += pieces
    served = [replace(c, demand=d) for c, d in zip(problem.cells, demand, strict=True)]
    contracts = tuple(replace(c, cascade=None, rank=None) for c in problem.contracts)
    model = formulate(Problem(contracts, tuple(served), ()))
    for index, column in enumerate(model.short):
        model.cost[column] = fallback.get(index, 0)
        if index not in fallback:
            model.upper[column] = 0.0
    choice = {m: model.column(0.0, 1) for m in members}
    for index, row in enumerate(model.demand):
        own = {choice[m]: -c[index] for m, c in awarded.items() if index in c}
        model.rows[row] = (0.0, 0.0, model.rows[row][2] + terms(own, own.values()))
    for row, cap in model.caps.items():
        if cap in parts:
            own = {choice[m]: -part for m, part in parts[cap].items()}
            model.rows[row] = (-np.inf, 0.0, model.rows[row][2] + terms(own, own.values()))
    model.row(1.0, np.inf, terms(choice.values()))
    return model, choice


def _worst_group(
    model: Formulation,
    choice: Mapping[str, int],
    shares: Mapping[str, int],
    solver: Solver,
    limits: Limits,
) -> tuple[list[str], int, int] | None:
    """The group that would save most, its saving, and the proven most any group saves."""
    for member, column in choice.items():
        model.cost[column] = -float(shares[member])
    answer = solver.solve(model.milp(), limits)
    if answer.values is None or not isfinite(answer.bound):
        return None
    group = [m for m, column in choice.items() if answer.values[column] > 0.5]
    return group, max(0, round(-answer.objective)), max(0, floor(1e-3 - answer.bound))


def _repair(
    wanted: Mapping[str, int],
    most: Mapping[str, int],
    groups: Sequence[tuple[Sequence[str], int]],
    solver: Solver,
    limits: Limits,
) -> dict[str, int] | None:
    """Shares as near as possible to the wanted ones that satisfy every group found so far."""
    model = Formulation()
    column = {m: model.column(0.0, most[m]) for m in wanted}
    for m, cents in wanted.items():
        off = model.column(1.0, np.inf, integer=False)
        model.row(-np.inf, cents, terms([column[m], off], [1.0, -1.0]))
        model.row(cents, np.inf, terms([column[m], off]))
    total = sum(wanted.values())
    model.row(total, total, terms(column.values()))
    for group, cost in groups:
        model.row(-np.inf, cost, terms([column[m] for m in group]))
    values: Floats | None = solver.solve(model.milp(), limits).values
    if values is None:
        return None
    repaired = {m: round(float(values[c])) for m, c in column.items()}
    return repaired if sum(repaired.values()) == total else None
