"""Rounds: who hears that one opened, is about to close, closed, and what came of it."""

from datetime import timedelta

from services.notifications import store
from services.notifications.domain import BOARD, Closing, Round, derived_cause, reminder_due
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import heading, occasion, tell
from shared.database import InTransaction, Transaction
from shared.events.demand import RoundCounted
from shared.events.procurement import (
    BundleShared,
    CostStated,
    RoundClosed,
    RoundCompleted,
    RoundInvited,
    RoundOpened,
)

JOINING = "joining"
"""Who joins while a round opens hears of it once, by the round's opening or by the joining."""


@handles(RoundOpened)
async def tell_opening(event: RoundOpened, tx: InTransaction) -> None:
    """Tell every member that a round is open."""
    await tx.alone(JOINING)
    header = heading(tx)
    await store.save_round(
        tx.session,
        Round(
            id=event.round_id,
            reference=event.reference,
            title=event.title,
            categories=tuple(event.categories),
            cut_off=event.cut_off,
            opened_at=header.time,
            opened_by=header.id,
        ),
    )
    members = await store.active_members(tx.session)
    await tell(tx, "round_opened", event, *(member.number for member in members))


@handles(RoundInvited)
async def tell_invitation(event: RoundInvited, tx: InTransaction) -> None:
    """Tell every member which tiers a round has almost reached, while there is time."""
    members = await store.active_members(tx.session)
    await tell(tx, "round_invitation", event, *(member.number for member in members))


@handles(RoundClosed)
async def note_closing(event: RoundClosed, tx: InTransaction) -> None:
    """Remind nobody of this round any more."""
    await store.close_round(tx.session, event.round_id, event.closed_at)


@handles(RoundCounted)
async def note_count(event: RoundCounted, tx: InTransaction) -> None:
    """Know how much demand a closed round holds; its members are told once all of it is here."""
    header = heading(tx)
    await store.save_closing(
        tx.session,
        Closing(
            round_id=event.round_id,
            demands=event.demands,
            pieces=event.pieces,
            counted_by=header.id,
            correlation=header.correlationid,
            digest=event.digest,
        ),
    )


@handles(BundleShared)
async def tell_result(event: BundleShared, tx: InTransaction) -> None:
    """Tell a member what it gets, what it pays and what it saves."""
    await tell(tx, "bundle_result", event, event.member)


@handles(CostStated)
async def tell_costs(event: CostStated, tx: InTransaction) -> None:
    """State a member's costs of a round."""
    await store.save_saving(tx.session, event.round_id, event.member, event.net, event.alone)
    await tell(tx, "cost_statement", event, event.member)


@handles(RoundCompleted)
async def tell_report(event: RoundCompleted, tx: InTransaction) -> None:
    """Tell the board what a round came to; its members' costs were stated before."""
    await tell(tx, "round_report", event, BOARD)


async def tell_open_rounds(tx: Transaction, number: str) -> None:
    """Tell a member that joined while rounds are open; it may take part."""
    await tx.alone(JOINING)
    now_open = [r for r in await store.open_rounds(tx.session) if tx.now < r.cut_off]
    await store.tell(
        tx.session,
        *(occasion("round_opened", _opened(r), number, r.opened_by, tx.now) for r in now_open),
    )


async def remind(tx: Transaction, before: timedelta) -> None:
    """Remind every member of the cut-offs that are near; each once."""
    for one in await store.open_rounds(tx.session):
        if not reminder_due(one, before, tx.now):
            continue
        cause = derived_cause(one.id, "reminder")
        reminded = await store.told_parties(tx.session, cause, "round_reminder")
        await store.tell(
            tx.session,
            *(
                occasion("round_reminder", _opened(one), member.number, cause, tx.now)
                for member in await store.active_members(tx.session)
                if member.number not in reminded
            ),
        )


async def tell_closings(tx: Transaction) -> None:
    """Tell everyone with demand in a closed round what is in it.

    The count may come before the last demand that it counts: subjects keep no order among them.
    """
    for one in await store.take_closings(tx.session):
        counted = RoundCounted(round_id=one.round_id, demands=one.demands, pieces=one.pieces)
        members = await store.members_in_round(tx.session, one.round_id)
        await store.tell(
            tx.session,
            *(
                occasion("round_closed", counted, number, one.counted_by, tx.now, one.correlation)
                for number in members
            ),
        )


def _opened(one: Round) -> RoundOpened:
    return RoundOpened.model_validate(
        {
            "round_id": one.id,
            "reference": one.reference,
            "title": one.title,
            "categories": one.categories,
            "cut_off": one.cut_off,
        }
    )
