"""Rounds open and close; members and their accepted demand are kept as others state them."""

from datetime import datetime
from uuid import UUID

from services.procurement import store
from services.procurement.domain import rounds
from services.procurement.domain.rounds import Count, Demand, Place, Round
from services.procurement.handlers import recording
from services.procurement.handlers.gathering import SOON, requirement
from services.procurement.handlers.inbox import handles
from services.procurement.handlers.offering import publish_buyers
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.board import RoundCloseRequested
from shared.events.demand import (
    DemandAccepted,
    DemandApprovalRequested,
    DemandConsultationOpened,
    DemandLapsed,
    DemandReferred,
    DemandWithdrawalConfirmed,
    RoundCounted,
)
from shared.events.envelope import COOPERATIVE
from shared.events.kid import Category, RoundAnnounced
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
from shared.events.procurement import RoundClosed, RoundOpened
from shared.refusal import refuse


@handles(RoundAnnounced)
async def open_round(event: RoundAnnounced, tx: InTransaction) -> None:
    """Let members state demand until the cut-off."""
    if await store.round_with(tx.session, event.round_id):
        raise refuse("round_id", event.round_id, "was announced before")
    await announce_round(
        tx,
        id=event.round_id,
        title=event.title,
        categories=event.categories,
        cut_off=event.cut_off,
    )


async def announce_round(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the round's own
    title: str,
    categories: list[Category],
    cut_off: datetime,
) -> Round:
    """Open a round under the next number, and tell everyone."""
    (reference,) = await store.next_references(tx.session, "R", local_date(tx.now).year)
    opened = rounds.announce(
        id=id,
        reference=reference,
        title=title,
        categories=categories,
        cut_off=cut_off,
        now=tx.now,
    )
    await store.save_round(tx.session, opened)
    tx.decide(recording.opened(opened))
    tx.emit(
        RoundOpened(
            round_id=opened.id,
            reference=opened.reference,
            title=opened.title,
            categories=categories,
            cut_off=opened.cut_off,
        ),
        party=COOPERATIVE,
    )
    return opened


@handles(RoundCloseRequested)
async def close_round(event: RoundCloseRequested, tx: InTransaction) -> None:
    """Close a round before its cut-off."""
    found = await store.round_with(tx.session, event.round_id)
    if found is None:
        raise refuse("round_id", event.round_id, "must be an announced round")
    await keep_closed(tx, rounds.close(found, tx.now, "requested"))


@handles(RoundCounted)
async def keep_count(event: RoundCounted, tx: InTransaction) -> None:
    """Know how much demand a closed round holds; it is bundled once all of it is here."""
    found = await store.round_with(tx.session, event.round_id)
    if found is None:
        raise LookupError(f"round {event.round_id} was counted but never announced here")
    said = Count(event.demands, event.pieces, event.revisions or 0, event.digest)
    await store.save_round(tx.session, rounds.count(found, said))


@handles(
    MemberAdmitted,
    MemberChanged,
    MemberNoticeConfirmed,
    MemberExcluded,
    MemberTermEnding,
    MemberLeft,
)
async def keep_member(event: MemberState, tx: InTransaction) -> None:
    """Know the members' names for orders, and since when they may call off."""
    await store.save_member(
        tx.session,
        number=event.member,
        name=event.name,
        active=not isinstance(event, MemberLeft),
        joined_on=event.joined_on,
        sequence=_sequence(tx),
    )


@handles(MemberSucceeded)
async def pass_on(event: MemberSucceeded, tx: InTransaction) -> None:
    """Let the successor have the member's demand, its part of orders whose costs are not stated
    yet, and its right to call off (§ 77a GenG)."""
    await keep_member(event, tx)
    if event.successor is None:
        return
    await store.save_successor(tx.session, event.member, event.successor)
    await store.pass_demand_on(tx.session, event.member, event.successor)
    await publish_buyers(tx, event.member)
    for round_id in await store.rounds_to_state(tx.session, event.member):
        await store.round_with(tx.session, round_id)  # so that no costs are stated meanwhile
        await store.pass_costs_on(tx.session, round_id, event.member, event.successor)


@handles(DemandAccepted)
async def keep_demand(event: DemandAccepted, tx: InTransaction) -> None:
    """Know a demand as it counts now."""
    demand = Demand(
        id=event.demand_id,
        reference=event.reference,
        member=event.member,
        item=event.item,
        name=event.name,
        quantity=event.quantity,
        unit=event.unit,
        place=Place(**event.place.model_dump()),
        needed_from=event.needed_from,
        needed_by=event.needed_by,
        round_id=event.round_id,
        term_months=event.term_months,
        ceiling_cents=event.price_ceiling,
        equivalents=tuple(event.equivalents),
        minimum_quantity=event.minimum_quantity,
        maximum_quantity=event.maximum_quantity,
        way=tx.header.correlationid if tx.header else None,
        revision=event.revision,
    )
    await store.save_demand(tx.session, demand, _sequence(tx), tx.now + SOON)


@handles(DemandReferred)
async def keep_requirement(event: DemandReferred, tx: InTransaction) -> None:
    """Know a requirement in words for which KID found no contract."""
    await store.save_requirement(tx.session, requirement(event), _sequence(tx), tx.now + SOON)


@handles(DemandWithdrawalConfirmed, DemandApprovalRequested, DemandConsultationOpened, DemandLapsed)
async def drop_demand(
    event: DemandWithdrawalConfirmed
    | DemandApprovalRequested
    | DemandConsultationOpened
    | DemandLapsed,
    tx: InTransaction,
) -> None:
    """Know that a demand no longer counts, or not before it is approved or specified."""
    await store.forget_demand(tx.session, event.demand_id, _sequence(tx), tx.now + SOON)


async def keep_closed(tx: Transaction, closed: Round) -> None:
    """Keep a round's end and tell everyone, so that the demand service closes its books."""
    await store.save_round(tx.session, closed)
    tx.decide(recording.closed(closed))
    tx.emit(
        RoundClosed(
            round_id=closed.id,
            reference=closed.reference,
            title=closed.title,
            closed_at=closed.closed_at or tx.now,
            reason=closed.close_reason or "cut_off",
        ),
        party=COOPERATIVE,
    )


def _sequence(tx: Transaction) -> int:
    if tx.header is None or tx.header.sequence is None:
        raise LookupError("a service's event without sequence")
    return tx.header.sequence
