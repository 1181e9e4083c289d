"""Pieces and facts that several publishers use."""

from enum import StrEnum
from uuid import UUID

from shared.events.envelope import Event, Part, StrictPart
from shared.events.fields import MailAddress, Name, PostalCode


class ContactRole(StrEnum):
    """What a contact person of a member is to be written to about."""

    IT = "it"
    FINANCE = "finance"
    MANAGEMENT = "management"
    DATA_PROTECTION = "data_protection"


class Contact(StrictPart):
    """Whom to write to at a member."""

    role: ContactRole
    name: Name
    email: MailAddress


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
