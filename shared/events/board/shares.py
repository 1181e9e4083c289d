"""What is stated about shares (Geschäftsanteile)."""

from shared.events.envelope import MemberIncoming
from shared.events.fields import Day, Id, MemberNumber, Name, Quantity


class MembershipSharesChanged(MemberIncoming):
    """A member's whole number of shares (Geschäftsanteile) is another from a day on."""

    type = "membership.shares_changed.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "shares": 2, "effective_on": "2026-07-01"}

    shares: Quantity
    effective_on: Day
    document: Name | None = None


class MembershipSharesSubscribed(MemberIncoming):
    """A member takes so many further shares from a day on (§ 15b GenG)."""

    type = "membership.shares_subscribed.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "shares": 2, "effective_on": "2026-02-01"}

    shares: Quantity
    effective_on: Day
    document: Name | None = None


class MembershipSharesTransferred(MemberIncoming):
    """A member transfers its balance, wholly or in part (§ 76 GenG).

    It goes `to` a member, or to the `application_id` of one that joins: then it takes effect
    with the admission, whose shares must be as many. Without `shares` all of them are
    transferred, which ends the membership of the one that gives, without repayment.
    """

    type = "membership.shares_transferred.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "to": "10007", "shares": 1, "effective_on": "2026-02-01"}

    to: MemberNumber | None = None
    application_id: Id | None = None
    shares: Quantity | None = None
    effective_on: Day
    document: Name | None = None
