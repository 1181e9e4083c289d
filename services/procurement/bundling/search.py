"""The search for one programme's minimum, in steps that each stay small."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.ascent import Ascent
from services.procurement.bundling.model import Limits
from services.procurement.bundling.programme import Formulation, Switch
from services.procurement.bundling.relax import Relaxed, relax, relax_by_tiers
from services.procurement.bundling.solve import Answer, Floats, Milp, Solver
from services.procurement.bundling.start import holds, reached, settled

SMALL = 300
"""Columns up to which a programme goes to the solver whole, quantities integer."""

MIDDLE = 4000
"""Columns up to which the last cents between continuous and whole pieces are searched too."""

WHOLE_NODES = 20_000
"""Nodes of that search; where a few cents hang on sums of prices, no number would be enough."""

ROUNDING = 300.0
"""Cents that one purchase may cost over fractions where whole pieces are first looked for."""

LARGE = 10_000
"""Columns from which the relaxation begins with the likely tiers."""

NODES = 2_000
"""Nodes after which a search of the switches is left to the solver."""

APART = 1e-3
"""Part of its cost by which a constructed start is too dear to search from, where contracts hold
less of an item than is asked for."""

POLISH_NODES = 50
"""Nodes for whole pieces once the tiers are fixed; what more would gain is a few cents."""


Stopped = Literal["", "work", "clock"]


@dataclass(frozen=True, slots=True)
class Minimum:
    """The best values found, if any, a lower bound of the cost in cents (of no costs below zero),
    what ended the search, and the relaxation it began with, if any."""

    values: Floats | None
    bound_cents: int
    stopped_by: Stopped
    relaxation: Relaxed | None = None


def minimise(
    model: Formulation,
    milp: Milp,
    solver: Solver,
    limits: Limits,
    likely: Collection[Switch] = (),
) -> Minimum:
    """Minimise an integer programme whose costs are whole cents.

    Larger ones are solved as linear relaxation with forcing rows as needed, which is all if its
    purchases cost no more than its bound at the tiers they reach; then their switches are searched,
    quantities continuous, without what no better plan uses; and last with the tiers fixed and
    quantities integer. Where contracts hold less of items than is asked for, prices say which tiers
    are looked at. The bound is that of the full programme.
    """
    if len(milp.cost) <= SMALL:
        answer = solver.solve(milp, limits)
        return Minimum(answer.values, whole(answer.bound), stop(answer))
    relaxation = relaxed_by_size(model, milp, solver, limits, likely)
    found = _searched(model, milp, relaxation, solver, limits)
    return replace(found, relaxation=relaxation)


def _searched(
    model: Formulation, milp: Milp, relaxation: Relaxed, solver: Solver, limits: Limits
) -> Minimum:
    relaxed = relaxation.answer
    if relaxed.values is None or relaxed.status != "optimal":
        return Minimum(None, 0, stop(relaxed))
    start = reached(model, milp, relaxed.values)
    if _cents(milp, start) < relaxed.bound + 0.999 and holds(milp, start):
        return Minimum(start, whole(relaxed.bound), "")
    slim = with_lazy_rows(milp, relaxed.active)
    quantities = np.zeros(len(milp.cost), dtype=bool)
    quantities[list(model.buys.values())] = True
    loose = replace(slim, integer=slim.integer & ~quantities)
    ascent = None
    if (
        len(milp.cost) > LARGE
        and model.switches
        and _cents(milp, start) > (1 + APART) * relaxed.bound
    ):
        ascent = Ascent.where_scarce(model, milp, relaxation, _cents(milp, start))
    if ascent and ascent.bound > relaxed.bound:
        known = replace(relaxed, values=start, objective=_cents(milp, start))
        if not holds(milp, start):
            known = replace(relaxed, values=None, objective=np.inf)
        full = ascent.cheapest(loose, known, solver, limits)
    else:
        full = _branched(model, milp, quantities, relaxation, start, solver, limits)
    if full.values is None:
        return Minimum(None, max(whole(full.bound), whole(relaxed.bound)), stop(full))
    values = _polish(slim, quantities, full.values, solver, limits)
    if values is None:
        # No whole pieces fit these tiers exactly; the solver has to find tiers for them.
        last = solver.solve(slim, limits)
        return Minimum(last.values, max(whole(full.bound), whole(last.bound)), stop(last))
    found = Minimum(values, max(whole(full.bound), whole(relaxed.bound)), stop(full))
    slim = replace(slim, upper=_useful(milp, relaxation, _cents(milp, values)))
    columns = int((slim.upper > slim.lower).sum())
    if columns > MIDDLE or found.stopped_by or _cents(milp, values) < found.bound_cents + 0.5:
        return found
    few = replace(limits, nodes=min(limits.nodes, WHOLE_NODES))
    last = solver.solve(slim, few, values)
    if last.values is None:
        return found
    bound = min(whole(last.bound), round(_cents(milp, values)))
    return Minimum(last.values, max(found.bound_cents, bound), stop(last))


def relaxed_by_size(
    model: Formulation,
    milp: Milp,
    solver: Solver,
    limits: Limits,
    likely: Collection[Switch] = (),
) -> Relaxed:
    """The relaxation: of a large programme tier by tier, beginning with the likely ones."""
    if len(milp.cost) > LARGE:
        return relax_by_tiers(model, milp, solver, limits, likely)
    return relax(milp, solver, limits)


def _branched(
    model: Formulation,
    milp: Milp,
    quantities: NDArray[np.bool_],
    relaxation: Relaxed,
    start: Floats,
    solver: Solver,
    limits: Limits,
) -> Answer:
    """The best plan, quantities continuous; of a large round by way of one next to the relaxation.
    Where branching does not come to an end the solver's own search goes on from what it found."""
    relaxed = relaxation.answer
    assert relaxed.values is not None and relaxed.basis is not None  # noqa: S101, PT018 - solved
    known = replace(relaxed, values=None, objective=np.inf)
    if holds(milp, start):
        known = replace(relaxed, values=start, objective=_cents(milp, start))
    loose = replace(milp, integer=milp.integer & ~quantities)
    few = replace(limits, nodes=min(limits.nodes, NODES))
    if len(milp.cost) > LARGE:
        near = settled(model, loose, relaxed.values)
        known = _better(known, solver.branch(near, few, relaxed.basis, known.objective))
    useful = replace(loose, upper=_useful(milp, relaxation, known.objective))
    found = solver.branch(useful, few, relaxed.basis, known.objective)
    known = _better(known, found)
    if found.status == "work" and limits.nodes > NODES:
        found = solver.solve(with_lazy_rows(useful, relaxed.active), limits, known.values)
        known = _better(known, found)
    bound = max(relaxed.bound, min(known.objective, found.bound))
    return replace(known, bound=bound, status=found.status)


