"""Applicants, members, and addresses that do not work."""

from services.notifications import store
from services.notifications.domain import BOARD, Contact, Member
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.rounds import tell_open_rounds
from services.notifications.handlers.telling import sequence, tell
from services.notifications.mail.message import deliverable
from shared.database import InTransaction, Transaction
from shared.events.membership import (
    ApplicationReceived,
    ApplicationRefused,
    MemberAdmitted,
    MemberChanged,
    MemberLeft,
    MemberNoticeConfirmed,
    MemberState,
)


@handles(ApplicationReceived)
async def tell_application(event: ApplicationReceived, tx: InTransaction) -> None:
    """Ask the board for its decision."""
    await tell(tx, "application_received", event, BOARD)


@handles(ApplicationRefused)
async def tell_refusal(event: ApplicationRefused, tx: InTransaction) -> None:
    """Tell an applicant that it is not admitted."""
    await tell(tx, "application_refused", event, BOARD)


@handles(MemberAdmitted)
async def welcome_member(event: MemberAdmitted, tx: InTransaction) -> None:
    """Know a new member, welcome it, and tell it which rounds are open."""
    await _keep(event, tx)
    await tell(tx, "member_admitted", event, event.member)
    await tell_open_rounds(tx, event.member)


@handles(MemberChanged)
async def keep_member(event: MemberChanged, tx: InTransaction) -> None:
    """Know a member's contacts."""
    await _keep(event, tx)


@handles(MemberNoticeConfirmed)
async def tell_notice(event: MemberNoticeConfirmed, tx: InTransaction) -> None:
    """Confirm a member's notice."""
    await _keep(event, tx)
    await tell(tx, "notice_confirmed", event, event.member)


@handles(MemberLeft)
async def tell_end(event: MemberLeft, tx: InTransaction) -> None:
    """Tell a member that its membership ended."""
    await _keep(event, tx)
    await tell(tx, "membership_ended", event, event.member)


async def _keep(event: MemberState, tx: Transaction) -> None:
    contacts = tuple(Contact(c.role, c.name, deliverable(c.email)) for c in event.contacts)
    active = not isinstance(event, MemberLeft)
    member = Member(event.member, event.name, contacts, active)
    await store.save_member(tx.session, member, sequence(tx))
