"""Whom to write to at a member, which is no part of the register."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.membership.domain.members import Member, present
from services.membership.domain.people import Contact
from shared.refusal import refuse


def with_contacts(member: Member, contacts: tuple[Contact, ...], today: date) -> Member:
    """Replace a member's contacts.

    What is known of an address stays: what it wants of mails where nothing else is said, and
    that mail to it came back.
    """
    present(member, today)
    known = {contact.email.casefold(): contact for contact in member.contacts}

    def as_known(contact: Contact) -> Contact:
        before = known.get(contact.email.casefold(), contact)
        return replace(
            contact,
            mails=contact.mails or before.mails,
            returned_on=before.returned_on,
            returned_because=before.returned_because,
        )

    return replace(member, contacts=tuple(map(as_known, contacts)))


def without_person(
    member: Member, email: str, named: Iterable[str], today: date
) -> tuple[Member, tuple[str, ...]]:
    """The member without the contacts of an address, and every name of the person.

    Args:
        named: what else the person is called; then it need not be a contact.

    Raises:
        Refused: nothing changes, there is no such contact, or no other.
    """
    present(member, today)
    gone = [one for one in member.contacts if one.email.casefold() == email.casefold()]
    kept = tuple(one for one in member.contacts if one not in gone)
    names = tuple(dict.fromkeys([*(one.name for one in gone), *named]))
    if not names:
        rule = "must be the address of a contact of this member, unless names are stated"
        raise refuse("email", "", rule)
    if not kept:
        raise refuse("email", "", "is the only contact; state another by contacts.changed first")
    return replace(member, contacts=kept), names


def unsubscribed(member: Member, role: str, name: str) -> Member:
    """The member once a contact wants only what is needed."""
    contacts = tuple(
        replace(one, mails="needed") if (one.role, one.name) == (role, name) else one
        for one in member.contacts
    )
    return replace(member, contacts=contacts)


def unreachable(member: Member, email: str, day: date, because: str) -> Member:
    """The member once mail to an address came back; of an address the first time is kept."""
    contacts = tuple(
        replace(one, returned_on=day, returned_because=because)
        if one.email.casefold() == email.casefold() and one.returned_on is None
        else one
        for one in member.contacts
    )
    return replace(member, contacts=contacts)
