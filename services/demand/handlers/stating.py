"""Members state, change and withdraw demand."""

from services.demand import domain, store
from services.demand.domain import Wish
from services.demand.handlers import recording
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import keep
from services.demand.handlers.world import (
    begin_stating,
    known,
    next_reference,
    the_demand,
    the_round,
)
from shared.database import InTransaction, Transaction
from shared.events.demand import DemandWithdrawalConfirmed
from shared.events.member import DemandChanged, DemandStated, DemandSubmitted, DemandWithdrawn
from shared.refusal import refuse


@handles(DemandSubmitted)
async def register_demand(event: DemandSubmitted, tx: InTransaction) -> None:
    """Let a member's need count, or open a consultation where it is in words."""
    await begin_stating(tx, event.member)
    if before := await store.demand(tx.session, event.demand_id):
        rule = f"was submitted before as {domain.owned(before, event.member).reference}"
        raise refuse("demand_id", event.demand_id, f"{rule}; send demand.changed to change it")
    wish = await _wish(event, tx)
    world = await known(tx, wish)
    reference = await next_reference(tx)  # late, for others wait for their numbers from here on
    demand = domain.submitted(event.demand_id, reference, wish, world)
    await keep(tx, demand)


@handles(DemandChanged)
async def change_demand(event: DemandChanged, tx: InTransaction) -> None:
    """Let what the member states now count instead."""
    await begin_stating(tx, event.member)
    demand = await the_demand(tx, event.demand_id)
    wish = await _wish(event, tx)
    present = await the_round(tx, demand.wish.round_id)
    demand = domain.changed(demand, wish, present, await known(tx, wish))
    await keep(tx, demand)


@handles(DemandWithdrawn)
async def withdraw_demand(event: DemandWithdrawn, tx: InTransaction) -> None:
    """Let a demand no longer count."""
    demand = await the_demand(tx, event.demand_id)
    present = await the_round(tx, demand.wish.round_id)
    demand = domain.withdrawn(demand, event.member, present, tx.now)
    await store.save_demand(tx.session, demand)
    tx.decide(recording.withdrawn(demand))
    tx.emit(
        DemandWithdrawalConfirmed(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            name=demand.title,
        ),
        party=demand.wish.member,
    )


async def _wish(event: DemandStated, tx: Transaction) -> Wish:
    item = (await store.items(tx.session, {event.item or ""})).get(event.item or "")
    return Wish(
        member=event.member,
        item=event.item,
        requirement=event.requirement,
        quantity=event.quantity,
        unit=event.unit,
        place=event.place.model_dump(),
        needed_from=event.needed_from,
        needed_by=event.needed_by,
        round_id=event.round_id,
        term_months=event.term_months,
        price_ceiling_cents=event.price_ceiling,
        equivalents=tuple(event.equivalents),
        minimum_quantity=event.minimum_quantity,
        maximum_quantity=event.maximum_quantity,
        cost_centre=event.cost_centre,
        category=event.category or (item.category if item else None),
        attributes=dict(event.attributes),
        stated_by=event.stated_by.model_dump() if event.stated_by else None,
    )
