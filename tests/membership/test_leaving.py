"""Notice, exclusion, fixed term and death of a legal person, by the rules of the GenG."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.domain import contacts, leaving, members, shares
from services.membership.domain.leaving import last_day, months_later
from services.membership.domain.members import Member
from shared.refusal import Refused
from shared.rules import Rule, Rules
from tests.membership.people import CONTACT, JOINED, RULES, TODAY, a_member, field, stated


@pytest.mark.parametrize(
    ("given_on", "last"),
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
def test_notice_of_three_months_ends_with_a_business_year(given_on: str, last: str) -> None:
    assert last_day(date.fromisoformat(given_on), 3) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("months", "given_on", "last"),
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
def test_a_statute_may_ask_for_a_longer_notice(months: int, given_on: str, last: str) -> None:
    assert last_day(date.fromisoformat(given_on), months) == date.fromisoformat(last)


def test_the_notice_period_is_that_of_the_day_on_which_notice_was_given() -> None:
    until, since = date(2026, 5, 31), date(2026, 6, 1)
    statute = Rules(
        [
            Rule("notice_months", 3, date(2000, 1, 1), until, "§ 65 (2) GenG"),
            Rule("notice_months", 24, since, None, "a statute"),
        ]
    )
    before = leaving.under_notice(a_member(), until, stated(), statute)
    after = leaving.under_notice(a_member(), since, stated(), statute)
    assert before.on(TODAY).leaves_on == date(2026, 12, 31)
    assert after.on(TODAY).leaves_on == date(2028, 12, 31)


FIVE_YEARS = Rules(
    [
        Rule("notice_months", 60, date(2000, 1, 1), None, "a statute"),
        *(RULES.at(name, TODAY) for name in ("long_notice_months", "early_notice_months")),
    ]
)


@pytest.mark.parametrize(
    ("joined", "given_on", "hardship", "last"),
    [
        ("2020-03-01", "2026-02-28", False, "2031-12-31"),
        ("2020-03-01", "2026-02-28", True, "2026-12-31"),
        ("2020-03-01", "2025-10-01", True, "2026-12-31"),
        ("2024-03-01", "2026-01-01", True, "2026-12-31"),  # all of 2025 was a business year
        ("2025-01-01", "2026-01-01", True, "2026-12-31"),
    ],
)
def test_hardship_ends_a_long_notice_early(
    joined: str, given_on: str, hardship: bool, last: str
) -> None:
    day, since = date.fromisoformat(given_on), date.fromisoformat(joined)
    member = a_member(joined_on=since)
    gone = leaving.under_notice(member, day, stated(), FIVE_YEARS, hardship=hardship)
    assert gone.on(TODAY).leaves_on == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("joined", "given_on"), [("2024-03-01", "2025-12-31"), ("2025-01-01", "2025-12-31")]
)
def test_hardship_needs_a_whole_business_year_of_membership(joined: str, given_on: str) -> None:
    member = a_member(joined_on=date.fromisoformat(joined))
    with pytest.raises(Refused, match="whole business year"):
        leaving.under_notice(
            member, date.fromisoformat(given_on), stated(), FIVE_YEARS, hardship=True
        )


def test_hardship_changes_nothing_where_the_period_is_short() -> None:
    member = leaving.under_notice(a_member(), date(2026, 2, 28), stated(), RULES, hardship=True)
    assert member.on(TODAY).leaves_on == date(2026, 12, 31)


@given(st.dates(date(2000, 1, 1), date(2198, 12, 31)))
def test_notice_is_always_at_least_three_months_and_at_most_fifteen(given_on: date) -> None:
    last = last_day(given_on, 3)
    assert (last.month, last.day) == (12, 31)
    assert timedelta(days=92) <= last - given_on < timedelta(days=366 + 92)


def test_notice_is_given_once() -> None:
    under_notice = leaving.under_notice(a_member(), date(2026, 6, 30), stated(), RULES)
    now = under_notice.on(TODAY)
    assert (now.leaves_on, now.ended_by) == (date(2026, 12, 31), "notice")
    with pytest.raises(Refused) as refused:
        leaving.under_notice(under_notice, date(2026, 6, 30), stated(), RULES)
    assert field(refused) == "member"


@pytest.mark.parametrize("given_on", [JOINED - timedelta(days=1), TODAY + timedelta(days=1)])
def test_notice_lies_between_joining_and_today(given_on: date) -> None:
    with pytest.raises(Refused) as refused:
        leaving.under_notice(a_member(), given_on, stated(), RULES)
    assert field(refused) == "given_on"


def test_notice_of_some_shares_lets_the_membership_go_on() -> None:
    member = leaving.shares_under_notice(a_member(shares=3), 2, date(2026, 6, 1), stated(), RULES)
    assert member.on(date(2026, 12, 31)).shares == 3
    assert member.on(date(2027, 1, 1)).shares == 1
    assert member.on(TODAY).leaves_on is None
    for too_many in (1, 2, 3):
        with pytest.raises(Refused) as refused:
            leaving.shares_under_notice(member, too_many, date(2026, 6, 1), stated(), RULES)
        assert field(refused) == "shares"


def test_a_member_under_notice_may_still_change_contacts_and_shares() -> None:
    member = leaving.under_notice(a_member(), date(2026, 6, 30), stated(), RULES)
    assert contacts.with_contacts(member, (CONTACT, CONTACT), TODAY).contacts == (CONTACT, CONTACT)
    assert shares.stated_anew(member, 3, TODAY, stated(), RULES).on(TODAY).shares == 3


def test_who_is_excluded_has_no_vote_from_the_letter_on_and_leaves_with_the_year() -> None:
    decided, told = date(2026, 5, 4), date(2026, 5, 6)
    member = leaving.excluded(a_member(), decided, told, "Beiträge offen", stated())
    now = member.on(TODAY)
    assert (now.leaves_on, now.ended_by) == (date(2026, 12, 31), "exclusion")
    assert now.has_vote(date(2026, 5, 5))
    assert not now.has_vote(told)
    assert now.is_member(date(2026, 12, 31))
    assert not now.is_member(date(2027, 1, 1))
    with pytest.raises(Refused) as refused:
        leaving.excluded(member, decided, told, "noch einmal", stated())
    assert field(refused) == "member"


@pytest.mark.parametrize("told_on", [date(2026, 5, 3), TODAY + timedelta(days=1)])
def test_an_exclusion_is_told_after_the_decision(told_on: date) -> None:
    with pytest.raises(Refused) as refused:
        leaving.excluded(a_member(), date(2026, 5, 4), told_on, "Beiträge offen", stated())
    assert field(refused) == "told_on"


def test_the_earliest_end_counts() -> None:
    fixed = a_member(ends_on=date(2028, 6, 30))
    assert fixed.on(TODAY).ended_by == "term"
    given = leaving.under_notice(fixed, date(2026, 6, 30), stated(), RULES)
    assert (given.on(TODAY).leaves_on, given.on(TODAY).ended_by) == (date(2026, 12, 31), "notice")
    short = a_member(ends_on=date(2026, 8, 31))
    with pytest.raises(Refused):
        leaving.under_notice(short, date(2026, 6, 30), stated(), RULES)


def test_a_fixed_term_may_be_agreed_anew_or_fall_away() -> None:
    fixed = a_member(ends_on=date(2028, 6, 30))
    longer = leaving.term_changed(fixed, date(2030, 12, 31), TODAY, stated())
    assert longer.on(TODAY).leaves_on == date(2030, 12, 31)
    unlimited = leaving.term_changed(longer, None, TODAY, stated())
    assert unlimited.on(TODAY).leaves_on is None
    for member, ends_on in (
        (a_member(), date(2030, 12, 31)),
        (fixed, date(2028, 6, 30)),
        (fixed, date(2026, 6, 30)),
    ):
        with pytest.raises(Refused):
            leaving.term_changed(member, ends_on, TODAY, stated())


def test_a_successor_stands_in_at_once_and_the_membership_ends_with_the_year() -> None:
    successor = a_member("10007")
    merged = leaving.succeeded(a_member(), successor, date(2026, 7, 1), stated()).on(TODAY)
    assert (merged.successor, merged.succeeded_on) == ("10007", date(2026, 7, 1))
    assert (merged.leaves_on, merged.ended_by) == (date(2026, 12, 31), "dissolution")
    assert merged.has_vote(date(2026, 6, 30))
    assert not merged.has_vote(date(2026, 7, 1))
    assert merged.is_member(date(2026, 7, 1))


def test_a_successor_is_another_member_that_goes_on_to_exist() -> None:
    gone = leaving.under_notice(a_member("10003"), date(2026, 6, 30), stated(), RULES)
    merged = leaving.succeeded(a_member("10004"), None, date(2026, 2, 1), stated())
    for successor, day in ((a_member(), TODAY), (gone, date(2027, 1, 1)), (merged, TODAY)):
        with pytest.raises(Refused) as refused:
            leaving.succeeded(a_member(), successor, day, stated())
        assert field(refused) == "successor"
    with pytest.raises(Refused) as refused:
        leaving.succeeded(merged, None, TODAY, stated())
    assert field(refused) == "member"


@pytest.mark.parametrize(
    "change",
    [
        lambda gone, day: contacts.with_contacts(gone, (CONTACT,), day),
        lambda gone, day: members.with_details(gone, {"name": "x"}, day, stated(day), RULES),
        lambda gone, day: shares.stated_anew(gone, 2, day, stated(day), RULES),
        lambda gone, day: shares.subscribed(gone, 2, day, stated(day), RULES),
        lambda gone, day: leaving.under_notice(gone, day, stated(day), RULES),
        lambda gone, day: leaving.shares_under_notice(gone, 1, day, stated(day), RULES),
        lambda gone, day: leaving.excluded(gone, day, day, "x", stated(day)),
        lambda gone, day: leaving.succeeded(gone, None, day, stated(day)),
        lambda gone, day: leaving.term_changed(gone, None, day, stated(day)),
    ],
)
def test_who_left_changes_nothing_any_more(change: Callable[[Member, date], Member]) -> None:
    gone = leaving.under_notice(a_member(shares=2), date(2026, 6, 30), stated(), RULES)
    with pytest.raises(Refused) as refused:
        change(gone, date(2027, 2, 1))
    assert field(refused) == "member"


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-12-31", 6, "2027-06-30"),
        ("2015-12-31", 6, "2016-06-30"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-01-15", 24, "2028-01-15"),
    ],
)
def test_a_term_of_months_ends_on_the_same_day_or_the_months_last(
    day: str, months: int, later: str
) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)
