"""Before a round's cut-off members hear which tiers and minimums their demand almost reaches."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from services.procurement import bundling, store
from services.procurement.domain.contracts import Contract
from services.procurement.domain.terms import Item
from services.procurement.handlers.planning import compute, take_up
from services.procurement.handlers.translating import percent
from shared.database import Database
from shared.events.envelope import COOPERATIVE
from shared.events.procurement import NearTier, RoundInvited

BEFORE = timedelta(days=2)
"""How long before the cut-off members are invited: with time to ask around in the house."""


async def invite(database: Database, limits: bundling.Limits) -> None:
    """Plan each round that closes soon on trial, once; tell everyone which goals are near."""
    while True:
        async with database.transaction() as tx:
            waiting = await store.rounds_to_invite(tx.session, tx.now, BEFORE)
            if not waiting:
                return
            work = await take_up(tx, waiting[0])
        plan = await compute(database, replace(work, most={}), limits)
        async with database.transaction() as tx:
            if not await store.mark_invited(tx.session, work.round.id, tx.now):
                continue
            near = bundling.near_tiers(plan.tiers)
            minimums = bundling.near_minimums(plan.minimums)
            if not near and not minimums:
                continue
            contracts = {c.terms.reference: c for c in await store.contracts(tx.session)}
            numbers = {item for tier in near for item in contracts[tier.contract].terms.items}
            items = await store.items(tx.session, numbers)
            tx.emit(
                RoundInvited(
                    round_id=work.round.id,
                    reference=work.round.reference,
                    title=work.round.title,
                    cut_off=work.round.cut_off,
                    tiers=[
                        *(_minimum(each, contracts[each.contract]) for each in minimums),
                        *(_near(tier, contracts[tier.contract], items) for tier in near),
                    ],
                ),
                party=COOPERATIVE,
            )


def _minimum(near: bundling.MinimumResult, contract: Contract) -> NearTier:
    return NearTier(
        contract_reference=near.contract,
        contract_title=contract.terms.title,
        measure=near.basis,
        reached=near.reached,
        threshold=near.minimum,
        missing=near.missing,
        saving=near.saving_cents,
        percent=percent(round(10_000 * near.saving_cents / max(1, near.served_cents))),
        goal="minimum",
        unserved=near.unserved,
    )


def _near(tier: bundling.TierResult, contract: Contract, items: Mapping[str, Item]) -> NearTier:
    return NearTier(
        contract_reference=tier.contract,
        contract_title=contract.terms.title,
        item=tier.item,
        name=items[tier.item].name if tier.item else None,
        measure="quantity" if tier.basis == "quantity" else "value",
        reached=tier.reached,
        threshold=tier.next_threshold or 0,
        missing=tier.missing or 0,
        saving=tier.saving_cents,
        percent=percent(round(100 * tier.saving_percent)),
    )
