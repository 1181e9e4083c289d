"""How far the next tier is and what it would be worth."""

from collections.abc import Iterable, Sequence

from services.procurement.bundling.model import Contract, TierResult
from services.procurement.bundling.pricing import Priced, surplus

NEAR = 5
"""A tier is near while less than a fifth of its threshold is missing."""


def near_tiers(tiers: Iterable[TierResult]) -> list[TierResult]:
    """Tiers that a little more demand would reach, the most worthwhile first."""
    near = [
        tier
        for tier in tiers
        if tier.saving_cents
        and tier.missing is not None
        and tier.next_threshold is not None
        and tier.missing * NEAR < tier.next_threshold
    ]
    return sorted(near, key=lambda t: (-t.saving_cents, t.contract, t.item or ""))


def tier_results(contracts: Sequence[Contract], priced: Sequence[Priced]) -> tuple[TierResult, ...]:
    """Tiers reached by each called-off contract, with the saving the next one would bring."""
    results = []
    for contract, call_off in zip(contracts, priced, strict=True):
        lines = [line for order in call_off.orders for line in order.lines]
        for group in sorted(call_off.tiers, key=str):
            tier, reached = call_off.tiers[group], call_off.reached[group]
            own = [line for line in lines if group is None or line.item == group]
            amount = sum(line.amount_cents for line in own)
            thresholds = tuple(step.lo for step in contract.tiers)
            if tier + 1 == len(contract.tiers):
                following, missing, saving = None, None, 0
            else:
                following = thresholds[tier + 1]
                missing = following - reached
                prices = contract.tiers[tier + 1].unit_cents
                then = sum(li.quantity * prices[li.item] * (li.months or 1) for li in own)
                saving = max(0, amount - then - surplus(contract, group, tier + 1))
            results.append(
                TierResult(
                    contract.id,
                    group,
                    contract.basis,
                    tier,
                    reached,
                    thresholds,
                    following,
                    missing,
                    saving,
                    100 * saving / amount if amount else 0.0,
                    amount,
                )
            )
    return tuple(results)
