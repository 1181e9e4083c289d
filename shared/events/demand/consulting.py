"""What is asked and answered in a consultation (Bedarfsberatung)."""

from typing import Literal

from shared.events.common import Place
from shared.events.demand.examples import KEY, QUESTION_ID
from shared.events.envelope import Event, Part
from shared.events.fields import (
    Answer,
    AttributeName,
    Count,
    Day,
    Id,
    MemberNumber,
    Months,
    Name,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.kid import Category
from shared.events.member import PLACE_EXAMPLE


class DemandConsultationOpened(Event):
    """A requirement in words awaits KID's consultation (Bedarfsberatung).

    `attributes` are what the member told so far, by the questions of the category.
    """

    type = "demand.consultation_opened.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
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
    category: Category | None = None
    term_months: Months | None = None
    cost_centre: Word | None = None
    attributes: dict[AttributeName, Answer] = {}


class Suggested(Part):
    """A value that `chosen_by` of `similar_members` chose: the most frequent, or the middle one.

    Similar are members of the same kind whose demand of this category is of the same size.
    """

    value: Answer
    chosen_by: Count
    similar_members: Count
    how: Literal["most_frequent", "middle"]


class StructuredQuestion(Part):
    """What a category's demand in words still lacks, and the form of its answer.

    `kind` tells what the answer is: `whole` a number from `least` to `most`, `money` euros such
    as "1234.56", `day` a date, `choice` one of `choices`, `yes_no` true or false, `text` words.
    `suggested` is what similar members chose, `suggested_because` how many of them.
    """

    field: AttributeName
    label: Name
    question: Text
    kind: Literal["whole", "money", "day", "choice", "yes_no", "text"]
    least: Count | None = None
    most: Count | None = None
    choices: list[Name] = []
    suggested: Suggested | None = None


class DemandDetailsAsked(Event):
    """A requirement lacks what its category's demand needs; the member answers until a day.

    It may take over all that is suggested at once.
    """

    type = "demand.details_asked.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "requirement": "Digitale Akte für 25 Arbeitsplätze",
        "answer_by": "2026-02-20",
        "questions": [
            {
                "field": "users",
                "label": "Nutzer",
                "question": "Wie viele Personen sollen damit arbeiten?",
                "kind": "whole",
                "least": 1,
                "most": 100000,
                "suggested": {
                    "value": 25,
                    "chosen_by": 2,
                    "similar_members": 9,
                    "how": "middle",
                },
            },
            {
                "field": "protection_level",
                "label": "Schutzbedarf",
                "question": "Welchen Schutzbedarf haben die Daten?",
                "kind": "choice",
                "choices": ["normal", "hoch", "sehr hoch"],
                "suggested": {
                    "value": "normal",
                    "chosen_by": 7,
                    "similar_members": 9,
                    "how": "most_frequent",
                },
            },
        ],
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    requirement: Text
    answer_by: Day
    questions: list[StructuredQuestion]


class DemandDetailsGiven(Event):
    """The member told more of its requirement; `missing` are the fields still open."""

    type = "demand.details_given.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "requirement": "Digitale Akte für 25 Arbeitsplätze",
        "attributes": {"users": 25},
        "missing": ["protection_level"],
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    requirement: Text
    category: Category | None = None
    attributes: dict[AttributeName, Answer]
    missing: list[AttributeName] = []


class DemandQuestionAsked(Event):
    """KID's consultant asks the member something about a demand."""

    type = "demand.question_asked.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "question_id": QUESTION_ID,
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
    example = {**KEY, "question_id": QUESTION_ID, "answer": "25"}

    demand_id: Id
    reference: Word
    member: MemberNumber
    question_id: Id
    answer: Text


class DemandReferred(Event):
    """No contract can serve a requirement, says KID; it is gathered for a tender (Vergabebedarf).

    The consultation stays open: the requirement may still be changed or withdrawn, and KID may
    propose once there is a contract. `unit_price` is an estimate, net, per piece (and month).
    """

    type = "demand.referred.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "requirement": "Digitales Bauarchiv für 25 Arbeitsplätze",
        "name": "Verfahren für das digitale Bauarchiv, je Arbeitsplatz",
        "category": "documents",
        "cpv": "48311000",
        "billing": "monthly",
        "quantity": 25,
        "unit": "C62",
        "term_months": 48,
        "unit_price": "18.50",
        "place": PLACE_EXAMPLE,
        "needed_by": "2026-12-31",
        "explanation": "Keine Rahmenvereinbarung der KID enthält ein Bauarchiv.",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    requirement: Text
    name: Name
    category: Category
    cpv: str
    billing: Literal["once", "monthly"]
    quantity: Quantity
    unit: Unit
    term_months: Months | None = None
    unit_price: Price | None = None
    place: Place
    needed_by: Day
    explanation: Text


class DemandAnswerDue(Event):
    """The member is reminded of what KID or the service asked and nobody answered yet."""

    type = "demand.answer_due.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "asked": "proposal",
        "what": "Dokumentenmanagement je Nutzer",
        "answer_by": "2026-03-01",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    asked: Literal["details", "question", "proposal"]
    what: Text
    answer_by: Day
