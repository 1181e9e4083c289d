"""Who gets what, and when."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain import (
    KINDS,
    Collecting,
    Contact,
    Occasion,
    Quiet,
    Round,
    Telling,
    addressees,
    reminder_due,
)

NOON = datetime(2026, 3, 31, 10, tzinfo=UTC)
IT = Contact("it", "IT-Stelle", "it@x.example")
FINANCE = Contact("finance", "Kämmerei", "kaemmerei@x.example")


def test_contacts_of_the_kinds_role_get_the_mail() -> None:
    assert [a.email for a in addressees(KINDS["cost_statement"], [IT, FINANCE])] == [FINANCE.email]
    assert [a.email for a in addressees(KINDS["delivery"], [IT, FINANCE])] == [IT.email]


def test_without_such_a_contact_the_first_one_gets_it() -> None:
    assert [a.email for a in addressees(KINDS["member_admitted"], [IT, FINANCE])] == [IT.email]


def test_an_address_gets_a_mail_once() -> None:
    twice = Contact("it", "Vertretung", "IT@x.example")
    other = Contact("it", "Zweite Stelle", "it2@x.example")
    found = addressees(KINDS["delivery"], [IT, twice, other])
    assert [(a.name, a.email) for a in found] == [
        ("IT-Stelle", "it@x.example"),
        ("Zweite Stelle", "it2@x.example"),
    ]


def test_collected_mails_wait_for_quiet_but_not_for_ever() -> None:
    collecting = Collecting(quiet=timedelta(minutes=1), at_most=timedelta(minutes=10))
    last = NOON + timedelta(minutes=5)
    kind = KINDS["demands_received"]
    assert not collecting.is_due(kind, NOON, last, last + timedelta(seconds=59))
    assert collecting.is_due(kind, NOON, last, last + timedelta(seconds=60))
    busy = NOON + timedelta(minutes=10)
    assert collecting.is_due(kind, NOON, busy, busy)


@pytest.mark.parametrize(
    ("first", "due"),
    [
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-03-03T07:00", "2026-03-04T07:00"),
        ("2026-03-28T12:00", "2026-03-29T07:00"),  # over the change of clocks
        ("2026-10-24T12:00", "2026-10-25T07:00"),  # over the change back
    ],
)
def test_what_is_gathered_waits_for_the_hour_of_the_day(first: str, due: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    heard, then = (datetime.fromisoformat(at).replace(tzinfo=berlin) for at in (first, due))
    collecting = Collecting(timedelta(), timedelta(), daily_at=time(7))
    for moment, is_due in ((then - timedelta(seconds=1), False), (then, True)):
        assert collecting.is_due(KINDS["digest_it"], heard, heard, moment) is is_due


def test_an_optional_mail_goes_to_nobody_who_wants_only_what_is_needed() -> None:
    quiet = replace(IT, mails="needed")
    assert addressees(KINDS["similar_found"], [quiet]) == ()
    assert [a.email for a in addressees(KINDS["demands_received"], [quiet])] == [IT.email]


def test_only_what_can_wait_is_gathered() -> None:
    daily = replace(IT, mails="daily")
    found = {kind.name: addressees(kind, [daily])[0].daily for kind in KINDS.values()}
    assert found == {kind.name: kind.can_wait for kind in KINDS.values()}
    assert {f"digest_{kind.role}" for kind in KINDS.values() if kind.can_wait} <= set(KINDS)


def test_what_may_be_unsubscribed_is_what_nothing_depends_on() -> None:
    assert {kind.name for kind in KINDS.values() if kind.optional} == {
        "pilot_interest",
        "pilot_lapsed",
        "pilot_opened",
        "round_invitation",
        "round_reminder",
        "similar_found",
    }


def test_the_same_occasion_always_makes_the_same_mail() -> None:
    def telling(cause: UUID, party: str = "10002") -> Telling:
        return Telling((Occasion(cause, "delivery", party, "delivery.recorded.v1", {}, NOON),))

    cause = uuid4()
    assert telling(cause).mail_id == telling(cause).mail_id
    assert telling(cause).mail_id != telling(cause, "10003").mail_id
    assert telling(cause).mail_id != telling(uuid4()).mail_id


def a_round(opened_at: datetime, closed_at: datetime | None = None) -> Round:
    cut_off = NOON + timedelta(days=10)
    return Round(uuid4(), "R-1", "Runde", ("hardware",), cut_off, opened_at, uuid4(), closed_at)


def test_a_reminder_is_due_from_its_time_until_the_cut_off() -> None:
    before = timedelta(days=3)
    one = a_round(NOON)
    assert not reminder_due(one, before, NOON + timedelta(days=6))
    assert reminder_due(one, before, NOON + timedelta(days=7))
    assert reminder_due(one, before, NOON + timedelta(days=9, hours=23))
    assert not reminder_due(one, before, NOON + timedelta(days=10))
    assert not reminder_due(a_round(NOON, closed_at=NOON), before, NOON + timedelta(days=8))


def test_a_round_that_opens_shortly_before_its_cut_off_needs_no_reminder() -> None:
    late = a_round(NOON + timedelta(days=8))
    assert not reminder_due(late, timedelta(days=3), NOON + timedelta(days=9))


EASTER_MONDAY = date(2026, 4, 6)
QUIET = Quiet(time(20), time(7), lambda day: day == EASTER_MONDAY)


@pytest.mark.parametrize(
    ("now", "sent"),
    [
        ("2026-03-31T10:00", "2026-03-31T10:00"),
        ("2026-03-31T05:30", "2026-03-31T07:00"),
        ("2026-03-31T20:00", "2026-04-01T07:00"),
        ("2026-04-03T21:00", "2026-04-07T07:00"),  # over a weekend and Easter Monday
        ("2026-03-28T12:00", "2026-03-30T07:00"),  # over the change of clocks
        ("2026-10-24T12:00", "2026-10-26T07:00"),  # over the change back
    ],
)
def test_what_can_wait_is_sent_when_offices_are_open(now: str, sent: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moment = datetime.fromisoformat(now).replace(tzinfo=berlin).astimezone(UTC)
    expected = datetime.fromisoformat(sent).replace(tzinfo=berlin)
    assert QUIET.over_at(moment) == expected


def test_what_the_law_or_a_deadline_needs_never_waits() -> None:
    waiting = {kind.name for kind in KINDS.values() if kind.can_wait and not kind.gathers}
    assert waiting == {
        "contact_bounced",
        "delivery_late",
        "demands_received",
        "monthly_costs",
        "pilot_interest",
        "pilot_lapsed",
        "pilot_opened",
        "record_anchored",
        "round_closed",
        "round_report",
        "similar_found",
        "solution_news",
        "tender_revised",
    }
