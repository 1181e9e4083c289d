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

from services.procurement.bundling.alone import highest_list
from services.procurement.bundling.certify import SCALE, rated
from services.procurement.bundling.cheapest import likely
from services.procurement.bundling.entitle import Awarded
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Cap, Formulation, Switch
from services.procurement.bundling.relax import ENOUGH, Relaxed, relax, relax_by_tiers
from services.procurement.bundling.search import LARGE
from services.procurement.bundling.solve import Milp, Solver

NEAR = 1e-6
"""Part of the cost by which a tier may be too dear to join where pieces have a price outside."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Values per member in cents / SCALE, none above what any group would pay alone, and the
    multipliers of the programme's rows that prove it without the solver (see `certify`), no piece
    counting more than outside the contracts where somebody could not get it alone.

    The `proof` is multipliers, too: no plan serves what is awarded for less than `bound_cents`.
    """

    values: Mapping[str, int]
    multipliers: Mapping[int, int]
    proof: Mapping[int, int]
    bound_cents: int


def price_list(
    problem: Problem,
    awarded: Awarded,
    parts: Mapping[Cap, Mapping[str, int]],
    fallback: Mapping[int, int],
    solver: Solver,
    limits: Limits,
    known: Relaxed | None = None,
) -> PriceList:
    """Dual prices of a round whose demand is `awarded`.

    `fallback` gives the unit price outside the contracts, in cents, for cells of which some
    member alone could not get all pieces. A plan has to serve these at any price, a group has not:
    where their prices are above it, groups get prices of their own. The relaxation that the plan
    was found from is `known`; mostly its prices hold for groups as they are. If the solver gives no
    duals all values are zero, which is a valid, useless list.
    """
    demand = [0] * len(problem.cells)
    for cells in awarded.values():
        for index, pieces in cells.items():
            demand[index] += pieces
    served = [replace(c, demand=d) for c, d in zip(problem.cells, demand, strict=True)]
    model = formulate(replace(problem, cells=tuple(served)))
    for column in model.short:
        model.upper[column] = 0.0
    milp = _relaxation(model)
    proof = _feasible(model, milp, known, ())
    if known is None or _worth(milp, proof) < (1 - ENOUGH) * known.bound * SCALE:
        first = likely(problem, solver, limits) if len(model.cost) > LARGE else ()
        known = _relaxed(model, milp, first, solver, limits)
        proof = _feasible(model, milp, known, ())
    multipliers = proof
    if any(proof.get(model.demand[cell], 0) > f * SCALE for cell, f in fallback.items()):
        short = [model.short[cell] for cell in fallback]
        cost, upper = milp.cost.copy(), milp.upper.copy()
        cost[short], upper[short] = list(fallback.values()), np.inf
        open_ = replace(milp, cost=cost, upper=upper)
        dear = np.maximum(known.dear, known.answer.reduced)
        near = [s for s, column in model.switches.items() if dear[column] <= NEAR * known.bound]
        relaxed = _relaxed(model, open_, near, solver, limits, cold=1)
        multipliers = _feasible(model, open_, relaxed, fallback) or proof
    # As whoever checks it does, who sees that somebody lacks a piece alone, but not of which cell.
    outside = {i: highest_list(problem, c) for i, c in enumerate(problem.cells) if fallback}
    values = {}
    for member, cells in awarded.items():
        value = 0
        for index, pieces in cells.items():
            price = multipliers.get(model.demand[index], 0)
            value += pieces * min(price, outside[index] * SCALE if outside else price)
        for row, cap in model.caps.items():
            if cap in parts:
                value += multipliers.get(row, 0) * parts[cap].get(member, 0)
        values[member] = value
    return PriceList(values, multipliers, proof, -(-_worth(milp, proof) // SCALE))


def _relaxed(
    model: Formulation,
    milp: Milp,
    first: Collection[Switch],
    solver: Solver,
    limits: Limits,
    cold: int | None = None,
) -> Relaxed:
    if len(milp.cost) > LARGE:
        return relax_by_tiers(model, milp, solver, limits, first, enough=0.0, cold=cold)
    return relax(milp, solver, limits)


def _worth(milp: Milp, multipliers: Mapping[int, int]) -> int:
    """What the rows' right-hand sides come to, in cents / SCALE."""
    return sum(
        y * int(milp.row_lower[row] if y > 0 else milp.row_upper[row])
        for row, y in multipliers.items()
    )


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
    model: Formulation, milp: Milp, relaxed: Relaxed | None, open_cells: Collection[int]
) -> dict[int, int]:
    """A relaxation's multipliers as integers, moved until every reduced cost is non-negative; none
    where the solver gave none, or gave them for other rows.

    First the switches: the rows that make them too dear give way, towards zero, so this ends.
    Then the quantities: the price of their demand gives way, which touches no switch.
    """
    duals = relaxed and relaxed.answer.status == "optimal" and relaxed.answer.duals
    if not isinstance(duals, np.ndarray) or len(duals) != len(milp.row_lower):
        return {}
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
