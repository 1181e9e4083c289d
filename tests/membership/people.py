"""Applicants and members with ordinary values, and what the board says of them."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from services.membership.domain import joining
from services.membership.domain.joining import Application, Step
from services.membership.domain.members import Member
from services.membership.domain.people import Address, Contact, LegalPerson
from services.membership.domain.register import Stated
from shared.database import Database
from shared.refusal import Refused
from tests.builders import Said, an_event, an_id, deliver, rules_of

TODAY = date(2026, 7, 1)
JOINED = date(2026, 1, 12)
RULES = rules_of("membership")
CONTACT = Contact("it", "IT-Stelle", "it@barleben.example")
ADDRESS = Address("Ernst-Thälmann-Straße 22", "39179", "Barleben")
STEPS = (
    Step("council_resolution", date(2025, 12, 10), "BV 0123/25"),
    Step("supervisory_consent", date(2025, 12, 22), "LVwA 206.4-1/25"),
    Step("declaration", date(2026, 1, 5)),
)


def stated(day: date = TODAY) -> Stated:
    """Something said at noon of a day."""
    return Stated(datetime.combine(day, time(12), UTC))


def a_person(**other: Any) -> LegalPerson:
    """Barleben as a legal person."""
    values: dict[str, Any] = {
        "name": "Gemeinde Barleben",
        "kind": "municipality",
        "ags": "15083040",
        "leitweg_id": None,
        "address": ADDRESS,
    }
    return LegalPerson(**values | other)


def an_application(**other: Any) -> Application:
    """Barleben wants to join and has taken every step."""
    values: dict[str, Any] = {
        "id": an_id(1),
        "person": a_person(),
        "contacts": (CONTACT,),
        "shares": 1,
        "steps": STEPS,
    }
    return Application(**values | other)


def a_member(number: str = "10002", joined_on: date = JOINED, **other: Any) -> Member:
    """Barleben joined; `other` is what it applied with."""
    steps = tuple(Step(step.step, min(step.taken_on, joined_on)) for step in STEPS)
    application = an_application(**{"steps": steps, **other})
    today = max(joined_on, TODAY)
    return joining.admitted(application, number, joined_on, None, stated(joined_on), today, RULES)


def field(refused: pytest.ExceptionInfo[Refused]) -> str:
    """The one field that a refusal names."""
    (reason,) = refused.value.reasons
    return reason.field


async def apply(database: Database, number: int = 1, **other: Any) -> list[Said]:
    """An applicant declares that it joins."""
    values = {"application_id": str(an_id(number))} | other
    return await deliver(database, an_event("membership.applied.v1", **values))


async def decide(database: Database, number: int = 1, **other: Any) -> list[Said]:
    """The board decides on an applicant."""
    values = {"application_id": str(an_id(number)), "member": None} | other
    return await deliver(database, an_event("membership.decided.v1", **values))


async def join(
    database: Database, member: str = "10002", number: int = 1, on: str = "2026-01-12", **other: Any
) -> list[Said]:
    """Somebody joins on a day under a number, as Barleben does in all that is not said."""
    if member != "10002":
        other = {"kind": "district", "ags": None, "name": f"Landkreis {member}"} | other
    dates = {"council_resolution_on": on, "supervisory_consent_on": on, "declared_on": on}
    await apply(database, number, **dates | other)
    return await decide(database, number, member=member, decided_on=on)


async def state(database: Database, fact: str, **said: Any) -> list[Said]:
    """The board states something; without an example's values that are not said."""
    type_ = f"{fact}.v1"
    return await deliver(database, an_event(type_, **said), party="coop")
