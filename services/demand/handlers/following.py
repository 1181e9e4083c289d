"""Demand keeps what other services state, and closes a round's books."""

from dataclasses import replace
from datetime import timedelta

from services.demand import domain, store
from services.demand.domain import Item, Offer, Round, Status
from services.demand.handlers import recording
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import state, tell_standing
from services.demand.handlers.world import JOINING, the_demand
from shared.database import InTransaction, Transaction
from shared.events.demand import RoundCounted
from shared.events.envelope import COOPERATIVE
from shared.events.membership import (
    MemberAdmitted,
    MemberChanged,
    MemberExcluded,
    MemberLeft,
    MemberNoticeConfirmed,
    MemberState,
    MemberSucceeded,
    MemberTermEnding,
)
from shared.events.procurement import (
    CataloguePublished,
    DemandAllocated,
    DemandUnfilled,
    RoundClosed,
    RoundOpened,
)


@handles(
    MemberAdmitted,
    MemberChanged,
    MemberNoticeConfirmed,
    MemberExcluded,
    MemberTermEnding,
    MemberLeft,
)
async def keep_member(event: MemberState, tx: InTransaction) -> None:
    """Know who may state demand, and until when: not longer than it exists."""
    last = event.succeeded_on - timedelta(days=1) if event.succeeded_on else event.leaves_on
    await store.save_member(
        tx.session,
        number=event.member,
        name=event.name,
        kind=event.kind,
        leaves_on=last,
        sequence=_sequence(tx),
    )


@handles(MemberSucceeded)
async def pass_demand_on(event: MemberSucceeded, tx: InTransaction) -> None:
    """Let the successor have what the member asked for and was not ordered yet."""
    await keep_member(event, tx)
    if event.successor is None:
        return
    await tx.alone(JOINING)
    for demand in await store.open_demands(tx.session, event.member):
        passed = domain.passed_on(demand, event.successor)
        await store.save_demand(tx.session, passed)
        tx.decide(recording.passed_on(passed, event.member))
        await tell_standing(tx, passed)


@handles(CataloguePublished)
async def keep_item(event: CataloguePublished, tx: InTransaction) -> None:
    """Know what can be asked for."""
    item = Item(
        item=event.item,
        name=event.name,
        category=event.category,
        unit=event.unit,
        monthly=event.billing == "monthly",
        orderable=event.orderable,
        offers=tuple(
            Offer(
                contract=offer.contract_reference,
                basis=offer.basis,
                mode=offer.mode,
                tiers=tuple((tier.threshold, tier.unit_price) for tier in offer.tiers),
                buyers=tuple(offer.buyers),
            )
            for offer in event.offers
            if offer.tiers
        ),
    )
    await store.save_item(tx.session, item, _sequence(tx))


@handles(RoundOpened)
async def join_waiting_demand(event: RoundOpened, tx: InTransaction) -> None:
    """Let demand that waited for such a round join it; what awaits approval only once it has it."""
    await tx.alone(JOINING)
    opened = Round(event.round_id, event.reference, frozenset(event.categories), event.cut_off)
    await store.save_round(tx.session, opened)
    now_known = await store.round_of(tx.session, event.round_id, alone=True)
    if now_known is None or now_known.closed:
        return
    waiting = await store.waiting(tx.session, set(event.categories))
    items = await store.items(
        tx.session, {code for d in waiting for code in (d.wish.item or "", *d.wish.equivalents)}
    )
    for demand in waiting:
        joined = replace(
            demand,
            wish=replace(demand.wish, round_id=event.round_id),
            without_contract=domain.without_contract(demand.wish, items),
        )
        await store.save_demand(tx.session, joined)
        tx.decide(recording.joined(joined))
        if joined.status is Status.OPEN:
            state(tx, joined)


@handles(RoundClosed)
async def count_round(event: RoundClosed, tx: InTransaction) -> None:
    """Close the round's books and tell procurement how many demands they hold."""
    known = await store.round_of(tx.session, event.round_id, alone=True)
    categories = known.categories if known else frozenset[str]()
    closed = Round(event.round_id, event.reference, categories, event.closed_at, closed=True)
    await store.save_round(tx.session, closed)
    demands, pieces, revisions = await store.count(tx.session, event.round_id)
    tx.decide(recording.closed(event.round_id, event.reference, demands, pieces))
    tx.emit(
        RoundCounted(round_id=event.round_id, demands=demands, pieces=pieces, revisions=revisions),
        party=COOPERATIVE,
    )


@handles(DemandAllocated)
async def note_order(event: DemandAllocated, tx: InTransaction) -> None:
    """Know what became of a demand."""
    demand = await the_demand(tx, event.demand_id)
    pieces = sum(allocation.quantity for allocation in event.allocations)
    await store.save_demand(tx.session, domain.ordered(demand, pieces))


@handles(DemandUnfilled)
async def note_unfilled(event: DemandUnfilled, tx: InTransaction) -> None:
    """Know that a demand, or a part of it, was not ordered."""
    demand = await the_demand(tx, event.demand_id)
    await store.save_demand(tx.session, domain.unfilled(demand))


def _sequence(tx: Transaction) -> int:
    return (tx.header and tx.header.sequence) or 0
