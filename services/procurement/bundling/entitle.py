"""Each member's part of what scarce contracts have left."""

from collections.abc import Mapping
from dataclasses import replace

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.model import Contract
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Cap

Awarded = Mapping[str, Mapping[int, int]]
"""Pieces by member and cell."""


def entitlements(problem: Problem, awarded: Awarded) -> dict[Cap, dict[str, int]]:
    """By scarce capacity: every member's part, in proportion to the pieces awarded to it that the
    contract could serve (for capacity in cents: to their list value).

    The parts sum to the capacity, so that members alone never have more than all together.
    """
    found: dict[Cap, dict[str, int]] = {}
    for cap, left in _capacities(problem).items():
        terms = problem.contracts[cap.contract]
        units: dict[int, int] = {}
        for index, cell in enumerate(problem.cells):
            prices = [
                terms.tiers[0].unit_cents[o.item] * (cell.months or 1)
                for o in cell.options
                if o.contract == cap.contract and cap.item in (None, o.item)
            ]
            if prices:
                units[index] = max(prices) if cap.counts == "cents" else 1
        weights = {
            member: weight
            for member, cells in awarded.items()
            if (weight := sum(q * units.get(index, 0) for index, q in cells.items()))
        }
        if weights:
            found[cap] = apportion(left, weights)
    return found


def _capacities(problem: Problem) -> dict[Cap, int]:
    caps: dict[Cap, int] = {}
    for index, c in enumerate(problem.contracts):
        if c.remaining_pieces is not None:
            caps[Cap(index, "pieces", None)] = c.remaining_pieces
        if c.remaining_cents is not None:
            caps[Cap(index, "cents", None)] = c.remaining_cents
        caps |= {Cap(index, "pieces", i): left for i, left in c.remaining_by_item.items()}
    return caps


def own_contracts(
    problem: Problem, parts: Mapping[Cap, Mapping[str, int]], member: str
) -> tuple[Contract, ...]:
    """The contracts as one member has them alone."""
    contracts = list(problem.contracts)
    for cap, by_member in parts.items():
        left, terms = by_member.get(member, 0), contracts[cap.contract]
        if cap.item is not None:
            by_item = {**terms.remaining_by_item, cap.item: left}
            contracts[cap.contract] = replace(terms, remaining_by_item=by_item)
        elif cap.counts == "pieces":
            contracts[cap.contract] = replace(terms, remaining_pieces=left)
        else:
            contracts[cap.contract] = replace(terms, remaining_cents=left)
    return tuple(contracts)
