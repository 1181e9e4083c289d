"""How far the next tier or a contract's minimum is, and what it would be worth."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from services.procurement.bundling.model import Contract, MinimumResult, TierResult
from services.procurement.bundling.pricing import Priced, surplus
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.usage import Usage

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


def near_minimums(minimums: Iterable[MinimumResult]) -> list[MinimumResult]:
    """Minimums that a little more demand would reach, the most useful first."""
    near = [m for m in minimums if m.missing * NEAR < m.minimum]
    return sorted(near, key=lambda m: (-m.unserved, -m.saving_cents, m.contract))


def minimum_results(
    problem: Problem, usage: Usage, called: Mapping[int, Priced]
) -> tuple[MinimumResult, ...]:
    """Contracts below whose minimum all demand that they could serve stays, and what they would be
    worth beyond it."""
    bought: dict[int, list[tuple[int, str, int]]] = {}
    for (number, seller, item), quantity in usage.items():
        bought.setdefault(number, []).append((seller, item, quantity))
    results = []
    for index, contract in enumerate(problem.contracts):
        if index in called or not (contract.minimum_pieces or contract.minimum_cents):
            continue
        pieces = value = unserved = saving = served = 0
        for number, cell in enumerate(problem.cells):
            own = [o.item for o in cell.options if o.contract == index and not o.first]
            if not own:
                continue
            unit = min(contract.tiers[0].unit_cents[item] for item in own) * (cell.months or 1)
            pieces += cell.demand
            value += cell.demand * unit
            unserved += cell.demand
            for other, item, quantity in bought.get(number, []):
                terms = problem.contracts[other]
                tier = called[other].tiers[None if terms.scope == "contract" else item]
                now = terms.tiers[tier].unit_cents[item] * (cell.months or 1)
                saving += quantity * max(0, now - unit)
                served += quantity * now
                unserved -= quantity
        kinds: list[tuple[Literal["quantity", "value"], int, int]] = [
            ("quantity", pieces, contract.minimum_pieces),
            ("value", value, contract.minimum_cents),
        ]
        for basis, reached, least in kinds:
            if 0 < reached < least and (unserved or saving):
                missing = least - reached
                results.append(
                    MinimumResult(
                        contract.id, basis, reached, least, missing, unserved, saving, served
                    )
                )
    return tuple(results)


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
