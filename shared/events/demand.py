"""What the demand service states."""

from shared.events.common import Broken, Place
from shared.events.envelope import Event
from shared.events.fields import (
    Count,
    Day,
    Id,
    Instant,
    MemberNumber,
    Months,
    Name,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.member import DEMAND_EXAMPLE, PLACE_EXAMPLE

_DEMAND = "0190163d-8694-739b-aea5-966c26f8ad04"
_KEY = {"demand_id": _DEMAND, "reference": "B-2026-00017", "member": "10002"}


class DemandAccepted(Event):
    """A demand as it counts now, whole. `revision` counts its changes from 1.

    `round_id` is empty while no open round collects its category: the demand waits.
    """

    type = "demand.accepted.v1"
    subject_field = "demand_id"
    example = {
        **DEMAND_EXAMPLE,
        "reference": "B-2026-00017",
        "revision": 1,
        "name": "Notebook 14 Zoll, 16 GB",
        "round_id": "0190163d-8694-739b-aea5-966c26f8ad02",
        "submitted_at": "2026-02-03T08:15:00Z",
    }

    demand_id: Id
    reference: Word
    revision: Quantity
    member: MemberNumber
    item: Word
    name: Name
    quantity: Quantity
    unit: Unit
    place: Place
    needed_from: Day | None = None
    needed_by: Day
    round_id: Id | None = None
    term_months: Months | None = None
    price_ceiling: Price | None = None
    equivalents: list[Word] = []
    minimum_quantity: Quantity | None = None
    cost_centre: Word | None = None
    submitted_at: Instant


class DemandRejected(Event):
    """A message about a demand could not be accepted; nothing changed."""

    type = "demand.rejected.v1"
    subject_field = "message_id"
    example = {
        "message_id": "0190163d-8694-739b-aea5-966c26f8ad91",
        "message_type": "demand.submitted.v1",
        "demand_id": _DEMAND,
        "reasons": [{"field": "quantity", "value": "0", "rule": "must be at least 1"}],
    }

    message_id: Id | None = None
    message_type: str | None = None
    demand_id: Id | None = None
    reasons: list[Broken]

    @property
    def subject(self) -> str:
        """The demand's id where it could be read, else the message's."""
        return str(self.demand_id or self.message_id or "unreadable")


class DemandConsultationOpened(Event):
    """A requirement in words awaits KID's consultation (Bedarfsberatung)."""

    type = "demand.consultation_opened.v1"
    subject_field = "demand_id"
    example = {
        **_KEY,
        "requirement": "Digitale Akte für 25 Arbeitsplätze",
        "quantity": 25,
        "place": PLACE_EXAMPLE,
        "needed_by": "2026-12-31",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    requirement: Text
    quantity: Quantity
    place: Place
    needed_by: Day


class DemandQuestionAsked(Event):
    """KID's consultant asks the member something about a demand."""

    type = "demand.question_asked.v1"
    subject_field = "demand_id"
    example = {
        **_KEY,
        "question_id": "0190163d-8694-739b-aea5-966c26f8ad05",
        "question": "Wie viele Arbeitsplätze?",
        "answer_by": "2026-02-20",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    question_id: Id
    question: Text
    answer_by: Day


class DemandQuestionAnswered(Event):
    """The member answered a consultant's question."""

    type = "demand.question_answered.v1"
    subject_field = "demand_id"
    example = {**_KEY, "question_id": "0190163d-8694-739b-aea5-966c26f8ad05", "answer": "25"}

    demand_id: Id
    reference: Word
    member: MemberNumber
    question_id: Id
    answer: Text


class DemandProposalMade(Event):
    """KID proposes a configuration for a requirement; the member answers until a day."""

    type = "demand.proposal_made.v1"
    subject_field = "demand_id"
    example = {
        **_KEY,
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "item": "DMS-USER",
        "name": "Dokumentenmanagement je Nutzer",
        "quantity": 25,
        "unit_price": "11.40",
        "answer_by": "2026-03-01",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    item: Word
    name: Name
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price
    answer_by: Day
    note: Text | None = None


class DemandProposalDeclined(Event):
    """The member declined a proposal; the consultation goes on."""

    type = "demand.proposal_declined.v1"
    subject_field = "demand_id"
    example = {
        **_KEY,
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "reason": "Zu teuer",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    reason: Text | None = None


class DemandSpecified(Event):
    """A requirement became an orderable item by an accepted proposal."""

    type = "demand.specified.v1"
    subject_field = "demand_id"
    example = {
        **_KEY,
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "item": "DMS-USER",
        "quantity": 25,
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    item: Word
    quantity: Quantity


class DemandWithdrawalConfirmed(Event):
    """A demand no longer counts, on the member's own word."""

    type = "demand.withdrawal_confirmed.v1"
    subject_field = "demand_id"
    example = {**_KEY, "name": "Notebook 14 Zoll, 16 GB"}

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name


class RoundCounted(Event):
    """The demand service has closed a round's books: so many demands, so many pieces, no more.

    Procurement bundles when it has received exactly these.
    """

    type = "round.counted.v1"
    subject_field = "round_id"
    example = {"round_id": "0190163d-8694-739b-aea5-966c26f8ad02", "demands": 214, "pieces": 1805}

    round_id: Id
    demands: Count
    pieces: Count
