"""Joining, changing and leaving, by the rules of the GenG."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership import domain
from services.membership.domain import Address, Application, Contact, Member
from shared.refusal import Refused
from shared.rules import Rule, Rules
from tests.builders import an_id, rules_of

TODAY = date(2026, 7, 1)
RULES = rules_of("membership")
CONTACT = Contact("it", "IT-Stelle", "it@barleben.example")
ADDRESS = Address("Ernst-Thälmann-Straße 22", "39179", "Barleben")


def an_application(**other: Any) -> Application:
    """Barleben wants to join."""
    values: dict[str, Any] = {
        "id": an_id(1),
        "name": "Gemeinde Barleben",
        "kind": "municipality",
        "ags": "15083040",
        "address": ADDRESS,
        "contacts": (CONTACT,),
        "shares": 1,
        "declared_on": date(2026, 1, 5),
    }
    return Application(**values | other)


def a_member(**other: Any) -> Member:
    """Barleben has been a member since January."""
    joined = domain.admitted(an_application(), "10002", date(2026, 1, 12), TODAY)
    return replace(joined, **other)


def field(refused: pytest.ExceptionInfo[Refused]) -> str:
    """The one field that a refusal names."""
    (reason,) = refused.value.reasons
    return reason.field


@pytest.mark.parametrize("declared_on", [TODAY, date(2000, 1, 1)])
def test_an_application_is_taken_as_it_is(declared_on: date) -> None:
    application = an_application(declared_on=declared_on)
    assert domain.applied(application, TODAY) == application


def test_a_declaration_of_the_future_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        domain.applied(an_application(declared_on=TODAY + timedelta(days=1)), TODAY)
    assert field(refused) == "declared_on"


def test_a_municipality_states_its_ags() -> None:
    with pytest.raises(Refused) as refused:
        domain.applied(an_application(ags=None), TODAY)
    assert field(refused) == "ags"


@pytest.mark.parametrize("kind", ["district", "association", "company", "university"])
def test_nobody_but_a_municipality_has_an_ags(kind: str) -> None:
    with pytest.raises(Refused) as refused:
        domain.applied(an_application(kind=kind), TODAY)
    assert field(refused) == "ags"
    assert domain.applied(an_application(kind=kind, ags=None), TODAY).kind == kind


def test_an_admitted_applicant_is_in_the_register_with_all_it_declared() -> None:
    member = domain.admitted(an_application(), "10002", date(2026, 1, 12), TODAY)
    assert member == Member(
        number="10002",
        name="Gemeinde Barleben",
        kind="municipality",
        ags="15083040",
        address=ADDRESS,
        contacts=(CONTACT,),
        shares=1,
        joined_on=date(2026, 1, 12),
    )


@pytest.mark.parametrize("decided_on", [date(2026, 1, 4), TODAY + timedelta(days=1)])
def test_a_decision_lies_between_declaration_and_today(decided_on: date) -> None:
    with pytest.raises(Refused) as refused:
        domain.admitted(an_application(), "10002", decided_on, TODAY)
    assert field(refused) == "decided_on"
    with pytest.raises(Refused) as refused:
        domain.refused(an_application(), decided_on, TODAY)
    assert field(refused) == "decided_on"


@pytest.mark.parametrize(
    ("taken", "free"),
    [(set(), "10001"), ({"10001", "10003"}, "10004"), ({"10999"}, "11000"), ({"20000"}, "20001")],
)
def test_a_number_is_never_given_again(taken: set[str], free: str) -> None:
    assert domain.next_number(taken) == free


@pytest.mark.parametrize(
    ("given_on", "last_day"),
    [
        ("2026-01-01", "2026-12-31"),
        ("2026-09-29", "2026-12-31"),
        ("2026-09-30", "2026-12-31"),
        ("2026-10-01", "2027-12-31"),
        ("2026-11-30", "2027-12-31"),
        ("2026-12-31", "2027-12-31"),
        ("2027-01-01", "2027-12-31"),
        ("2024-02-29", "2024-12-31"),
        ("2023-12-31", "2024-12-31"),
        ("2000-01-01", "2000-12-31"),
    ],
)
def test_notice_of_three_months_ends_with_a_business_year(given_on: str, last_day: str) -> None:
    assert domain.last_day(date.fromisoformat(given_on), 3) == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("months", "given_on", "last_day"),
    [
        (6, "2026-06-30", "2026-12-31"),
        (6, "2026-07-01", "2027-12-31"),
        (12, "2025-12-31", "2026-12-31"),
        (12, "2026-01-01", "2027-12-31"),
        (24, "2025-12-31", "2027-12-31"),
        (24, "2026-01-31", "2028-12-31"),
        (60, "2026-02-28", "2031-12-31"),
    ],
)
def test_a_statute_may_ask_for_a_longer_notice(months: int, given_on: str, last_day: str) -> None:
    assert domain.last_day(date.fromisoformat(given_on), months) == date.fromisoformat(last_day)


def test_the_notice_period_is_that_of_the_day_on_which_notice_was_given() -> None:
    until, since = date(2026, 5, 31), date(2026, 6, 1)
    statute = Rules(
        [
            Rule("notice_months", 3, date(2000, 1, 1), until, "§ 65 (2) GenG"),
            Rule("notice_months", 24, since, None, "a statute"),
        ]
    )
    before = domain.under_notice(a_member(), until, TODAY, statute)
    after = domain.under_notice(a_member(), since, TODAY, statute)
    assert (before.leaves_on, after.leaves_on) == (date(2026, 12, 31), date(2028, 12, 31))


@given(st.dates(date(2000, 1, 1), date(2198, 12, 31)))
def test_notice_is_always_at_least_three_months_and_at_most_fifteen(given_on: date) -> None:
    last = domain.last_day(given_on, 3)
    assert (last.month, last.day) == (12, 31)
    assert timedelta(days=92) <= last - given_on < timedelta(days=366 + 92)


def test_notice_is_given_once() -> None:
    leaving = domain.under_notice(a_member(), date(2026, 6, 30), TODAY, RULES)
    assert leaving.leaves_on == date(2026, 12, 31)
    with pytest.raises(Refused) as refused:
        domain.under_notice(leaving, date(2026, 6, 30), TODAY, RULES)
    assert field(refused) == "member"


@pytest.mark.parametrize("given_on", [date(2026, 1, 11), TODAY + timedelta(days=1)])
def test_notice_lies_between_joining_and_today(given_on: date) -> None:
    with pytest.raises(Refused) as refused:
        domain.under_notice(a_member(), given_on, TODAY, RULES)
    assert field(refused) == "given_on"


def test_a_member_under_notice_may_still_change_contacts_and_shares() -> None:
    leaving = a_member(leaves_on=date(2026, 12, 31))
    assert domain.with_contacts(leaving, (CONTACT, CONTACT)).contacts == (CONTACT, CONTACT)
    assert domain.with_shares(leaving, 3, TODAY, TODAY).shares == 3


@pytest.mark.parametrize("effective_on", [date(2026, 1, 11), TODAY + timedelta(days=1)])
def test_a_change_of_shares_is_stated_when_it_takes_effect(effective_on: date) -> None:
    with pytest.raises(Refused) as refused:
        domain.with_shares(a_member(), 2, effective_on, TODAY)
    assert field(refused) == "effective_on"


def test_a_membership_ends_the_day_after_its_last() -> None:
    leaving = a_member(leaves_on=date(2026, 12, 31))
    assert domain.left(leaving, date(2027, 1, 1)).has_left
    for too_early in (leaving, a_member()):
        with pytest.raises(Refused):
            domain.left(too_early, date(2026, 12, 31))


@pytest.mark.parametrize(
    "change",
    [
        lambda gone, day: domain.with_contacts(gone, (CONTACT,)),
        lambda gone, day: domain.with_shares(gone, 2, day, day),
        lambda gone, day: domain.under_notice(gone, day, day, RULES),
    ],
)
def test_who_left_changes_nothing_any_more(change: Callable[[Member, date], Member]) -> None:
    gone = a_member(leaves_on=date(2026, 12, 31), has_left=True)
    with pytest.raises(Refused) as refused:
        change(gone, date(2027, 2, 1))
    assert field(refused) == "member"
