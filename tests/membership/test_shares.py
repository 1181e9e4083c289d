"""Further shares, their transfer, and what is paid back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.domain import leaving, shares
from services.membership.domain.members import Member
from shared.refusal import Refused
from shared.rules import Rule, Rules
from tests.membership.people import JOINED, RULES, TODAY, a_member, field, stated


def test_further_shares_count_from_their_day_on() -> None:
    member = shares.subscribed(a_member(), 2, date(2026, 3, 1), stated(), RULES)
    assert member.on(date(2026, 2, 28)).shares == 1
    assert member.on(date(2026, 3, 1)).shares == 3


def test_a_whole_number_of_shares_leaves_what_came_later_in_place() -> None:
    later = shares.subscribed(a_member(), 2, date(2026, 5, 1), stated(), RULES)
    member = shares.stated_anew(later, 4, date(2026, 3, 1), stated(), RULES)
    assert [member.on(date(2026, month, 1)).shares for month in (2, 3, 5)] == [1, 4, 6]
    with pytest.raises(Refused) as refused:
        shares.stated_anew(member, 4, date(2026, 3, 1), stated(), RULES)
    assert field(refused) == "shares"


def test_fewer_shares_never_leave_a_member_without_one_on_any_later_day() -> None:
    member = shares.stated_anew(a_member(shares=5), 2, date(2026, 6, 1), stated(), RULES)
    with pytest.raises(Refused) as refused:
        shares.stated_anew(member, 3, date(2026, 3, 1), stated(), RULES)
    assert field(refused) == "shares"


@pytest.mark.parametrize("effective_on", [JOINED - timedelta(days=1), TODAY + timedelta(days=1)])
def test_a_change_of_shares_is_stated_when_it_takes_effect(effective_on: date) -> None:
    for change in (shares.stated_anew, shares.subscribed):
        with pytest.raises(Refused) as refused:
            change(a_member(), 2, effective_on, stated(), RULES)
        assert field(refused) == "effective_on"


def test_a_part_of_the_balance_goes_to_another_member() -> None:
    giver, taker = shares.transferred(
        a_member(shares=3), a_member("10007"), 2, TODAY, stated(), RULES
    )
    assert (giver.on(TODAY).shares, taker.on(TODAY).shares) == (1, 3)
    assert giver.on(TODAY).leaves_on is None


@pytest.mark.parametrize("number", [None, 3])
def test_the_whole_balance_ends_a_membership_the_day_before(number: int | None) -> None:
    giver, taker = shares.transferred(
        a_member(shares=3), a_member("10007"), number, TODAY, stated(), RULES
    )
    assert taker.on(TODAY).shares == 4
    gone = giver.on(TODAY)
    assert (gone.leaves_on, gone.ended_by) == (TODAY - timedelta(days=1), "transfer")
    assert shares.repayment(giver, "transfer", 3, TODAY, RULES) is None


def test_nobody_transfers_more_than_it_has_or_to_itself() -> None:
    with pytest.raises(Refused) as refused:
        shares.transferred(a_member(), a_member("10007"), 2, TODAY, stated(), RULES)
    assert field(refused) == "shares"
    with pytest.raises(Refused) as refused:
        shares.transferred(a_member(), a_member(), 1, TODAY, stated(), RULES)
    assert field(refused) == "to"
    with pytest.raises(Refused) as refused:
        shares.transferred(a_member(), a_member("10007"), 1, JOINED, stated(), RULES)
    assert field(refused) == "effective_on"


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 9)), max_size=20))
def test_transfers_lose_and_make_no_share(moves: list[tuple[int, int, int]]) -> None:
    members: list[Member] = [a_member(str(10_001 + at), shares=10) for at in range(3)]
    for giver, taker, number in moves:
        try:
            given, taken = shares.transferred(
                members[giver], members[taker], number, TODAY, stated(), RULES
            )
        except Refused:
            continue
        members[giver], members[taker] = given, taken
    still = [m.on(TODAY).shares for m in members if m.on(TODAY).is_member(TODAY)]
    assert sum(still) == 30
    assert min(still) >= 1


def test_one_share_of_zeitz_is_repaid_within_six_months_of_its_leaving() -> None:
    zeitz = a_member("10004", date(2010, 1, 1))
    zeitz = leaving.under_notice(zeitz, date(2014, 9, 30), stated(date(2014, 9, 30)), RULES)
    last = zeitz.on(date(2015, 1, 1)).leaves_on
    assert last == date(2014, 12, 31)
    paid = shares.repayment(zeitz, "notice", 1, last, RULES)
    assert paid is not None
    assert (paid.cents, paid.payee, paid.due_on) == (500_000, "10004", date(2015, 6, 30))


def test_what_is_repaid_is_the_value_of_a_share_on_its_last_day() -> None:
    value = [
        Rule("share_value_cents", 500_000, date(2000, 1, 1), date(2026, 12, 31), "a statute"),
        Rule("share_value_cents", 100_000, date(2027, 1, 1), None, "another"),
        Rule("repayment_months", 6, date(2000, 1, 1), None, "§ 73 (2) GenG"),
    ]
    for last, cents in ((date(2026, 12, 31), 1_000_000), (date(2027, 12, 31), 200_000)):
        paid = shares.repayment(a_member(shares=2), "notice", 2, last, Rules(value))
        assert paid is not None
        assert paid.cents == cents


def test_a_successor_gets_what_is_repaid() -> None:
    merged = leaving.succeeded(a_member(), a_member("10007"), TODAY, stated())
    paid = shares.repayment(merged, "dissolution", 1, date(2026, 12, 31), RULES)
    assert paid is not None
    assert paid.payee == "10007"
