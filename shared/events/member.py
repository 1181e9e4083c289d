"""What a member's own system states about the member's demand."""

from pydantic import Field

from shared.events.common import Place
from shared.events.envelope import MemberIncoming
from shared.events.fields import Day, Id, Months, Name, Price, Quantity, Text, Unit, Word

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
    as well, best first; `minimum_quantity` is the least that still helps. Without `round_id`
    the demand joins the open round that collects its category, or waits for one.
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
    cost_centre: Word | None = None
    reference: Name | None = None


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
