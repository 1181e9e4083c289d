"""What the membership service states."""

from typing import Literal

from pydantic import Field

from shared.events.board import ADDRESS_EXAMPLE, CONTACT_EXAMPLE, MemberKind, Step
from shared.events.common import Address, Contact
from shared.events.envelope import Event, Part
from shared.events.fields import (
    Ags,
    Count,
    Day,
    Id,
    Instant,
    LeitwegId,
    MailAddress,
    MemberNumber,
    Name,
    Price,
    Quantity,
    Sha256,
    Signed,
    Text,
)

_MEMBER = {
    "member": "10002",
    "name": "Gemeinde Barleben",
    "kind": "municipality",
    "ags": "15083040",
    "leitweg_id": "15083040-23",
    "address": ADDRESS_EXAMPLE,
    "contacts": [CONTACT_EXAMPLE],
    "shares": 1,
    "joined_on": "2026-01-12",
}
_ENDS = {**_MEMBER, "leaves_on": "2026-12-31"}
_APPLICATION_ID = "0190163d-8694-739b-aea5-966c26f8ad01"
_APPLICATION = {
    "application_id": _APPLICATION_ID,
    "name": "Gemeinde Barleben",
    "contacts": [CONTACT_EXAMPLE],
}

EndedBy = Literal["notice", "exclusion", "term", "transfer", "dissolution"]
"""How a membership ends: §§ 65, 68, (fixed term), 76, 77a GenG."""


class ApplicationReceived(Event):
    """An application to join arrived; `lacks` are the steps before the board may admit it."""

    type = "application.received.v1"
    subject_field = "application_id"
    in_journal = False
    example = {**_APPLICATION, "declared_on": "2026-01-05", "lacks": ["supervisory_consent"]}

    application_id: Id
    name: Name
    contacts: list[Contact]
    declared_on: Day
    lacks: list[Step] = []


class ApplicationProgressed(Event):
    """A step of joining was entered; `lacks` are those before the board may admit.

    With `shares_from` it is that the shares come from that member when the applicant joins.
    """

    type = "application.progressed.v1"
    subject_field = "application_id"
    example = {
        "application_id": _APPLICATION_ID,
        "step": "supervisory_consent",
        "taken_on": "2025-12-22",
        "lacks": [],
    }

    application_id: Id
    step: Step | None = None
    shares_from: MemberNumber | None = None
    taken_on: Day
    lacks: list[Step] = []


class ApplicationRefused(Event):
    """The board refused an applicant; its data is deleted when it was told (§ 15 (2) GenG)."""

    type = "application.refused.v1"
    subject_field = "application_id"
    in_journal = False
    example = {**_APPLICATION, "decided_on": "2026-01-12", "reason": "Sitz außerhalb des Landes"}

    application_id: Id
    name: Name
    contacts: list[Contact]
    decided_on: Day
    reason: Text | None = None


class ApplicationErased(Event):
    """A refused applicant's data is deleted (§ 15 (2) GenG); this shows it and names nobody.

    `refusal_sent` tells whether the refusal was handed over before, or the latest day for
    deletion had come. `messages` are the ids of the messages that carried the data, so that
    others delete what they made of them. `digest` is the SHA-256 of the canonical JSON of what
    the applicant stated about itself as a legal person, by which whoever has the declaration can
    check that it was this one; contacts are only counted.
    """

    type = "application.erased.v1"
    subject_field = "application_id"
    example = {
        "application_id": _APPLICATION_ID,
        "refused_on": "2026-01-12",
        "refusal_sent": True,
        "erased_at": "2026-01-12T10:00:05Z",
        "contacts": 1,
        "messages": ["0190163d-8694-739b-aea5-966c26f8ad0c"],
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }

    application_id: Id
    refused_on: Day
    refusal_sent: bool
    erased_at: Instant
    contacts: Count
    messages: list[Id]
    digest: Sha256


class SharesChange(Part):
    """What changed a member's shares: how many more or fewer, how, and with which other member."""

    change: Signed
    how: Literal["stated", "subscribed", "transferred", "returned", "corrected"]
    effective_on: Day
    other: MemberNumber | None = None