def _better(known: Answer, found: Answer) -> Answer:
    return known if found.values is None else found


def _cents(milp: Milp, values: Floats) -> float:
    return float(milp.cost @ np.round(values))


def _useful(milp: Milp, relaxation: Relaxed, cents: float) -> Floats:
    """Upper bounds of the columns that every plan that costs less than `cents` keeps to.

    A unit of a column costs the relaxation's bound plus at least its reduced cost, so that no
    more units than fit between the bound and the plan are part of a better one.
    """
    room = max(0.0, cents - relaxation.bound) + 1.0
    reduced = relaxation.answer.reduced
    with np.errstate(divide="ignore"):
        units = np.where(reduced > 0, np.floor(room / reduced), np.inf)
    units[relaxation.dear > room] = 0.0
    return np.minimum(milp.upper, np.where(milp.integer, units, np.inf))


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


def _polish(
    milp: Milp,
    quantities: NDArray[np.bool_],
    values: Floats,
    solver: Solver,
    limits: Limits,
) -> Floats | None:
    """The best integer quantities for the switches of a continuous solution.

    Once the tiers are fixed whole pieces rarely cost more than some euros over fractions: first
    they are looked for among the plans that do not cost more.
    """
    if np.abs(values - np.round(values))[quantities].max() < 1e-6:
        return values
    switches = milp.integer & ~quantities & (milp.upper == 1)
    fixed = np.round(values)
    lower = np.where(switches, fixed, milp.lower)
    upper = np.where(switches, fixed, milp.upper)
    milp = replace(milp, lower=lower, upper=upper)
    few = replace(limits, nodes=min(limits.nodes, POLISH_NODES))
    relaxed = solver.solve(replace(milp, integer=np.zeros_like(milp.integer)), limits)
    if relaxed.values is not None and relaxed.status == "optimal":
        found = solver.solve(_within(milp, relaxed, ROUNDING), few).values
        if found is not None:
            return found
    return solver.solve(milp, few).values


def _within(milp: Milp, relaxed: Answer, room: float) -> Milp:
    """The programme without what costs more than `room` over its relaxation."""
    assert relaxed.values is not None  # noqa: S101 - asked only of what was solved
    reduced = relaxed.reduced
    with np.errstate(divide="ignore"):
        units = np.where(reduced != 0, np.floor(room / np.abs(reduced)), np.inf)
    lower = np.where(reduced < 0, np.maximum(milp.lower, milp.upper - units), milp.lower)
    upper = np.where(reduced > 0, np.minimum(milp.upper, milp.lower + units), milp.upper)
    whole = milp.integer
    return replace(
        milp, lower=np.where(whole, lower, milp.lower), upper=np.where(whole, upper, milp.upper)
    )


def whole(bound: float) -> int:
    """A bound of whole cents from one in floating point, a little to the safe side."""
    if not isfinite(bound):
        return 0
    return ceil(bound - 1e-6 - abs(bound) * 1e-11)


def stop(answer: Answer) -> Stopped:
    """What ended a search before its end, if anything."""
    return "work" if answer.status == "work" else "clock" if answer.status == "clock" else ""
