"""What KID asks and proposes in a consultation (Bedarfsberatung)."""

from pydantic import Field

from shared.events.envelope import Incoming, StrictPart
from shared.events.fields import Day, Id, Months, Price, Quantity, Text, Word


class ConsultationAsked(Incoming):
    """KID's consultant asks what a member needs (Bedarfsberatung)."""

    type = "consultation.asked.v1"
    subject_field = "demand_id"
    senders = frozenset({"kid"})
    example = {
        "demand_id": "0190163d-8694-739b-aea5-966c26f8ad04",
        "question_id": "0190163d-8694-739b-aea5-966c26f8ad05",
        "question": "Wie viele Arbeitsplätze sollen das Verfahren nutzen?",
        "answer_by": "2026-02-20",
    }

    demand_id: Id
    question_id: Id
    question: Text
    answer_by: Day


class FurtherItem(StrictPart):
    """One more item of a configuration; its price is net, per piece (and month)."""

    item: Word
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price


class ProposalMade(Incoming):
    """KID proposes a configuration that would meet a requirement: an item, or several (`further`).

    The member accepts, declines or counters it. Several proposals are alternatives.
    """

    type = "proposal.made.v1"
    subject_field = "demand_id"
    senders = frozenset({"kid"})
    example = {
        "demand_id": "0190163d-8694-739b-aea5-966c26f8ad04",
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "item": "DMS-USER",
        "quantity": 25,
        "unit_price": "11.40",
        "answer_by": "2026-03-01",
    }

    demand_id: Id
    proposal_id: Id
    item: Word
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price
    answer_by: Day
    note: Text | None = None
    further: list[FurtherItem] = Field(default=[], max_length=20)
