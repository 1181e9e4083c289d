"""Whom we write to: members and their contacts, and what we know of rounds and demands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.notifications.domain.kinds import Kind

BOARD = "coop"
KID = "kid"


@dataclass(frozen=True, slots=True)
class Office:
    """The cooperative and KID in mails and documents: names and mail addresses.

    An `endpoint` is an electronic address for orders as Peppol knows it, `<scheme>:<id>`, such
    as `9930:` with a German VAT number or `0204:` with a Leitweg-ID.
    """

    sender: str = "bedarf@kitu.example"
    board: str = "vorstand@kitu.example"
    kid: str = "auftraege@kid-magdeburg.example"
    name: str = "Kommunale IT-Union eG"
    kid_name: str = "KID Magdeburg GmbH"
    endpoint: str = "9930:DE000000000"
    kid_endpoint: str = "9930:DE000000000"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or office of a member, by the role it is to be written to about.

    `bounced` once mail to the address came back; another address is another contact. `mails` is
    what it wants: all, what can wait once a day (`daily`), or only what is `needed`.
    """

    role: str
    name: str
    email: str
    bounced: bool = False
    mails: str = "all"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as far as mails need it. `active` until its membership ended.

    Where a `successor` stands in its place, that is whose contacts are written to.
    """

    number: str
    name: str
    contacts: tuple[Contact, ...]
    active: bool = True
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A bundling round; `opened_by` is the message that opened it."""

    id: UUID
    reference: str
    title: str
    categories: tuple[str, ...]
    cut_off: datetime
    opened_at: datetime
    opened_by: UUID
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """A member's demand as it counts now; `round_id` is empty while it waits for a round."""

    id: UUID
    member: str
    reference: str
    name: str
    quantity: int
    unit: str
    needed_by: date
    round_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """What a member pays for a round and would have paid alone, net in cents."""

    member: str
    name: str
    net: int
    alone: int

    @property
    def saving(self) -> int:
        """What joining was worth; may be negative."""
        return self.alone - self.net


@dataclass(frozen=True, slots=True)
class Addressee:
    """One recipient of a mail; `role` is empty for KID and the board.

    `daily` where it wants this to be gathered with the rest of the day.
    """

    email: str
    name: str
    role: str = ""
    daily: bool = False


@dataclass(frozen=True, slots=True)
class Background:
    """What a mail tells beside the event itself: whom it is for, rounds and demands by id, and
    what the members of a round saved."""

    member: Member | None = None
    rounds: Mapping[UUID, Round] = field(default_factory=dict)
    demands: Mapping[UUID, Demand] = field(default_factory=dict)
    savings: tuple[Saving, ...] = ()


def addressees(kind: Kind, contacts: Sequence[Contact]) -> tuple[Addressee, ...]:
    """Who of a member (or applicant) gets a mail of this kind.

    All contacts of the kind's role; where there is none that mail reaches, the first contact of
    any role, so that no mail is without a reader. An address gets it once, whatever its roles.
    An optional kind goes to nobody who wants only what is needed.
    """
    reached = [contact for contact in contacts if not contact.bounced] or contacts
    chosen = [contact for contact in reached if contact.role == kind.role] or reached[:1]
    if kind.optional:
        chosen = [contact for contact in chosen if contact.mails != "needed"]
    once = {contact.email.casefold(): contact for contact in reversed(chosen)}
    return tuple(
        Addressee(
            contact.email, contact.name, contact.role, kind.can_wait and contact.mails == "daily"
        )
        for contact in reversed(once.values())
    )
