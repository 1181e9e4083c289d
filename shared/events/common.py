"""Pieces and facts that several publishers use."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.envelope import Event, Part, StrictPart
from shared.events.fields import Digest, MailAddress, Name, PostalCode, Word


class ContactRole(StrEnum):
    """What a contact person of a member is to be written to about."""

    IT = "it"
    FINANCE = "finance"
    MANAGEMENT = "management"
    DATA_PROTECTION = "data_protection"


class Contact(StrictPart):
    """Whom to write to at a member.

    `mails` is what the contact wants: `all` at once, what can wait gathered once a day (`daily`),
    or only what is `needed`; left out, it stays as it was, at first `all`. What the law or an
    order depends on comes at once in any case.
    """

    role: ContactRole
    name: Name
    email: MailAddress
    mails: Literal["all", "daily", "needed"] | None = None


class Person(StrictPart):
    """Who said something for a member, by role.

    `name` need not be a name: any word that always stands for the same person will do.
    """

    role: Literal["staff", "it", "finance", "management"]
    name: Name


class Address(StrictPart):
    """A postal address in Germany."""

    street: Name
    postal_code: PostalCode
    city: Name


class Place(Address):
    """A place of delivery: an address with the name of the house."""

    name: Name


class Broken(Part):
    """One broken rule: which field, its (shortened) value, and what would be right."""

    field: str
    value: str
    rule: str


class MessageRejected(Event):
    """A message could not be accepted; nothing changed. Goes to the party that sent it.

    Demand messages are answered by `demand.rejected` instead, in the same form.
    """

    type = "message.rejected.v1"
    subject_field = "message_id"
    example = {
        "message_id": "0190163d-8694-739b-aea5-966c26f8ad91",
        "message_type": "order.answered.v1",
        "reasons": [
            {"field": "order_id", "value": "0190…", "rule": "must be an order placed with KID"}
        ],
    }

    message_id: UUID | None = None
    message_type: str | None = None
    reasons: list[Broken]

    @property
    def subject(self) -> str:
        """The rejected message's id, or `unreadable` where it had none."""
        return str(self.message_id or "unreadable")


class RecordAnchored(Event):
    """The end of a service's decision record as a day was over, to be kept outside of it.

    Stated once a day, where decisions were added. A record that was cut off or written anew no
    longer has this hash at this position.
    """

    type = "record.anchored.v1"
    subject_field = "service"
    example = {
        "service": "procurement",
        "day": "2026-03-31",
        "position": 1204,
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }

    service: Word
    day: date
    position: Annotated[int, Field(ge=1)]
    hash: Digest
