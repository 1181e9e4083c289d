"""What KID asks and proposes in a consultation (Bedarfsberatung)."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Incoming, StrictPart
from shared.events.fields import Day, Id, Months, Name, Price, Quantity, Text, Word
from shared.events.kid.categories import Category


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


class ConsultationReferred(Incoming):
    """No contract can serve a requirement: it is gathered for a tender; consultation stays open.

    `name`, `cpv` and `billing` tell what is to be tendered; `unit_price` is KID's estimate, net,
    per piece (and month). `category`, `quantity` and `term_months` are the requirement's own where
    left out. Stated again, it counts instead; a proposal that the member accepts ends it.
    """

    type = "consultation.referred.v1"
    subject_field = "demand_id"
    senders = frozenset({"kid"})
    example = {
        "demand_id": "0190163d-8694-739b-aea5-966c26f8ad04",
        "name": "Verfahren für das digitale Bauarchiv, je Arbeitsplatz",
        "cpv": "48311000",
        "billing": "monthly",
        "term_months": 48,
        "unit_price": "18.50",
        "explanation": "Keine Rahmenvereinbarung der KID enthält ein Bauarchiv.",
    }

    demand_id: Id
    name: Name
    category: Category | None = None
    cpv: str = Field(pattern=r"^[0-9]{8}$")
    billing: Literal["once", "monthly"] = "once"
    quantity: Quantity | None = None
    term_months: Months | None = None
    unit_price: Price | None = None
    explanation: Text


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
