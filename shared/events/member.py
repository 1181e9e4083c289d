"""What a member's own system states about the member's demand."""

from pydantic import Field

from shared.events.common import Person, Place
from shared.events.envelope import MemberIncoming
from shared.events.fields import (
    Answer,
    AttributeName,
    Day,
    Id,
    Months,
    Name,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.kid import Category

PLACE_EXAMPLE = {
    "name": "Rathaus, Raum 12",
    "street": "Ernst-Thälmann-Straße 22",
    "postal_code": "39179",
    "city": "Barleben",
}
_DEMAND = "0190163d-8694-739b-aea5-966c26f8ad04"


class DemandStated(MemberIncoming):
    """One need of a member, whole: an item of the catalogue, or a requirement in words.

    A requirement opens a consultation. `needed_from` to `needed_by` is when the delivery may
    come; `price_ceiling` is the highest net unit price; `equivalents` are items that would do
    as well, best first; `minimum_quantity` is the least that still helps, `maximum_quantity` the
    most it would take where more pieces cost it less in all. Without `round_id` the demand joins
    the open round that collects its category, or waits for one.

    `category` tells what a requirement is about; `attributes` what it needs, by the questions of
    that category, such as `users`. `stated_by` is needed above the value from which on the member
    wants two persons.
    """

    refused_by = "demand.rejected.v1"

    demand_id: Id
    item: Word | None = None
    requirement: Text | None = None
    quantity: Quantity
    unit: Unit
    place: Place
    needed_from: Day | None = None
    needed_by: Day
    round_id: Id | None = None
    term_months: Months | None = None
    price_ceiling: Price | None = None
    equivalents: list[Word] = Field(default=[], max_length=10)
    minimum_quantity: Quantity | None = None
    maximum_quantity: Quantity | None = None
    cost_centre: Word | None = None
    reference: Name | None = None
    category: Category | None = None
    attributes: dict[AttributeName, Answer] = Field(default={}, max_length=30)
    stated_by: Person | None = None


DEMAND_EXAMPLE = {
    "demand_id": _DEMAND,
    "member": "10002",
    "item": "NB-14",
    "quantity": 12,
    "unit": "C62",
    "place": PLACE_EXAMPLE,
    "needed_by": "2026-06-30",
    "cost_centre": "11130",
}


class DemandSubmitted(DemandStated):
    """A member needs something."""

    type = "demand.submitted.v1"
    subject_field = "demand_id"
    example = DEMAND_EXAMPLE


class DemandChanged(DemandStated):
    """A member needs something else than it said; states the whole demand anew."""

    type = "demand.changed.v1"
    subject_field = "demand_id"
    example = {**DEMAND_EXAMPLE, "quantity": 15}


class DemandWithdrawn(MemberIncoming):
    """A member no longer needs what it submitted."""

    type = "demand.withdrawn.v1"
    subject_field = "demand_id"
    refused_by = "demand.rejected.v1"
    example = {"demand_id": _DEMAND, "member": "10002", "reason": "Stelle entfällt"}

    demand_id: Id
    reason: Text | None = None


class ConsultationAnswered(MemberIncoming):
    """A member answers a consultant's question."""

    type = "consultation.answered.v1"
    subject_field = "demand_id"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "question_id": "0190163d-8694-739b-aea5-966c26f8ad05",
        "answer": "25 Arbeitsplätze an zwei Standorten",
    }

    demand_id: Id
    question_id: Id
    answer: Text


class ConsultationDetailsGiven(MemberIncoming):
    """A member tells what its requirement still lacked, by the fields that were asked for.

    With `accept_suggestions` what was suggested counts for every field that it leaves out. Where
    the category was asked for, `category` is one of the fields.
    """

    type = "consultation.details_given.v1"
    subject_field = "demand_id"
    refused_by = "demand.rejected.v1"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "attributes": {"users": 25},
        "accept_suggestions": True,
    }

    demand_id: Id
    attributes: dict[AttributeName, Answer] = Field(default={}, max_length=30)
    accept_suggestions: bool = False


class ProposalAccepted(MemberIncoming):
    """A member accepts a proposal: its demand becomes what was proposed."""

    type = "proposal.accepted.v1"
    subject_field = "demand_id"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
    }

    demand_id: Id
    proposal_id: Id
    stated_by: Person | None = None


class ProposalCountered(MemberIncoming):
    """A member would take a proposal otherwise: in another quantity or term, or as it says."""

    type = "proposal.countered.v1"
    subject_field = "demand_id"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "quantity": 20,
        "wish": "Ohne Scanner, die haben wir",
    }

    demand_id: Id
    proposal_id: Id
    quantity: Quantity | None = None
    term_months: Months | None = None
    wish: Text


class ProposalDeclined(MemberIncoming):
    """A member declines a proposal; the consultation goes on."""

    type = "proposal.declined.v1"
    subject_field = "demand_id"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "reason": "Zu teuer",
    }

    demand_id: Id
    proposal_id: Id
    reason: Text | None = None


class DemandApproved(MemberIncoming):
    """A second person of the member approves a demand; not the one who stated it."""

    type = "demand.approved.v1"
    subject_field = "demand_id"
    refused_by = "demand.rejected.v1"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "approver": {"role": "finance", "name": "Kämmerei"},
    }

    demand_id: Id
    approver: Person


class DemandApprovalRefused(MemberIncoming):
    """A second person of the member refuses a demand; it ends."""

    type = "demand.approval_refused.v1"
    subject_field = "demand_id"
    refused_by = "demand.rejected.v1"
    example = {
        "demand_id": _DEMAND,
        "member": "10002",
        "approver": {"role": "finance", "name": "Kämmerei"},
        "reason": "Nicht im Haushalt",
    }

    demand_id: Id
    approver: Person
    reason: Text | None = None


class ApprovalLimitSet(MemberIncoming):
    """A member's management says from which expected net value on a demand needs two persons.

    It counts for what is stated from then on; without `above` the cooperative's usual value does.
    """

    type = "approval.limit_set.v1"
    subject_field = "member"
    example = {
        "member": "10002",
        "above": "50000.00",
        "set_by": {"role": "management", "name": "Büro des Bürgermeisters"},
    }

    above: Price | None = None
    set_by: Person


SUBSCRIPTION_EXAMPLE = "0190163d-8694-739b-aea5-966c26f8ad0d"


class SubscriptionUsersChanged(MemberIncoming):
    """A member needs a solution for another number of users, from next month on."""

    type = "subscription.users_changed.v1"
    subject_field = "subscription_id"
    example = {"member": "10002", "subscription_id": SUBSCRIPTION_EXAMPLE, "users": 30}

    subscription_id: Id
    users: Quantity


class SubscriptionNoticeGiven(MemberIncoming):
    """A member gives notice of a solution; it ends as the contract allows."""

    type = "subscription.notice_given.v1"
    subject_field = "subscription_id"
    example = {"member": "10002", "subscription_id": SUBSCRIPTION_EXAMPLE}

    subscription_id: Id


class PilotInterestStated(MemberIncoming):
    """A member is interested in a pilot, or no longer."""

    type = "pilot.interest_stated.v1"
    subject_field = "pilot_id"
    example = {
        "member": "10002",
        "pilot_id": "0190163d-8694-739b-aea5-966c26f8ad0e",
        "interested": True,
    }

    pilot_id: Id
    interested: bool
