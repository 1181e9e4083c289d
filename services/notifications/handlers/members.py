"""Applicants, members, and addresses that do not work."""

from typing import Any, cast

from services.notifications import store
from services.notifications.domain import BOARD, KID, Contact, Member, Person
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.rounds import tell_open_rounds
from services.notifications.handlers.telling import heading, sequence, tell
from services.notifications.mail.message import deliverable, readable
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.decisions import Basis, Decision
from shared.events.envelope import COOPERATIVE
from shared.events.membership import (
    ApplicationErased,
    ApplicationReceived,
    ApplicationRefused,
    ContactErased,
    MemberAdmitted,
    MemberChanged,
    MemberExcluded,
    MemberLeft,
    MemberNoticeConfirmed,
    MemberState,
    MemberSucceeded,
    MemberTermEnding,
    RepaymentDue,
)
from shared.events.notifications import NotificationErased


@handles(ApplicationReceived)
async def tell_application(event: ApplicationReceived, tx: InTransaction) -> None:
    """Ask the board for its decision."""
    await tell(tx, "application_received", event, BOARD)


@handles(ApplicationRefused)
async def tell_refusal(event: ApplicationRefused, tx: InTransaction) -> None:
    """Tell an applicant that it is not admitted."""
    await tell(tx, "application_refused", event, BOARD)


@handles(ApplicationErased)
async def erase_applicant(event: ApplicationErased, tx: InTransaction) -> None:
    """Delete what mails said of a refused applicant, and tell that it is done (§ 15 GenG)."""
    mails = await store.erase_caused_by(tx.session, event.messages, tx.now)
    tx.emit(NotificationErased(application_id=event.application_id, mails=mails), party=COOPERATIVE)


@handles(ContactErased)
async def erase_contact(event: ContactErased, tx: InTransaction) -> None:
    """Delete what mails said to and of a person (Art. 17 GDPR); that there were mails stays."""
    address = deliverable(event.email)
    person = Person(event.member, (address, event.email), tuple(event.names))

    def tells(party: str, content: bytes) -> bool:
        return person.is_named_in(readable(content), about_others=party != event.member)

    def rewritten(data: dict[str, Any]) -> dict[str, Any]:
        if data.get("member", event.member) != event.member:
            return data
        return cast(dict[str, Any], person.left_out(data))

    parties = (event.member, BOARD, KID)
    await store.rewrite_untold(tx.session, parties, rewritten)
    mails = await store.erase_person(tx.session, parties, address, tells, tx.now)
    tx.decide(
        Decision(
            "contact",
            event.member,
            "erased",
            rules=(Basis("contact_erasure", "Art. 17 DSGVO"),),
            result={"mails": mails},
            concerns=event.member,
        )
    )


@handles(MemberAdmitted)
async def welcome_member(event: MemberAdmitted, tx: InTransaction) -> None:
    """Know a new member, welcome it, and tell it which rounds are open."""
    await _keep(event, tx)
    await tell(tx, "member_admitted", event, event.member)
    await tell_open_rounds(tx, event.member)


@handles(MemberChanged)
async def keep_member(event: MemberChanged, tx: InTransaction) -> None:
    """Know a member's contacts, and confirm what became of its shares."""
    await _keep(event, tx)
    if event.shares_change is not None:
        await tell(tx, "shares_changed", event, event.member)


@handles(MemberNoticeConfirmed)
async def tell_notice(event: MemberNoticeConfirmed, tx: InTransaction) -> None:
    """Confirm a member's notice."""
    await _keep(event, tx)
    await tell(tx, "notice_confirmed", event, event.member)


@handles(MemberExcluded)
async def tell_exclusion(event: MemberExcluded, tx: InTransaction) -> None:
    """Tell a member that it was excluded."""
    await _keep(event, tx)
    await tell(tx, "member_excluded", event, event.member)


@handles(MemberTermEnding)
async def remind_of_term(event: MemberTermEnding, tx: InTransaction) -> None:
    """Remind a member that its fixed term is about to end."""
    await _keep(event, tx)
    await tell(tx, "term_ending", event, event.member)


@handles(MemberSucceeded)
async def tell_succession(event: MemberSucceeded, tx: InTransaction) -> None:
    """Tell who stands in a member's place from now on; without one, tell the member and the board.

    The event goes to both members, but only the successor is there to be written to.
    """
    await _keep(event, tx)
    if event.successor is None:
        await tell(tx, "member_succeeded", event, event.member, BOARD)
    elif heading(tx).party == event.successor:
        await tell(tx, "member_succeeded", event, event.successor)


@handles(RepaymentDue)
async def tell_repayment(event: RepaymentDue, tx: InTransaction) -> None:
    """Tell the payee what it gets back, and the board what is to be paid."""
    await tell(tx, "repayment_due", event, heading(tx).party)


@handles(MemberLeft)
async def tell_end(event: MemberLeft, tx: InTransaction) -> None:
    """Tell a member that its membership ended."""
    await _keep(event, tx)
    await tell(tx, "membership_ended", event, event.member)


async def _keep(event: MemberState, tx: Transaction) -> None:
    contacts = tuple(
        Contact(c.role, c.name, deliverable(c.email), mails=c.mails or "all")
        for c in event.contacts
    )
    today = local_date(tx.now)
    gone = event.succeeded_on is not None and event.succeeded_on <= today
    active = not (gone or isinstance(event, MemberLeft))
    successor = event.successor if gone else None
    member = Member(event.member, event.name, contacts, active, successor)
    await store.save_member(tx.session, member, sequence(tx))
