"""Where a search begins: a plan at the tiers that a relaxation reaches, and those next to them."""

from dataclasses import replace

import numpy as np

from services.procurement.bundling.programme import Buy, Formulation
from services.procurement.bundling.solve import Floats, Milp


def reached(model: Formulation, milp: Milp, values: Floats) -> Floats:
    """A plan from a relaxation: its quantities at the tiers they really reach.

    A relaxation reaches its tiers in fractions. What it buys in all is always enough for some
    whole tier, so that this start exists even where the search finds none for long.
    """
    counted: dict[tuple[int, str | None], float] = {}
    bought: dict[tuple[int, int, str], float] = {}
    by_item = {key[:2] for key in model.switches if key[1] is not None}
    for buy, column in model.buys.items():
        if values[column] > 1e-9:
            group = buy.item if (buy.contract, buy.item) in by_item else None
            key = (buy.contract, group)
            counted[key] = counted.get(key, 0.0) + values[column] * model.counts[column]
            kind = (buy.cell, buy.contract, buy.item)
            bought[kind] = bought.get(kind, 0.0) + values[column]
    tier: dict[tuple[int, str | None], int] = {}
    for (contract, group, step), lo in model.thresholds.items():
        if lo <= counted.get((contract, group), 0.0) + 1e-6 or not step:
            tier[contract, group] = max(step, tier.get((contract, group), 0))
    start = np.where(milp.integer & (milp.upper == 1), np.ceil(values - 1e-9), values)
    for (contract, group, step), column in model.switches.items():
        key = (contract, group)
        start[column] = float(key in counted and tier.get(key, 0) == step)
    start[list(model.buys.values())] = 0.0
    for (cell, contract, item), pieces in bought.items():
        group = item if (contract, item) in by_item else None
        at = Buy(cell, contract, item, tier.get((contract, group), 0))
        if at in model.buys:
            start[model.buys[at]] = pieces
    return start


def holds(milp: Milp, values: Floats) -> bool:
    """Whether values are whole where they have to be and within every bound and row."""
    whole = np.abs(values - np.round(values))[milp.integer].max(initial=0.0) < 1e-6
    rows = np.repeat(np.arange(len(milp.row_lower)), np.diff(milp.starts))
    sums = np.bincount(rows, milp.value * values[milp.index], len(milp.row_lower))
    return bool(
        whole
        and (values >= milp.lower).all()
        and (values <= milp.upper).all()
        and (sums >= milp.row_lower - 1e-6).all()
        and (sums <= milp.row_upper + 1e-6).all()
    )


def settled(model: Formulation, milp: Milp, values: Floats) -> Milp:
    """The programme that keeps the tiers a relaxation uses in full, and where it uses some in parts
    chooses among these and the ones next to them."""
    used = {switch for switch, column in model.switches.items() if values[column] > 1e-7}
    parted = {s[:2] for s in used if values[model.switches[s]] < 1 - 1e-7}
    near = {(*s[:2], s[2] + step) for s in used for step in (-1, 0, 1)}
    lower, upper = milp.lower.copy(), milp.upper.copy()
    for switch, column in model.switches.items():
        if switch[:2] not in parted:
            lower[column] = upper[column] = np.round(values[column])
        elif switch not in near:
            upper[column] = 0.0
    return replace(milp, lower=lower, upper=upper)
