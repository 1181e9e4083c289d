"""A plan without any solver: what is bought when a search ends before it has found one."""

from collections import defaultdict
from collections.abc import Mapping

from services.procurement.bundling.model import Contract
from services.procurement.bundling.problem import Option, Problem
from services.procurement.bundling.scarcity import sorted_out
from services.procurement.bundling.usage import Usage, call_offs

ROUNDS = 8
"""How often the tiers that a plan reached are taken as the next one's prices."""

Tiers = Mapping[tuple[int, str], int]
"""The tier by contract and item."""


def constructed(problem: Problem) -> Usage | None:
    """A plan that serves everything; None if none was found.

    What has to be bought together to stay below a price ceiling is bought so. For the rest first
    every offer counts at its best tier, then at the tier that the plan before reached, and
    so on, at last at list price; the cheapest of these plans is taken. Contracts with packs,
    minimums or ranks, whose rules bind several cells at once, are left out.
    """
    _, _, lifts = sorted_out(problem)
    offers = {o[:2] for cell in problem.cells for o in cell.options}
    tiers: Tiers = {o: len(problem.contracts[o[0]].tiers) - 1 for o in offers}
    listed = dict.fromkeys(offers, 0)
    wanted = sum(cell.demand for cell in problem.cells)
    plans: list[tuple[int, Usage]] = []
    for last in range(ROUNDS):
        usage = _assigned(problem, tiers if last + 1 < ROUNDS else listed, lifts)
        if sum(usage.values()) < wanted:
            tiers = listed
            continue
        priced = call_offs(problem, usage)
        reached = dict(listed)
        for _, contract, item in usage:
            group = None if problem.contracts[contract].scope == "contract" else item
            reached[contract, item] = priced[contract].tiers[group]
        kept = all(
            reached[o[:2]] >= o.first
            for index, cell in enumerate(problem.cells)
            for o in cell.options
            if (index, *o[:2]) in usage
        )
        if kept:
            plans.append((sum(call_off.total_cents for call_off in priced.values()), usage))
        tiers = reached
    return min(plans, key=lambda plan: plan[0])[1] if plans else None


def partly(problem: Problem) -> Usage:
    """A plan at list prices, as far as it goes: it always exists, and may leave pieces over."""
    _, _, lifts = sorted_out(problem)
    listed = {o[:2]: 0 for cell in problem.cells for o in cell.options}
    return _assigned(problem, listed, lifts)


def least_conceivable(problem: Problem) -> int:
    """A bound of every plan's cost, in cents: each piece at its lowest price anywhere."""
    return sum(
        cell.demand
        * min(problem.contracts[o.contract].tiers[-1].unit_cents[o.item] for o in cell.options)
        * (cell.months or 1)
        for cell in problem.cells
        if cell.demand
    )


def _assigned(problem: Problem, tiers: Tiers, lifts: Usage) -> Usage:
    """Every cell at its cheapest offers, as far as they last; cells with the least choice first."""
    left = {index: cell.demand for index, cell in enumerate(problem.cells)}
    for (index, _, _), part in lifts.items():
        left[index] -= part
    pieces: dict[tuple[int, str | None], int] = defaultdict(int)
    cents: dict[int, int] = defaultdict(int)

    def unit(o: Option) -> int:
        return problem.contracts[o.contract].tiers[tiers[o[:2]]].unit_cents[o.item]

    usage = dict(lifts)
    for index in sorted(range(len(problem.cells)), key=lambda i: len(problem.cells[i].options)):
        cell = problem.cells[index]
        wanted = left[index]
        for o in sorted(cell.options, key=lambda o: (unit(o), o)):
            terms = problem.contracts[o.contract]
            if not wanted or tiers[o[:2]] < o.first or not _is_simple(terms, o.item):
                continue
            listed = terms.tiers[0].unit_cents[o.item] * (cell.months or 1)
            part = wanted
            if terms.remaining_pieces is not None:
                part = min(part, terms.remaining_pieces - pieces[o.contract, None])
            if o.item in terms.remaining_by_item:
                part = min(part, terms.remaining_by_item[o.item] - pieces[o[:2]])
            if terms.remaining_cents is not None and listed:
                part = min(part, (terms.remaining_cents - cents[o.contract]) // listed)
            if part:
                key = (index, o.contract, o.item)
                usage[key] = usage.get(key, 0) + part
                pieces[o.contract, None] += part
                pieces[o[:2]] += part
                cents[o.contract] += part * listed
                wanted -= part
    return usage


def _is_simple(terms: Contract, item: str) -> bool:
    bound = terms.minimum_pieces or terms.minimum_cents or terms.cascade is not None
    return not bound and terms.pack.get(item, 1) == 1
