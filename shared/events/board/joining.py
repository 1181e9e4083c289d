"""From the declaration to join to the board's decision."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.events.board.people import ADDRESS_EXAMPLE, CONTACT_EXAMPLE, MemberKind
from shared.events.common import Address, Contact
from shared.events.envelope import Incoming
from shared.events.fields import Ags, Day, Id, LeitwegId, MemberNumber, Name, Quantity, Text

APPLICATION = "0190163d-8694-739b-aea5-966c26f8ad01"


class Step(StrEnum):
    """What happens before the board may decide; who needs which step is dated data."""

    COUNCIL_RESOLUTION = "council_resolution"
    SUPERVISORY_CONSENT = "supervisory_consent"
    DECLARATION = "declaration"


class MembershipApplied(Incoming):
    """An applicant declared in text form that it joins (§ 15 GenG, Beitrittserklärung).

    The steps before its admission are stated here with their dates and documents, or later by
    `membership.step_taken`. With `ends_on` it joins for a fixed term, whose last day that is.
    """

    type = "membership.applied.v1"
    subject_field = "application_id"
    senders = frozenset({"coop"})
    example = {
        "application_id": APPLICATION,
        "name": "Gemeinde Barleben",
        "kind": "municipality",
        "ags": "15083040",
        "leitweg_id": "15083040-23",
        "address": ADDRESS_EXAMPLE,
        "contacts": [CONTACT_EXAMPLE],
        "shares": 1,
        "declared_on": "2026-01-05",
        "declaration_document": "DMS 2026/0014",
        "council_resolution_on": "2025-12-10",
        "council_resolution_document": "BV 0123/25",
        "supervisory_consent_on": "2025-12-22",
        "supervisory_consent_document": "LVwA 206.4-1/25",
    }

    application_id: Id
    name: Name
    kind: MemberKind
    ags: Ags | None = None
    leitweg_id: LeitwegId | None = None
    address: Address
    contacts: list[Contact] = Field(min_length=1, max_length=20)
    shares: Quantity
    declared_on: Day
    declaration_document: Name | None = None
    council_resolution_on: Day | None = None
    council_resolution_document: Name | None = None
    supervisory_consent_on: Day | None = None
    supervisory_consent_document: Name | None = None
    ends_on: Day | None = None


class MembershipStepTaken(Incoming):
    """A step of joining happened, or happened anew; the newest statement of a step counts."""

    type = "membership.step_taken.v1"
    subject_field = "application_id"
    senders = frozenset({"coop"})
    example = {
        "application_id": APPLICATION,
        "step": "supervisory_consent",
        "taken_on": "2025-12-22",
        "document": "LVwA 206.4-1/25",
    }

    application_id: Id
    step: Step
    taken_on: Day
    document: Name | None = None


class MembershipDecided(Incoming):
    """The board admitted or refused an applicant; it may state the number to give.

    Whoever is admitted is a member from `joins_on` on, else from the day of the decision.
    """

    type = "membership.decided.v1"
    subject_field = "application_id"
    senders = frozenset({"coop"})
    example = {
        "application_id": APPLICATION,
        "decision": "admitted",
        "decided_on": "2026-01-12",
        "member": "10002",
    }

    application_id: Id
    decision: Literal["admitted", "refused"]
    decided_on: Day
    joins_on: Day | None = None
    document: Name | None = None
    member: MemberNumber | None = None
    reason: Text | None = None
