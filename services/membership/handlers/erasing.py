"""A refused applicant's data is deleted when the refusal is sent, and that can be shown."""

from services.membership import store
from services.membership.domain import joining
from services.membership.domain.joining import Application
from services.membership.handlers.inbox import handles
from shared.database import InTransaction, Transaction
from shared.events.envelope import COOPERATIVE
from shared.events.membership import ApplicationErased
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
