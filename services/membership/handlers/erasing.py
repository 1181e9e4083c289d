"""A refused applicant's data is deleted when the refusal is sent, a contact's when it wants so."""

from hashlib import sha256

from services.membership import store
from services.membership.domain import contacts, joining
from services.membership.domain.joining import Application
from services.membership.handlers.inbox import handles
from services.membership.handlers.stating import keep, the_member
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.decisions import Basis, Decision
from shared.events.board import ContactErasureRequested
from shared.events.envelope import COOPERATIVE
from shared.events.membership import ApplicationErased, ContactErased
from shared.events.notifications import NotificationErased, NotificationSent

REFUSAL = "application_refused"
"""The kind of mail that tells an applicant that it is not admitted."""


@handles(NotificationSent)
async def erase_refused(event: NotificationSent, tx: InTransaction) -> None:
    """Delete an applicant's data once its refusal was handed over (§ 15 (2) GenG)."""
    if event.kind != REFUSAL:
        return
    if application := await store.refused_by(tx.session, event.caused_by):
        await erase(tx, application, refusal_sent=True)


@handles(NotificationErased)
async def note_erased_mails(event: NotificationErased, tx: InTransaction) -> None:
    """Keep that what mails said of the applicant is deleted too."""
    if erasure := await store.erasure_of(tx.session, event.application_id):
        erasure.mails = event.mails


@handles(ContactErasureRequested)
async def erase_contact(event: ContactErasureRequested, tx: InTransaction) -> None:
    """Forget a contact, let others delete what they have, and keep that it was asked for."""
    member = await the_member(tx, event.member)
    today = local_date(tx.now)
    left, names = contacts.without_person(member, event.email, event.names, today)
    if left != member:
        await keep(tx, left)
    erased = ContactErased(member=member.number, names=list(names), email=event.email)
    tx.emit(erased, party=member.number)
    digest = sha256(event.email.casefold().encode()).hexdigest()
    tx.decide(
        Decision(
            "contact",
            member.number,
            "erased",
            rules=(Basis("contact_erasure", "Art. 17 DSGVO"),),
            result={"digest": digest},
            by="member",
            concerns=member.number,
        )
    )


async def erase(tx: Transaction, application: Application, *, refusal_sent: bool) -> None:
    """Delete an application, keep what shows it, and let others delete what they have."""
    erasure = joining.erased(application, refusal_sent=refusal_sent)
    await store.delete_application(tx.session, application.id)
    await store.save_erasure(tx.session, erasure, tx.now)
    await tx.erase(str(application.id), "refused applicant, § 15 (2) GenG")
    tx.emit(
        ApplicationErased(
            application_id=erasure.application_id,
            refused_on=erasure.refused_on,
            refusal_sent=erasure.refusal_sent,
            erased_at=tx.now,
            contacts=erasure.contacts,
            messages=list(erasure.messages),
            digest=erasure.digest,
        ),
        party=COOPERATIVE,
    )
