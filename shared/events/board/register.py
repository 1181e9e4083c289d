"""What is stated about what the register and the list of contacts hold."""

from pydantic import Field

from shared.events.board.people import ADDRESS_EXAMPLE, CONTACT_EXAMPLE, MemberKind
from shared.events.common import Address, Contact
from shared.events.envelope import MemberIncoming
from shared.events.fields import Ags, Count, Day, LeitwegId, MailAddress, Name, Signed, Text


class ContactsChanged(MemberIncoming):
    """The whole list of a member's contacts is another; it replaces the one before."""

    type = "contacts.changed.v1"
    subject_field = "member"
    senders = frozenset({"member", "coop"})
    example = {"member": "10002", "contacts": [CONTACT_EXAMPLE]}

    contacts: list[Contact] = Field(min_length=1, max_length=20)


class ContactErasureRequested(MemberIncoming):
    """A person of a member wants its data erased (Art. 17 GDPR); other contacts stay.

    `names` are what else the member's systems call it, in `stated_by` and `approver`; with them,
    `email` may be of no contact.
    """

    type = "contact.erasure_requested.v1"
    subject_field = "member"
    senders = frozenset({"member", "coop"})
    example = {"member": "10002", "email": "it@barleben.example", "names": ["m.schulz"]}

    email: MailAddress
    names: list[Name] = Field(default=[], max_length=20)


class MembershipDetailsChanged(MemberIncoming):
    """A member's name, kind, keys or address are others from a day on; the rest stays."""

    type = "membership.details_changed.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "effective_on": "2026-02-01", "address": ADDRESS_EXAMPLE}

    effective_on: Day
    name: Name | None = None
    kind: MemberKind | None = None
    ags: Ags | None = None
    leitweg_id: LeitwegId | None = None
    address: Address | None = None
    document: Name | None = None


class RegisterCorrected(MemberIncoming):
    """An entry of the register was wrong: what is stated here is right instead.

    `entry` is its number among the member's entries (`kitu show member 10002`). The entry stays
    readable as it was known before. `void` takes it out: what it says never was. `shares` is how
    many shares more, or fewer (negative), the entry adds.
    """

    type = "register.corrected.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {
        "member": "10002",
        "entry": 1,
        "reason": "Hausnummer verschrieben",
        "address": ADDRESS_EXAMPLE,
    }

    entry: Count
    reason: Text
    void: bool = False
    effective_on: Day | None = None
    shares: Signed | None = None
    name: Name | None = None
    kind: MemberKind | None = None
    ags: Ags | None = None
    leitweg_id: LeitwegId | None = None
    address: Address | None = None
    document: Name | None = None