class MemberState(Event):
    """A member as it is now, whole; a reader keeps the one with the highest `sequence`.

    `leaves_on` is the last day of the membership, where it is known, and `ended_by` why. From
    `succeeded_on` its `successor` stands in its place.
    """

    in_journal = False

    member: MemberNumber
    name: Name
    kind: MemberKind
    ags: Ags | None = None
    leitweg_id: LeitwegId | None = None
    address: Address
    contacts: list[Contact] = Field(min_length=1)
    shares: Quantity
    joined_on: Day
    leaves_on: Day | None = None
    ended_by: EndedBy | None = None
    successor: MemberNumber | None = None
    succeeded_on: Day | None = None


class MemberAdmitted(MemberState):
    """A member joined; it is entered in the register (§ 30 GenG, Mitgliederliste)."""

    type = "member.admitted.v1"
    subject_field = "member"
    example = _MEMBER


class MemberChanged(MemberState):
    """A member's details, contacts, shares or term are others now."""

    type = "member.changed.v1"
    subject_field = "member"
    example = {
        **_MEMBER,
        "shares": 2,
        "shares_change": {"change": 1, "how": "subscribed", "effective_on": "2026-02-01"},
    }

    shares_change: SharesChange | None = None


class MemberNoticeConfirmed(MemberState):
    """A notice was entered; the membership ends with the day `leaves_on`.

    Of a notice of `shares_given_up` only, the membership goes on and the shares end after
    `shares_until` (§ 67b GenG).
    """

    type = "member.notice_confirmed.v1"
    subject_field = "member"
    example = {**_ENDS, "ended_by": "notice"}

    shares_given_up: Quantity | None = None
    shares_until: Day | None = None


class MemberExcluded(MemberState):
    """A member was excluded (§ 68 GenG); the membership ends with the day `leaves_on`."""

    type = "member.excluded.v1"
    subject_field = "member"
    example = {**_ENDS, "ended_by": "exclusion", "grounds": "Beiträge seit zwei Jahren offen"}

    grounds: Text


class MemberTermEnding(MemberState):
    """A membership for a fixed term is about to end with the day `leaves_on`."""

    type = "member.term_ending.v1"
    subject_field = "member"
    example = {**_ENDS, "ended_by": "term"}


class MemberSucceeded(MemberState):
    """From now on `successor` stands in a member's place; without one nobody does (§ 77a GenG).

    Demand, orders and the right to call off are the successor's. Goes to both.
    """

    type = "member.succeeded.v1"
    subject_field = "member"
    example = {
        **_ENDS,
        "ended_by": "dissolution",
        "successor": "10007",
        "succeeded_on": "2026-02-01",
    }


class MemberLeft(MemberState):
    """A membership ended."""

    type = "member.left.v1"
    subject_field = "member"
    example = _ENDS


class ContactErased(Event):
    """A person's data is erased; whoever keeps or made something of it deletes that too.

    `names` are all that the person is called, as contact and in its member's demands.
    """

    type = "contact.erased.v1"
    subject_field = "member"
    in_journal = False
    example = {"member": "10002", "names": ["IT-Stelle"], "email": "it@barleben.example"}

    member: MemberNumber
    names: list[Name]
    email: MailAddress


class RepaymentDue(Event):
    """Shares ended, and what was paid for them is to be paid back by `due_on` (§ 73 GenG).

    `amount` is the shares' nominal value on their last day, `shares` × `share_value`; a loss in
    the balance sheet, which may lower it, is the board's to settle. It goes to `payee`: the
    member, or its successor. Goes to the payee and to the board.
    """

    type = "repayment.due.v1"
    subject_field = "member"
    example = {
        "member": "10002",
        "name": "Gemeinde Barleben",
        "payee": "10002",
        "shares": 1,
        "share_value": "5000.00",
        "amount": "5000.00",
        "ended_on": "2026-12-31",
        "due_on": "2027-06-30",
    }

    member: MemberNumber
    name: Name
    payee: MemberNumber
    shares: Quantity
    share_value: Price
    amount: Price
    ended_on: Day
    due_on: Day
