"""What the cooperative's board states, and what members state about their membership."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.events.common import Address, Contact
from shared.events.envelope import Incoming, MemberIncoming
from shared.events.fields import Ags, Day, Id, MemberNumber, Name, Quantity, Text


class MemberKind(StrEnum):
    """What a member is in law; only a municipality has an AGS."""

    MUNICIPALITY = "municipality"
    DISTRICT = "district"
    ASSOCIATION = "association"
    FOUNDATION = "foundation"
    PUBLIC_LAW_INSTITUTION = "public_law_institution"
    COMPANY = "company"
    UNIVERSITY = "university"


CONTACT_EXAMPLE = {"role": "it", "name": "IT-Stelle", "email": "it@barleben.example"}
ADDRESS_EXAMPLE = {"street": "Ernst-Thälmann-Straße 22", "postal_code": "39179", "city": "Barleben"}


class MembershipApplied(Incoming):
    """An applicant declared in text form that it joins (§ 15 GenG, Beitrittserklärung)."""

    type = "membership.applied.v1"
    subject_field = "application_id"
    senders = frozenset({"coop"})
    example = {
        "application_id": "0190163d-8694-739b-aea5-966c26f8ad01",
        "name": "Gemeinde Barleben",
        "kind": "municipality",
        "ags": "15083040",
        "address": ADDRESS_EXAMPLE,
        "contacts": [CONTACT_EXAMPLE],
        "shares": 1,
        "declared_on": "2026-01-05",
        "council_resolution_on": "2025-12-10",
    }

    application_id: Id
    name: Name
    kind: MemberKind
    ags: Ags | None = None
    address: Address
    contacts: list[Contact] = Field(min_length=1, max_length=20)
    shares: Quantity
    declared_on: Day
    council_resolution_on: Day | None = None


class MembershipDecided(Incoming):
    """The board admitted or refused an applicant; it may state the number to give."""

    type = "membership.decided.v1"
    subject_field = "application_id"
    senders = frozenset({"coop"})
    example = {
        "application_id": "0190163d-8694-739b-aea5-966c26f8ad01",
        "decision": "admitted",
        "decided_on": "2026-01-12",
        "member": "10002",
    }

    application_id: Id
    decision: Literal["admitted", "refused"]
    decided_on: Day
    member: MemberNumber | None = None
    reason: Text | None = None


class MembershipNoticeGiven(MemberIncoming):
    """A member gave notice in text form (§ 65 GenG, Kündigung)."""

    type = "membership.notice_given.v1"
    subject_field = "member"
    senders = frozenset({"member", "coop"})
    example = {"member": "10002", "given_on": "2026-03-02"}

    given_on: Day


class MembershipSharesChanged(MemberIncoming):
    """A member's whole number of shares (Geschäftsanteile) is another from a day on."""

    type = "membership.shares_changed.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "shares": 2, "effective_on": "2026-07-01"}

    shares: Quantity
    effective_on: Day


class ContactsChanged(MemberIncoming):
    """The whole list of a member's contacts is another; it replaces the one before."""

    type = "contacts.changed.v1"
    subject_field = "member"
    senders = frozenset({"member", "coop"})
    example = {"member": "10002", "contacts": [CONTACT_EXAMPLE]}

    contacts: list[Contact] = Field(min_length=1, max_length=20)


class RoundCloseRequested(Incoming):
    """A round is to close before its cut-off."""

    type = "round.close_requested.v1"
    subject_field = "round_id"
    senders = frozenset({"coop", "kid"})
    example = {"round_id": "0190163d-8694-739b-aea5-966c26f8ad02", "reason": "Alle haben gemeldet"}

    round_id: Id
    reason: Text
