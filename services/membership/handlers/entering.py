"""What the register and the list of contacts hold: changes and corrections."""

from typing import Any

from services.membership.domain import contacts, members
from services.membership.handlers.inbox import handles
from services.membership.handlers.joining import contacts_of
from services.membership.handlers.stating import keep, settle, stated, the_member
from shared.calendar import local_date
from shared.database import InTransaction
from shared.events.board import ContactsChanged, MembershipDetailsChanged, RegisterCorrected
from shared.events.membership import SharesChange
from shared.events.notifications import ContactBounced, ContactUnsubscribed

_DETAILS = ("name", "kind", "ags", "leitweg_id", "address")


@handles(MembershipDetailsChanged)
async def change_details(event: MembershipDetailsChanged, tx: InTransaction) -> None:
    """Enter a member's new name, kind, keys or address."""
    member, how = await the_member(tx, event.member), stated(tx, event.document)
    person, day = _said(event), event.effective_on
    await keep(tx, members.with_details(member, person, day, how, tx.rules))


@handles(RegisterCorrected)
async def correct(event: RegisterCorrected, tx: InTransaction) -> None:
    """Enter what is right instead of an entry; what was known before stays readable."""
    member = await the_member(tx, event.member)
    before = member.on(local_date(tx.now)).shares
    member = members.corrected(
        member,
        event.entry,
        event.reason,
        stated(tx, event.document),
        tx.rules,
        void=event.void,
        effective_on=event.effective_on,
        shares=event.shares,
        person=_said(event),
    )
    more = member.on(local_date(tx.now)).shares - before
    effective_on = member.entries[-1].effective_on
    change = SharesChange(change=more, how="corrected", effective_on=effective_on)
    await keep(tx, member, shares_change=change if more else None)


@handles(ContactsChanged)
async def change_contacts(event: ContactsChanged, tx: InTransaction) -> None:
    """Replace the contacts."""
    member = await the_member(tx, event.member)
    now = contacts.with_contacts(member, contacts_of(event.contacts), local_date(tx.now))
    await keep(tx, now)


@handles(ContactUnsubscribed)
async def unsubscribe_contact(event: ContactUnsubscribed, tx: InTransaction) -> None:
    """Let a contact have only the mails that are needed, until the member says otherwise."""
    member = await the_member(tx, event.member)
    now = contacts.unsubscribed(member, event.role, event.name)
    if now != member:
        await keep(tx, now)


@handles(ContactBounced)
async def flag_contact(event: ContactBounced, tx: InTransaction) -> None:
    """Know that an address does not work, until the member states another."""
    member = await the_member(tx, event.member)
    said = (event.role, event.name)  # an event of an older version does not tell the address
    named = (one.email for one in member.contacts if (one.role, one.name) == said)
    if email := event.email or next(named, None):
        day = local_date(tx.header.time if tx.header else tx.now)
        await settle(tx, contacts.unreachable(member, email, day, event.reason))


def _said(event: MembershipDetailsChanged | RegisterCorrected) -> dict[str, Any]:
    """What the message says of the member itself; what it leaves out stays."""
    return event.model_dump(mode="json", include=set(_DETAILS), exclude_none=True)
