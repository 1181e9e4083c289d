"""What procurement states about solutions members subscribe to, and about pilots."""

from typing import Literal

from shared.events.envelope import Event, Part
from shared.events.fields import (
    Count,
    Day,
    Id,
    MemberNumber,
    Money,
    Name,
    Price,
    Quantity,
    Word,
)
from shared.events.kid import Category, RolloutStep
from shared.events.member import SUBSCRIPTION_EXAMPLE
from shared.events.procurement.examples import CONTRACT

_SUBSCRIPTION = {
    "subscription_id": SUBSCRIPTION_EXAMPLE,
    "reference": "S-2026-0001",
    "member": "10002",
    "item": "DMS-USER",
    "name": "Dokumentenmanagement, Arbeitsplatz",
}


class SubscriptionChanged(Event):
    """A member's subscription of a solution as it is now; `change` tells what is new.

    `users` count from the month `users_from` on, where that is stated. `charged_from` is the
    first month that is charged, `ends_on` the last day after a notice.
    """

    type = "subscription.changed.v1"
    subject_field = "subscription_id"
    example = {
        **_SUBSCRIPTION,
        "change": "running",
        "order_reference": "A-2026-0001",
        "users": 25,
        "term_months": 36,
        "steps": [
            {"name": "Daten übernehmen", "planned_on": "2026-05-11", "done_on": "2026-05-12"},
            {"name": "Anwender schulen", "planned_on": "2026-05-20", "done_on": "2026-05-20"},
        ],
        "started_on": "2026-05-21",
        "charged_from": "2026-06-01",
    }

    subscription_id: Id
    reference: Word
    member: MemberNumber
    item: Word
    name: Name
    change: Literal["subscribed", "rollout", "running", "users", "notice"]
    order_reference: Word
    users: Quantity
    users_from: Day | None = None
    term_months: Quantity
    steps: list[RolloutStep] = []
    started_on: Day | None = None
    charged_from: Day | None = None
    ends_on: Day | None = None


class MonthLine(Part):
    """What one subscription costs in a month; `agreed` is what of it the order's price holds."""

    subscription_id: Id
    subscription_reference: Word
    item: Word
    name: Name
    users: Quantity
    unit_price: Price
    net: Price
    agreed: Price


class SubscriptionCostStated(Event):
    """What a member's solutions from one contract cost in a month (Monatliche Kostenmitteilung).

    All users of all members reach the price tier together; the net sums of all members are
    `pool_net`, and nobody pays more than `alone`. `difference` is what the month costs more or
    less than the ordered term's price, which KID's invoice of the order holds.
    """

    type = "subscription.cost_stated.v1"
    subject_field = "contract_id"
    example = {
        **CONTRACT,
        "title": "Dokumentenmanagement",
        "member": "10002",
        "month": "2026-06-01",
        "lines": [
            {
                "subscription_id": SUBSCRIPTION_EXAMPLE,
                "subscription_reference": "S-2026-0001",
                "item": "DMS-USER",
                "name": "Dokumentenmanagement, Arbeitsplatz",
                "users": 30,
                "unit_price": "11.40",
                "net": "342.00",
                "agreed": "285.00",
            }
        ],
        "net": "342.00",
        "vat": "64.98",
        "gross": "406.98",
        "alone": "384.00",
        "saving": "42.00",
        "difference": "57.00",
        "pool_users": 412,
        "pool_net": "4696.80",
    }

    contract_id: Id
    reference: Word
    title: Name
    member: MemberNumber
    month: Day
    lines: list[MonthLine]
    net: Price
    vat: Price
    gross: Price
    alone: Price
    saving: Money
    difference: Money
    pool_users: Count
    pool_net: Price


class PilotState(Event):
    """A pilot of a new topic: how many members it needs by when, and how many are interested."""

    pilot_id: Id
    reference: Word
    title: Name
    category: Category
    least_members: Quantity
    interest_by: Day
    interested: Count


_PILOT = {
    "pilot_id": "0190163d-8694-739b-aea5-966c26f8ad0e",
    "reference": "P-2026-0001",
    "title": "Behördennummer 115 für kleine Gemeinden",
    "category": "hotline_115",
    "least_members": 5,
    "interest_by": "2026-06-30",
    "interested": 3,
}


class PilotOpened(PilotState):
    """Members may state their interest in a pilot."""

    type = "pilot.opened.v1"
    subject_field = "pilot_id"
    example = {**_PILOT, "interested": 0}


class PilotInterestNoted(PilotState):
    """A member's interest in a pilot, or that it is no longer interested, was noted."""

    type = "pilot.interest_noted.v1"
    subject_field = "pilot_id"
    example = {**_PILOT, "member": "10002", "is_interested": True}

    member: MemberNumber
    is_interested: bool


class PilotStarted(PilotState):
    """Enough members are interested; the round named collects their demand."""

    type = "pilot.started.v1"
    subject_field = "pilot_id"
    example = {
        **_PILOT,
        "interested": 5,
        "members": ["10001", "10002", "10007", "10011", "10019"],
        "round_reference": "R-2026-0002",
    }

    members: list[MemberNumber]
    round_reference: Word


class PilotLapsed(PilotState):
    """Too few members were interested by the pilot's day."""

    type = "pilot.lapsed.v1"
    subject_field = "pilot_id"
    example = {**_PILOT, "members": ["10001", "10002", "10007"]}

    members: list[MemberNumber]
