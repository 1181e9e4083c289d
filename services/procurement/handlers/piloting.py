"""Pilots of new topics: announced, joined by members, begun as a round or lapsed."""

from datetime import timedelta
from typing import TypeVar

from uuid_utils.compat import uuid7

from services.procurement import store
from services.procurement.domain import pilots
from services.procurement.domain.pilots import Pilot
from services.procurement.handlers import recording
from services.procurement.handlers.collecting import announce_round
from services.procurement.handlers.inbox import handles
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.envelope import COOPERATIVE
from shared.events.kid import Category, PilotAnnounced
from shared.events.member import PilotInterestStated
from shared.events.procurement import (
    PilotInterestNoted,
    PilotLapsed,
    PilotOpened,
    PilotStarted,
    PilotState,
)
from shared.refusal import refuse

State = TypeVar("State", bound=PilotState)


@handles(PilotAnnounced)
async def open_pilot(event: PilotAnnounced, tx: InTransaction) -> None:
    """Ask members who is interested."""
    if await store.pilot(tx.session, event.pilot_id):
        raise refuse("pilot_id", event.pilot_id, "was announced before")
    today = local_date(tx.now)
    (reference,) = await store.next_references(tx.session, "P", today.year)
    opened = pilots.announce(
        Pilot(
            id=event.pilot_id,
            reference=reference,
            title=event.title,
            category=event.category,
            least_members=event.least_members,
            interest_by=event.interest_by,
            collect_days=event.collect_days,
        ),
        today,
    )
    await store.save_pilot(tx.session, opened)
    tx.emit(_state(PilotOpened, opened), party=COOPERATIVE)


@handles(PilotInterestStated)
async def note_interest(event: PilotInterestStated, tx: InTransaction) -> None:
    """Note a member's interest; the last one needed opens the pilot's round."""
    found = await store.pilot(tx.session, event.pilot_id)
    if found is None:
        raise refuse("pilot_id", event.pilot_id, "must be an announced pilot")
    if not await store.member_names(tx.session, {event.member}):
        raise refuse("member", event.member, "must be a member of the cooperative today")
    noted = pilots.note_interest(found, event.member, event.interested, local_date(tx.now))
    await store.save_pilot(tx.session, noted)
    tx.emit(
        _state(PilotInterestNoted, noted, member=event.member, is_interested=event.interested),
        party=event.member,
    )
    if noted.state == "started":
        tx.decide(recording.pilot(noted))
        opened = await announce_round(
            tx,
            id=uuid7(),
            title=noted.title,
            categories=[Category(noted.category)],
            cut_off=tx.now + timedelta(days=noted.collect_days),
        )
        started = _state(
            PilotStarted,
            noted,
            members=list(noted.interested),
            round_reference=opened.reference,
        )
        tx.emit(started, party=COOPERATIVE)


async def lapse_pilots(tx: Transaction) -> None:
    """End the pilots that found too few members in time."""
    for past in await store.pilots_past_date(tx.session, local_date(tx.now)):
        lapsed = pilots.lapse(past)
        await store.save_pilot(tx.session, lapsed)
        tx.decide(recording.pilot(lapsed))
        tx.emit(_state(PilotLapsed, lapsed, members=list(lapsed.interested)), party=COOPERATIVE)


def _state(kind: type[State], pilot: Pilot, **more: object) -> State:
    return kind.model_validate(
        {
            "pilot_id": pilot.id,
            "reference": pilot.reference,
            "title": pilot.title,
            "category": pilot.category,
            "least_members": pilot.least_members,
            "interest_by": pilot.interest_by,
            "interested": len(pilot.interested),
            **more,
        }
    )
