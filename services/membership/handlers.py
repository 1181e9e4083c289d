"""What membership does when something happens elsewhere, and when a day is over."""

from dataclasses import asdict
from typing import TypeVar

from services.membership import domain, store
from services.membership.domain import Address, Application, Contact, Member
from shared.calendar import local_date
from shared.database import Database, InTransaction, Transaction
from shared.events import common
from shared.events.board import (
    ContactsChanged,
    MembershipApplied,
    MembershipDecided,
    MembershipNoticeGiven,
    MembershipSharesChanged,
)
from shared.events.envelope import COOPERATIVE
from shared.events.membership import (
    ApplicationReceived,
    ApplicationRefused,
    MemberAdmitted,
    MemberChanged,
    MemberLeft,
    MemberNoticeConfirmed,
    MemberState,
)
from shared.messaging import inbox
from shared.refusal import refuse

router, handles = inbox("membership")
State = TypeVar("State", bound=MemberState)


@handles(MembershipApplied)
async def receive_application(event: MembershipApplied, tx: InTransaction) -> None:
    """Keep an application for the board's decision."""
    if await store.application(tx.session, event.application_id):
        raise refuse("application_id", event.application_id, "was received before")
    application = domain.applied(
        Application(
            id=event.application_id,
            name=event.name,
            kind=event.kind,
            ags=event.ags,
            address=Address(**event.address.model_dump()),
            contacts=_contacts(event.contacts),
            shares=event.shares,
            declared_on=event.declared_on,
        ),
        local_date(tx.now),
    )
    await store.save_application(tx.session, application)
    tx.emit(
        ApplicationReceived(
            application_id=event.application_id,
            name=event.name,
            contacts=event.contacts,
            declared_on=event.declared_on,
        ),
        party=COOPERATIVE,
    )


@handles(MembershipDecided)
async def decide_application(event: MembershipDecided, tx: InTransaction) -> None:
    """Enter the applicant in the register, or tell the refusal and forget the applicant."""
    application = await store.application(tx.session, event.application_id)
    if application is None:
        raise refuse("application_id", event.application_id, "must be an undecided application")
    if event.decision == "admitted":
        number = await _free_number(tx, application, event.member)
        member = domain.admitted(application, number, event.decided_on, local_date(tx.now))
        await store.save_member(tx.session, member)
        tx.emit(_state(MemberAdmitted, member), party=member.number)
    else:
        domain.refused(application, event.decided_on, local_date(tx.now))
        tx.emit(_refusal(application, event), party=COOPERATIVE)
    await store.delete_application(tx.session, application.id)


@handles(MembershipNoticeGiven)
async def confirm_notice(event: MembershipNoticeGiven, tx: InTransaction) -> None:
    """Set the day on which the membership ends."""
    member = await _member(tx, event.member)
    member = domain.under_notice(member, event.given_on, local_date(tx.now), tx.rules)
    await store.save_member(tx.session, member)
    tx.emit(_state(MemberNoticeConfirmed, member), party=member.number)


@handles(MembershipSharesChanged)
async def change_shares(event: MembershipSharesChanged, tx: InTransaction) -> None:
    """Enter the new number of shares."""
    member = await _member(tx, event.member)
    member = domain.with_shares(member, event.shares, event.effective_on, local_date(tx.now))
    await store.save_member(tx.session, member)
    tx.emit(_state(MemberChanged, member), party=member.number)


@handles(ContactsChanged)
async def change_contacts(event: ContactsChanged, tx: InTransaction) -> None:
    """Replace the contacts."""
    member = domain.with_contacts(await _member(tx, event.member), _contacts(event.contacts))
    await store.save_member(tx.session, member)
    tx.emit(_state(MemberChanged, member), party=member.number)


async def due(database: Database) -> None:
    """Record the end of every membership whose last day is over."""
    async with database.transaction() as tx:
        today = local_date(tx.now)
        for member in await store.leaving_before(tx.session, today):
            gone = domain.left(member, today)
            await store.save_member(tx.session, gone)
            tx.emit(_state(MemberLeft, gone), party=gone.number)


async def _member(tx: Transaction, number: str) -> Member:
    member = await store.member(tx.session, number)
    if member is None:
        raise refuse("member", number, "must be a member of the cooperative")
    return member


async def _free_number(tx: Transaction, application: Application, wish: str | None) -> str:
    await tx.alone("admission")  # so that no number is given twice
    taken = await store.numbers(tx.session)
    if wish in taken:
        raise refuse("member", wish, "must be a number that no member has or had")
    if application.ags and (known := await store.number_with_ags(tx.session, application.ags)):
        raise refuse("application_id", application.id, f"its AGS is that of member {known}")
    return wish or domain.next_number(taken)


def _contacts(contacts: list[common.Contact]) -> tuple[Contact, ...]:
    return tuple(Contact(**contact.model_dump()) for contact in contacts)


def _state(kind: type[State], member: Member) -> State:
    fields = asdict(member)
    fields.pop("has_left")
    return kind.model_validate({"member": fields.pop("number"), **fields})


def _refusal(application: Application, event: MembershipDecided) -> ApplicationRefused:
    return ApplicationRefused(
        application_id=application.id,
        name=application.name,
        contacts=[common.Contact.model_validate(asdict(c)) for c in application.contacts],
        decided_on=event.decided_on,
        reason=event.reason,
    )
