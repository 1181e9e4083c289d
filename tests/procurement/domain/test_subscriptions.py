"""Solutions month by month: what is charged, when it changes, when it may end."""

from datetime import date
from typing import Any

import pytest

from services.procurement.bundling.model import Contract, Tier
from services.procurement.bundling.monthly import share_month
from services.procurement.domain import pilots, subscriptions
from services.procurement.domain.pilots import Pilot
from services.procurement.domain.subscriptions import Step, Subscription
from shared.refusal import Refused
from tests.procurement.builders import an_id, an_order, an_order_line

MAY = date(2026, 5, 1)


def a_subscription(**other: Any) -> Subscription:
    """Twelve users over 36 months at 11.40, as confirmed."""
    line = an_order_line(quantity=12, months=36, unit_cents=11_40, accepted=12, **other)
    return subscriptions.subscribe(an_order(line), line, id=an_id(50), reference="S-2026-0001")


def running(day: date = date(2026, 4, 17)) -> Subscription:
    return subscriptions.start(a_subscription(), day, date.min)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 4, 17), MAY),
        (date(2026, 5, 1), MAY),
        (date(2026, 5, 2), date(2026, 6, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_the_first_whole_month_in_operation_is_the_first_that_is_charged(
    day: date, first: date
) -> None:
    assert running(day).first_month == first


def test_a_month_that_was_stated_is_not_charged_afterwards() -> None:
    late = subscriptions.start(a_subscription(), date(2026, 4, 17), date(2026, 7, 1))
    assert late.first_month == date(2026, 7, 1)


def test_the_months_of_the_term_hold_the_agreed_price_exactly() -> None:
    odd = subscriptions.start(a_subscription(amount=10_000_01), date(2026, 4, 17), date.min)
    months = [subscriptions.plus_months(MAY, at) for at in range(-1, 40)]
    assert sum(odd.agreed_in(month) for month in months) == 10_000_01
    assert odd.agreed_in(date(2026, 4, 1)) == odd.agreed_in(date(2029, 5, 1)) == 0


def test_other_users_count_from_next_month_on_and_the_last_word_holds() -> None:
    changed = subscriptions.change_users(running(), 20, date(2026, 6, 12))
    changed = subscriptions.change_users(changed, 15, date(2026, 6, 30))
    assert [changed.users_in(date(2026, month, 1)) for month in (4, 5, 6, 7)] == [0, 12, 12, 15]
    assert changed.called == 20, "what was called stays called"
    with pytest.raises(Refused, match="users"):
        subscriptions.change_users(changed, 15, date(2026, 7, 1))


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 6, 12), date(2029, 4, 1)),  # not before the term's 36 months
        (date(2029, 1, 31), date(2029, 4, 1)),
        (date(2029, 2, 1), date(2029, 5, 1)),  # three whole months after February
        (date(2031, 12, 5), date(2032, 3, 1)),
    ],
)
def test_a_notice_ends_it_after_term_and_notice_period(today: date, last: date) -> None:
    ended = subscriptions.give_notice(running(), 3, today)
    assert ended.last_month == last
    assert ended.users_in(last) == 12
    assert ended.users_in(subscriptions.plus_months(last, 1)) == 0
    assert ended.state(subscriptions.plus_months(last, 1)) == "ended"
    with pytest.raises(Refused, match="ends on"):
        subscriptions.give_notice(ended, 3, today)


def test_what_does_not_run_yet_cannot_be_given_notice_of() -> None:
    with pytest.raises(Refused, match="in operation"):
        subscriptions.give_notice(a_subscription(), 3, MAY)


def test_users_cannot_change_after_the_end() -> None:
    ended = subscriptions.give_notice(running(), 3, date(2029, 1, 31))
    with pytest.raises(Refused, match="ends on 2029-04-30"):
        subscriptions.change_users(ended, 20, date(2029, 4, 3))


def test_steps_of_a_rollout_are_named_once_and_not_done_tomorrow() -> None:
    twice = (Step("Schulung", MAY), Step("Schulung", MAY, date(2026, 5, 3)))
    with pytest.raises(Refused) as refusal:
        subscriptions.roll_out(a_subscription(), twice, date(2026, 5, 2))
    assert [reason.field for reason in refusal.value.reasons] == ["steps.1.name", "steps.1.done_on"]


def test_a_successor_stands_in_the_members_place() -> None:
    passed = subscriptions.passed_on(running(), {"10002": "10007", "10007": "10009"})
    assert passed.member == "10009"


POOL = Contract(
    id="RV-2026-DMS",
    tiers=(Tier(1, {"DMS": 12_80}), Tier(100, {"DMS": 11_40})),
    scope="item",
)


def test_the_pool_reaches_a_tier_that_nobody_reaches_alone() -> None:
    shared = share_month(POOL, {"10001": {("DMS", 36): 60}, "10002": {("DMS", 36): 40}})
    assert shared.total_cents == 100 * 11_40
    assert shared.share_cents == {"10001": 60 * 11_40, "10002": 40 * 11_40}
    assert shared.alone_cents == {"10001": 60 * 12_80, "10002": 40 * 12_80}


def test_incremental_tiers_are_shared_to_the_cent_and_nobody_pays_more_than_alone() -> None:
    # 7 users at 10.00 up to 2, then 9.99: 2 * 10.00 dearer by 0.01 each = 69.95 with surplus
    pool = Contract(
        id="X",
        tiers=(Tier(1, {"DMS": 10_00}), Tier(3, {"DMS": 9_99})),
        mode="incremental",
        scope="item",
    )
    used = {"a": {("DMS", 12): 3}, "b": {("DMS", 12): 3}, "c": {("DMS", 12): 1}}
    shared = share_month(pool, used)
    assert shared.total_cents == 7 * 9_99 + 2
    assert sum(shared.share_cents.values()) == shared.total_cents
    assert all(shared.share_cents[m] <= shared.alone_cents[m] for m in used)


def a_pilot(**other: Any) -> Pilot:
    values: dict[str, Any] = {"least_members": 2, "interest_by": date(2026, 6, 30)}
    about = {"reference": "P-2026-0001", "title": "115", "category": "hotline_115"}
    return Pilot(id=an_id(60), collect_days=30, **about | values | other)


def test_a_pilot_starts_with_the_last_member_it_needs() -> None:
    one = pilots.note_interest(a_pilot(), "10001", True, MAY)
    assert one.state == "open"
    gone = pilots.note_interest(one, "10001", False, MAY)
    two = pilots.note_interest(pilots.note_interest(gone, "10002", True, MAY), "10003", True, MAY)
    assert (two.state, two.interested) == ("started", ("10002", "10003"))


@pytest.mark.parametrize(
    ("pilot", "interested", "today"),
    [
        (a_pilot(state="started"), True, MAY),
        (a_pilot(), True, date(2026, 7, 1)),
        (a_pilot(), False, MAY),
        (a_pilot(interested=("10001",)), True, MAY),
    ],
)
def test_interest_counts_once_and_only_while_the_pilot_is_open(
    pilot: Pilot, interested: bool, today: date
) -> None:
    with pytest.raises(Refused):
        pilots.note_interest(pilot, "10001", interested, today)
