"""The search for one programme's minimum, in steps that each stay small."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.model import Limits
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.solve import Answer, Floats, Milp, Solver

SMALL = 300
"""Columns up to which a programme goes to the solver whole, quantities integer."""

MIDDLE = 4000
"""Columns up to which the last cents between continuous and whole pieces are searched too."""

POLISH_NODES = 50
"""Nodes for whole pieces once the tiers are fixed; what more would gain is a few cents."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """The best values found, a lower bound of the cost in cents and what ended the search."""

    values: Floats
    bound_cents: int
    stopped_by: Literal["", "work", "clock"]


def minimise(model: Formulation, milp: Milp, solver: Solver, limits: Limits) -> Minimum | None:
    """Minimise an integer programme whose costs are whole cents; None if it has no solution.

    Larger ones are solved as linear relaxation with forcing rows as needed, then on the tiers
    next to the relaxation's, then in full from that start with quantities continuous, and at
    last with the tiers fixed and quantities integer. The bound is that of the full programme.
    """
    if len(milp.cost) <= SMALL:
        answer = solver.solve(milp, limits)
        if answer.values is None:
            return None
        return Minimum(answer.values, _whole(answer.bound), _stop(answer))
    relaxed = solver.solve(replace(milp, integer=np.zeros_like(milp.integer)), limits)
    if relaxed.values is None:
        return None
    slim = with_lazy_rows(milp, relaxed.active)
    quantities = np.zeros(len(milp.cost), dtype=bool)
    quantities[list(model.buys.values())] = True
    loose = replace(slim, integer=slim.integer & ~quantities)
    near = replace(loose, upper=np.where(_far(model, relaxed.values), 0.0, loose.upper))
    first = solver.solve(near, limits)
    if first.values is not None and first.objective < relaxed.bound + 0.999:
        full = replace(first, bound=relaxed.bound)
    else:
        full = solver.solve(loose, limits, first.values)
    if full.values is None:
        return None
    values = _polish(slim, quantities, full.values, solver, limits)
    if values is None:
        return None
    found = Minimum(values, _whole(full.bound), _stop(full))
    least = float(milp.cost @ np.round(values))
    if len(milp.cost) > MIDDLE or found.stopped_by or least < found.bound_cents + 0.5:
        return found
    last = solver.solve(slim, limits, values)
    if last.values is None:
        return found
    return Minimum(last.values, max(found.bound_cents, _whole(last.bound)), _stop(last))


def with_lazy_rows(milp: Milp, wanted: NDArray[np.int64]) -> Milp:
    """The same programme with only some of its implied rows."""
    first = len(milp.row_lower) - milp.lazy
    rows = np.concatenate([np.arange(first), first + np.sort(wanted)])
    sizes = np.diff(milp.starts)
    keep = np.repeat(np.isin(np.arange(len(sizes)), rows), sizes)
    return replace(
        milp,
        row_lower=milp.row_lower[rows],
        row_upper=milp.row_upper[rows],
        starts=np.concatenate([[0], np.cumsum(sizes[rows])]).astype(np.int32),
        index=milp.index[keep],
        value=milp.value[keep],
        lazy=len(wanted),
    )


def _far(model: Formulation, values: Floats) -> NDArray[np.bool_]:
    """Columns of tiers that the relaxation neither uses nor has next to one it uses."""
    used = {
        (contract, group, tier + step)
        for (contract, group, tier), column in model.switches.items()
        if values[column] > 1e-7
        for step in (-1, 0, 1)
    }
    far = np.zeros(len(values), dtype=bool)
    for key, column in model.switches.items():
        far[column] = key not in used
    return far


def _polish(
    milp: Milp,
    quantities: NDArray[np.bool_],
    values: Floats,
    solver: Solver,
    limits: Limits,
) -> Floats | None:
    """The best integer quantities for the switches of a continuous solution."""
    if np.abs(values - np.round(values))[quantities].max() < 1e-6:
        return values
    switches = milp.integer & ~quantities & (milp.upper == 1)
    fixed = np.round(values)
    lower = np.where(switches, fixed, milp.lower)
    upper = np.where(switches, fixed, milp.upper)
    few = replace(limits, nodes=min(limits.nodes, POLISH_NODES))
    return solver.solve(replace(milp, lower=lower, upper=upper), few).values


def _whole(bound: float) -> int:
    """A bound of whole cents from one in floating point, a little to the safe side."""
    return ceil(bound - 1e-6 - abs(bound) * 1e-11)


def _stop(answer: Answer) -> Literal["", "work", "clock"]:
    return "work" if answer.status == "work" else "clock" if answer.status == "clock" else ""
