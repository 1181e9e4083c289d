"""From the application to join to the board's decision."""

from dataclasses import asdict, replace

from services.membership import store
from services.membership.domain import joining, shares
from services.membership.domain.joining import Application, Step
from services.membership.domain.members import next_number
from services.membership.domain.people import Address, Contact, LegalPerson
from services.membership.handlers.inbox import handles
from services.membership.handlers.stating import REGISTER, as_stated, keep, stated, the_member
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.decisions import Decision
from shared.events import common
from shared.events.board import MembershipApplied, MembershipDecided, MembershipStepTaken
from shared.events.envelope import COOPERATIVE
from shared.events.membership import (
    ApplicationProgressed,
    ApplicationReceived,
    ApplicationRefused,
    MemberAdmitted,
    SharesChange,
)
from shared.refusal import refuse


@handles(MembershipApplied)
async def receive_application(event: MembershipApplied, tx: InTransaction) -> None:
    """Keep an application for the board's decision."""
    known = await store.application(tx.session, event.application_id)
    if known or await store.erasure_of(tx.session, event.application_id):
        raise refuse("application_id", event.application_id, "was received before")
    today = local_date(tx.now)
    application = joining.applied(_application(event), today, tx.rules)
    message = tx.emit(
        ApplicationReceived(
            application_id=event.application_id,
            name=event.name,
            contacts=event.contacts,
            declared_on=event.declared_on,
            lacks=joining.lacks(application, tx.rules, today),
        ),
        party=COOPERATIVE,
    )
    await store.save_application(tx.session, replace(application, messages=(message,)))


@handles(MembershipStepTaken)
async def take_step(event: MembershipStepTaken, tx: InTransaction) -> None:
    """Enter a step of joining and tell which still lack."""
    application = await _undecided(tx, event)
    step, today = Step(event.step, event.taken_on, event.document), local_date(tx.now)
    application = joining.stepped(application, step, today)
    await store.save_application(tx.session, application)
    tx.emit(
        ApplicationProgressed(
            application_id=application.id,
            step=event.step,
            taken_on=event.taken_on,
            lacks=joining.lacks(application, tx.rules, today),
        ),
        party=COOPERATIVE,
    )


@handles(MembershipDecided)
async def decide_application(event: MembershipDecided, tx: InTransaction) -> None:
    """Enter the applicant in the register, or tell the refusal; its data goes when that is sent."""
    application = await _undecided(tx, event)
    if event.decision == "admitted":
        await _admit(tx, application, event)
        await store.delete_application(tx.session, application.id)
        return
    tx.decide(
        Decision(
            "admission",
            str(application.id),
            "refused",
            inputs={"kind": application.person.kind, "decided_on": event.decided_on},
            result={"reason": event.reason},
            by="board",
            concerns=str(application.id),
        )
    )
    message = tx.emit(_refusal(application, event), party=COOPERATIVE)
    application = joining.refused(application, event.decided_on, local_date(tx.now), message)
    told = replace(application, messages=(*application.messages, message))
    await store.save_application(tx.session, told)


async def _admit(tx: Transaction, application: Application, event: MembershipDecided) -> None:
    await tx.alone(REGISTER)  # so that no number is given twice
    how = stated(tx, event.document)
    number = await _free_number(tx, application, event)
    today = local_date(tx.now)
    member = joining.admitted(
        application, number, event.decided_on, event.joins_on, how, today, tx.rules
    )
    if transfer := application.transfer:
        giver = await the_member(tx, transfer.giver)
        giver, given = shares.given_away(
            giver, number, transfer.shares, member.joined_on, how, tx.rules
        )
        change = SharesChange(
            change=-given, how="transferred", effective_on=member.joined_on, other=number
        )
        await keep(tx, giver, shares_change=change)
    tx.decide(
        Decision(
            "admission",
            str(application.id),
            "admitted",
            rules=joining.step_rules(tx.rules, event.decided_on),
            inputs={
                "kind": application.person.kind,
                "decided_on": event.decided_on,
                "steps": [asdict(step) for step in application.steps],
            },
            result={"member": number, "joined_on": member.joined_on, "shares": application.shares},
            by="board",
            concerns=number,
        )
    )
    await keep(tx, member, MemberAdmitted)


async def _undecided(
    tx: Transaction, event: MembershipDecided | MembershipStepTaken
) -> Application:
    application = await store.application(tx.session, event.application_id)
    if application is None:
        raise refuse("application_id", event.application_id, "must be an undecided application")
    return application


async def _free_number(tx: Transaction, application: Application, event: MembershipDecided) -> str:
    taken = await store.numbers(tx.session)
    if event.member in taken:
        raise refuse("member", event.member, "must be a number that no member has or had")
    joins_on, ags = event.joins_on or event.decided_on, application.person.ags
    if ags and (known := await store.number_with_ags(tx.session, ags, joins_on)):
        raise refuse("application_id", application.id, f"its AGS is that of member {known}")
    return event.member or next_number(taken)


def contacts_of(contacts: list[common.Contact]) -> tuple[Contact, ...]:
    """Contacts as they are stated."""
    return tuple(Contact(**contact.model_dump()) for contact in contacts)


def _application(event: MembershipApplied) -> Application:
    steps = (
        (
            joining.COUNCIL_RESOLUTION,
            event.council_resolution_on,
            event.council_resolution_document,
        ),
        (
            joining.SUPERVISORY_CONSENT,
            event.supervisory_consent_on,
            event.supervisory_consent_document,
        ),
        (joining.DECLARATION, event.declared_on, event.declaration_document),
    )
    return Application(
        id=event.application_id,
        person=LegalPerson(
            name=event.name,
            kind=event.kind,
            ags=event.ags,
            leitweg_id=event.leitweg_id,
            address=Address(**event.address.model_dump()),
        ),
        contacts=contacts_of(event.contacts),
        shares=event.shares,
        steps=tuple(Step(step, on, document) for step, on, document in steps if on is not None),
        ends_on=event.ends_on,
    )


def _refusal(application: Application, event: MembershipDecided) -> ApplicationRefused:
    return ApplicationRefused(
        application_id=application.id,
        name=application.person.name,
        contacts=[as_stated(contact) for contact in application.contacts],
        decided_on=event.decided_on,
        reason=event.reason,
    )
