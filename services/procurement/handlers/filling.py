"""A round filled up to a price tier with pieces that members would take, where that costs less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.procurement import bundling


def plan_filled(
    lines: Sequence[bundling.Line],
    most: Mapping[str, int],
    contracts: Sequence[bundling.Contract],
    *,
    on: date,
    limits: bundling.Limits,
    solver: bundling.Solver,
) -> bundling.Plan:
    """The cheapest plan, with more pieces than stated where the whole then costs less.

    Nobody pays more than without them, and nobody gets more than the most it would take.

    Args:
        most: by line, the most pieces that its member would take; only where that is more.
    """
    plan = bundling.plan_round(lines, contracts, on=on, limits=limits, solver=solver)
    for tier in plan.tiers:
        more = _missing(plan, tier, {line.id: line for line in lines}, most, contracts)
        if not more:
            continue
        filled = [replace(each, quantity=each.quantity + more.get(each.id, 0)) for each in lines]
        other = bundling.plan_round(filled, contracts, on=on, limits=limits, solver=solver)
        if _is_better(other, plan):
            plan, lines = other, filled
    return plan


def added(plan: bundling.Plan, stated: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """By line, the pieces that a plan gives beyond those stated."""
    pieces: dict[str, int] = {}
    for award in plan.awards:
        pieces[award.line_id] = pieces.get(award.line_id, 0) + award.quantity
    for line_id, quantity in sorted(pieces.items()):
        if quantity > stated[line_id]:
            yield line_id, quantity - stated[line_id]


def _missing(
    plan: bundling.Plan,
    tier: bundling.TierResult,
    lines: Mapping[str, bundling.Line],
    most: Mapping[str, int],
    contracts: Sequence[bundling.Contract],
) -> dict[str, int]:
    """The pieces that reach the next tier, by line in proportion to what each would take more;
    none where they would cost more than the tier saves."""
    if tier.missing is None or tier.basis != "quantity":
        return {}
    served = [
        award
        for award in plan.awards
        if award.contract == tier.contract
        and tier.item in (None, award.item)
        and award.quantity == lines[award.line_id].quantity < most.get(award.line_id, 0)
    ]
    room = {each.line_id: most[each.line_id] - each.quantity for each in served}
    if sum(room.values()) < tier.missing:
        return {}
    more = bundling.apportion(tier.missing, room)
    contract = next(each for each in contracts if each.id == tier.contract)
    prices = contract.tiers[tier.tier + 1].unit_cents
    cost = sum(more[a.line_id] * prices[a.item] * (a.months or 1) for a in served)
    return more if cost < tier.saving_cents else {}


def _is_better(other: bundling.Plan, plan: bundling.Plan) -> bool:
    """Whether a plan costs less, leaves no more undone, and nobody pays more."""
    before = {member.member: member.share_cents for member in plan.members}
    return (
        other.total_cents < plan.total_cents
        and sum(u.quantity for u in other.unfilled) <= sum(u.quantity for u in plan.unfilled)
        and all(m.share_cents <= before.get(m.member, m.share_cents) for m in other.members)
    )
