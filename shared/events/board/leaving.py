"""How a membership ends: by notice, by exclusion, with its term, or with the member itself."""

from shared.events.envelope import MemberIncoming
from shared.events.fields import Day, MemberNumber, Name, Quantity, Text


class MembershipNoticeGiven(MemberIncoming):
    """A member gave notice in text form (§ 65 GenG, Kündigung).

    With `shares` it gives up only so many of its shares and stays a member (§ 67b GenG).
    `hardship` is the board's word alone: staying for a statute's period of more than two years
    cannot be expected of the member, so it may leave early (§ 65 (3) GenG).
    """

    type = "membership.notice_given.v1"
    subject_field = "member"
    senders = frozenset({"member", "coop"})
    example = {"member": "10002", "given_on": "2026-03-02"}

    given_on: Day
    shares: Quantity | None = None
    hardship: bool = False
    document: Name | None = None


class MembershipExcluded(MemberIncoming):
    """The cooperative excluded a member (§ 68 GenG, Ausschluss).

    The membership ends with the business year of the decision; from `told_on`, when the
    registered letter was sent, the member has no vote any more.
    """

    type = "membership.excluded.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {
        "member": "10002",
        "decided_on": "2026-03-02",
        "told_on": "2026-03-03",
        "grounds": "Beiträge seit zwei Jahren offen",
    }

    decided_on: Day
    told_on: Day
    grounds: Text
    document: Name | None = None


class MembershipTermChanged(MemberIncoming):
    """A membership for a fixed term ends on another day, or is unlimited without `ends_on`."""

    type = "membership.term_changed.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "agreed_on": "2026-02-02", "ends_on": "2028-12-31"}

    agreed_on: Day
    ends_on: Day | None = None
    document: Name | None = None


class MembershipSucceeded(MemberIncoming):
    """A member ceases to exist as a legal person, as when municipalities merge (§ 77a GenG).

    From `effective_on` its `successor`, which is a member, stands in its place: demand, orders
    and the right to call off are the successor's. The membership itself ends with the business
    year. Without `successor` nobody takes its place.
    """

    type = "membership.succeeded.v1"
    subject_field = "member"
    senders = frozenset({"coop"})
    example = {"member": "10002", "successor": "10007", "effective_on": "2026-02-01"}

    successor: MemberNumber | None = None
    effective_on: Day
    document: Name | None = None
