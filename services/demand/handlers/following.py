"""Demand keeps what other services state, and closes a round's books."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from services.demand import domain, store
from services.demand.domain import Demand, Item, Offer, Round, Status
from services.demand.handlers import recording
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import request_approval, state, tell_standing
from services.demand.handlers.world import JOINING, known, the_demand, usual_above
from shared.database import InTransaction, Transaction
from shared.events.demand import RoundCounted, digest_of
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
    passing = await store.open_demands(tx.session, event.member)
    items = await _items(tx, passing)
    for demand in passing:
        passed = domain.passed_on(demand, event.successor, items)
        await store.save_demand(tx.session, passed)
        tx.decide(recording.passed_on(passed, event.member))
        await tell_standing(tx, passed)


@handles(CataloguePublished)
async def keep_item(event: CataloguePublished, tx: InTransaction) -> None:
    """Know what can be asked for; what has its first price now may need a second person."""
    if event.offers:
        await tx.alone(JOINING)
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
    for before in await store.unpriced(tx.session, event.item) if event.offers else ():
        demand = domain.priced(before, await known(tx, before.wish))
        if demand == before:
            continue
        await store.save_demand(tx.session, demand)
        if demand.status is Status.AWAITING:
            tx.decide(recording.counted(demand, usual_above(tx)))
            await request_approval(tx, demand, now_priced=True)


@handles(RoundOpened)
async def join_waiting_demand(event: RoundOpened, tx: InTransaction) -> None:
    """Let demand that waited for such a round join it; what awaits approval only once it has it."""
    await tx.alone(JOINING)
    opened = Round(event.round_id, event.reference, frozenset(event.categories), event.cut_off)
    await store.save_round(tx.session, opened)
    round_ = await store.round_of(tx.session, event.round_id, alone=True)
    if round_ is None or round_.closed:
        return
    waiting = await store.waiting(tx.session, set(event.categories))
    items = await _items(tx, waiting)
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
    round_ = await store.round_of(tx.session, event.round_id, alone=True)
    categories = round_.categories if round_ else frozenset[str]()
    closed = Round(event.round_id, event.reference, categories, event.closed_at, closed=True)
    await store.save_round(tx.session, closed)
    counting = await store.counting(tx.session, event.round_id)
    counted = RoundCounted(
        round_id=event.round_id,
        demands=len(counting),
        pieces=sum(pieces for _, pieces, _ in counting),
        revisions=sum(revision for _, _, revision in counting),
        digest=digest_of(id for id, _, _ in counting),  # noqa: A001
    )
    tx.decide(recording.closed(event.round_id, event.reference, counted.demands, counted.pieces))
    tx.emit(counted, party=COOPERATIVE)


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


async def _items(tx: Transaction, demands: Iterable[Demand]) -> dict[str, Item]:
    """What these demands ask for, and what would do."""
    wishes = [each.wish for each in demands]
    return await store.items(
        tx.session, {code for wish in wishes for code in (wish.item or "", *wish.equivalents)}
    )


def _sequence(tx: Transaction) -> int:
    return (tx.header and tx.header.sequence) or 0
