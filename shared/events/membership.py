"""What the membership service states."""

from pydantic import Field

from shared.events.board import ADDRESS_EXAMPLE, CONTACT_EXAMPLE, MemberKind
from shared.events.common import Address, Contact
from shared.events.envelope import Event
from shared.events.fields import Ags, Day, Id, MemberNumber, Name, Quantity, Text

_MEMBER = {
    "member": "10002",
    "name": "Gemeinde Barleben",
    "kind": "municipality",
    "ags": "15083040",
    "address": ADDRESS_EXAMPLE,
    "contacts": [CONTACT_EXAMPLE],
    "shares": 1,
    "joined_on": "2026-01-12",
}
_APPLICATION = {
    "application_id": "0190163d-8694-739b-aea5-966c26f8ad01",
    "name": "Gemeinde Barleben",
    "contacts": [CONTACT_EXAMPLE],
}


class ApplicationReceived(Event):
    """An application to join arrived and waits for the board's decision."""

    type = "application.received.v1"
    subject_field = "application_id"
    example = {**_APPLICATION, "declared_on": "2026-01-05"}

    application_id: Id
    name: Name
    contacts: list[Contact]
    declared_on: Day


class ApplicationRefused(Event):
    """The board refused an applicant; the applicant's data is deleted (§ 15 (2) GenG)."""

    type = "application.refused.v1"
    subject_field = "application_id"
    example = {**_APPLICATION, "decided_on": "2026-01-12", "reason": "Sitz außerhalb des Landes"}

    application_id: Id
    name: Name
    contacts: list[Contact]
    decided_on: Day
    reason: Text | None = None


class MemberState(Event):
    """A member as it is now, whole; a reader keeps the one with the highest `sequence`."""

    member: MemberNumber
    name: Name
    kind: MemberKind
    ags: Ags | None = None
    address: Address
    contacts: list[Contact] = Field(min_length=1)
    shares: Quantity
    joined_on: Day
    leaves_on: Day | None = None


class MemberAdmitted(MemberState):
    """A member joined; it is entered in the register (§ 30 GenG, Mitgliederliste)."""

    type = "member.admitted.v1"
    subject_field = "member"
    example = _MEMBER


class MemberChanged(MemberState):
    """A member's contacts or shares are others now."""

    type = "member.changed.v1"
    subject_field = "member"
    example = {**_MEMBER, "shares": 2}


class MemberNoticeConfirmed(MemberState):
    """A notice was entered; the membership ends with the day `leaves_on`."""

    type = "member.notice_confirmed.v1"
    subject_field = "member"
    example = {**_MEMBER, "leaves_on": "2026-12-31"}


class MemberLeft(MemberState):
    """A membership ended."""

    type = "member.left.v1"
    subject_field = "member"
    example = {**_MEMBER, "leaves_on": "2026-12-31"}
