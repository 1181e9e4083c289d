"""The register says of any day what was entered, as it was known at any moment, against a naive
model that keeps a whole calendar for each moment."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.domain import contacts, leaving, members, shares
from services.membership.domain.members import Member, corrected, with_details
from services.membership.domain.register import Fact, Stated, roll, standing, valid, votes
from shared.refusal import Refused
from tests.membership.people import (
    ADDRESS,
    CONTACT,
    RULES,
    TODAY,
    a_member,
    a_person,
    stated,
)
from tests.membership.people import field as named

BEGIN = date(2016, 1, 1)
DAYS = 3653
"""Ten years."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Statement:
    """What the naive model keeps of one statement: what it says of each day from one on."""

    day: int
    what: str
    value: Any


@dataclass
class Naive:
    """For each moment the list of statements that counted then, in the place of their first."""

    statements: list[Statement | None] = field(default_factory=list)
    entries: dict[int, int] = field(default_factory=dict)
    known: list[tuple[datetime, tuple[Statement | None, ...]]] = field(default_factory=list)

    def say(self, number: int, statement: Statement, at: datetime) -> None:
        self.entries[number] = len(self.statements)
        self.statements.append(statement)
        self.known.append((at, tuple(self.statements)))

    def correct(self, wrong: int, number: int, right: Statement | None, at: datetime) -> None:
        place = self.entries.pop(wrong)
        self.entries[number] = place
        self.statements[place] = right
        self.known.append((at, tuple(self.statements)))

    def on(self, day: int, known_at: datetime) -> tuple[str, int, int | None] | None:
        """Name, shares and last day on a day, by playing every day from the first."""
        before = [statements for at, statements in self.known if at <= known_at]
        if not before:
            return None
        counting = [each for each in before[-1] if each is not None]
        name, number, joined = "", 0, False
        for today in range(day + 1):
            for each in counting:
                if each.day == today and each.what == "joined":
                    name, number, joined = each.value[0], number + each.value[1], True
                if each.day == today and each.what == "name":
                    name = each.value
                if each.day == today and each.what == "shares":
                    number += each.value
        last = min((each.day for each in counting if each.what == "ends"), default=None)
        return (name, number, last) if joined else None


def day(number: int) -> date:
    return BEGIN + timedelta(days=number)


SOME_DAY = st.one_of(st.sampled_from((0, 1, 700, 701)), st.integers(0, DAYS))
"""Often one of a few, so that several things happen on one day."""
ACTIONS = st.one_of(
    st.tuples(st.just("shares"), SOME_DAY, st.integers(-3, 5)),
    st.tuples(st.just("name"), SOME_DAY, st.sampled_from("ABCD")),
    st.tuples(st.just("ends"), SOME_DAY, st.just(0)),
    st.tuples(st.just("move"), SOME_DAY, st.integers(1, 9)),
    st.tuples(st.just("amount"), st.integers(-3, 5), st.integers(1, 9)),
    st.tuples(st.just("rename"), st.sampled_from("EFGH"), st.integers(1, 9)),
    st.tuples(st.just("void"), st.just(0), st.integers(1, 9)),
)


@given(
    st.lists(ACTIONS, max_size=14),
    st.lists(st.tuples(SOME_DAY, st.integers(-1, 16)), min_size=1, max_size=12),
)
def test_any_day_is_read_as_it_was_known_at_any_moment(
    actions: list[tuple[str, Any, Any]], asked: list[tuple[int, int]]
) -> None:
    naive, moment = Naive(), datetime(2026, 1, 2, 12, tzinfo=UTC)
    today = moment.date()
    member = replace(a_member(joined_on=BEGIN, person=a_person(name="A")), entries=())
    member = members.entered(
        member,
        Fact.ADMITTED,
        "admitted",
        BEGIN,
        BEGIN,
        Stated(moment),
        person={
            "name": "A",
            "kind": "district",
            "ags": None,
            "leitweg_id": None,
            "address": {"street": "x", "postal_code": "39104", "city": "y"},
        },
        shares=4,
    )
    naive.say(1, Statement(0, "joined", ("A", 4)), moment)
    for what, first, second in actions:
        moment += timedelta(hours=1)
        try:
            member = act(member, naive, what, first, second, Stated(moment), today)
        except Refused:
            continue
    for number, hours in asked:
        known_at = datetime(2026, 1, 2, 12, tzinfo=UTC) + timedelta(hours=hours)
        found = standing(member.entries, day(number), known_at)
        told = found and (found.person.name, found.shares, found.leaves_on)
        expected = naive.on(number, known_at)
        assert told == (
            expected
            and (expected[0], expected[1], None if expected[2] is None else day(expected[2]))
        )


def act(
    member: Member,
    naive: Naive,
    what: str,
    first: Any,
    second: Any,
    how: Stated,
    today: date,
) -> Member:
    """Do one thing to the register and the same to the model, where the register takes it."""
    number = len(member.entries) + 1
    if what == "shares":
        now = members.entered(
            member, Fact.SHARES, "subscribed", day(first), day(first), how, shares=second
        )
        members.check_page(now, "shares", RULES)
        naive.say(number, Statement(first, "shares", second), how.at)
        return now
    if what == "name":
        now = with_details(member, {"name": second}, day(first), how, RULES)
        naive.say(number, Statement(first, "name", second), how.at)
        return now
    if what == "ends":
        now = members.entered(member, Fact.ENDS, "notice", day(first), day(first), how)
        members.check_page(now, "member", RULES)
        naive.say(number, Statement(first, "ends", None), how.at)
        return now
    wrong = naive.statements[naive.entries[second]] if second in naive.entries else None
    change: dict[str, Any] = {
        "move": {"effective_on": day(first) if what == "move" else None},
        "amount": {"shares": first},
        "rename": {"person": {"name": first}},
        "void": {"void": True},
    }[what]
    now = corrected(member, second, "wrong", how, RULES, **change)
    assert wrong is not None
    naive.correct(second, number, changed(wrong, what, first), how.at)
    return now


def changed(wrong: Statement, what: str, value: Any) -> Statement | None:
    """The statement that is right instead."""
    if what == "void":
        return None
    if what == "move":
        return replace(wrong, day=value)
    if wrong.what == "joined":
        name, number = wrong.value
        return replace(wrong, value=(value, number) if what == "rename" else (name, value))
    return replace(wrong, value=value)


def test_a_correction_does_not_overwrite_what_was_known() -> None:
    first = stated(date(2026, 2, 1))
    member = with_details(a_member(), {"name": "Barlebn"}, date(2026, 2, 1), first, RULES)
    later = stated(date(2026, 6, 1))
    right = corrected(member, 2, "verschrieben", later, RULES, person={"name": "Stadt Barleben"})
    march = date(2026, 3, 1)
    assert [len(right.entries), len(valid(right.entries))] == [3, 2]
    assert right.on(march).person.name == "Stadt Barleben"
    then = standing(right.entries, march, datetime(2026, 5, 31, tzinfo=UTC))
    assert then is not None
    assert then.person.name == "Barlebn"
    assert right.entries[:2] == member.entries


def test_a_correction_keeps_its_place_among_entries_of_one_day() -> None:
    on = date(2026, 2, 1)
    member = with_details(a_member(), {"name": "B"}, on, stated(), RULES)
    member = with_details(member, {"name": "C"}, on, stated(), RULES)
    member = corrected(member, 2, "wrong", stated(), RULES, person={"name": "D"})
    assert member.on(on).person.name == "C"


@pytest.mark.parametrize(
    ("number", "change", "refused_field"),
    [
        (9, {"shares": 2}, "entry"),
        (1, {"void": True}, "void"),
        (2, {"void": True, "shares": 2}, "void"),
        (2, {"person": {"name": "x"}}, "name"),
        (3, {"shares": 2}, "shares"),
        (1, {"shares": 0}, "entry"),
        (1, {}, "entry"),
        (1, {"effective_on": date(2026, 3, 1)}, "effective_on"),
        (2, {"effective_on": date(2026, 1, 1)}, "effective_on"),
        (3, {"person": {"ags": "15083000"}}, "ags"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_by_name(
    number: int, change: dict[str, Any], refused_field: str
) -> None:
    member = shares.subscribed(a_member(), 1, date(2026, 2, 1), stated(), RULES)
    member = with_details(member, {"name": "B"}, date(2026, 2, 1), stated(), RULES)
    with pytest.raises(Refused) as refused:
        corrected(member, number, "wrong", stated(), RULES, **change)
    assert named(refused) == refused_field


def test_a_corrected_entry_is_corrected_by_its_newest_number_only() -> None:
    member = with_details(a_member(), {"name": "B"}, date(2026, 2, 1), stated(), RULES)
    member = corrected(member, 2, "wrong", stated(), RULES, person={"name": "C"})
    with pytest.raises(Refused) as refused:
        corrected(member, 2, "wrong", stated(), RULES, person={"name": "D"})
    assert named(refused) == "entry"
    again = corrected(member, 3, "wrong", stated(), RULES, person={"name": "D"})
    assert again.on(TODAY).person.name == "D"


def test_the_roll_of_a_day_has_who_joined_and_has_not_left() -> None:
    leaves = leaving.under_notice(a_member("10001"), date(2026, 6, 1), stated(), RULES)
    late = a_member("10003", date(2026, 5, 1))
    pages = [late.entries, leaves.entries, a_member().entries]
    on = {
        date(2026, 1, 11): [],
        date(2026, 1, 12): ["10001", "10002"],
        date(2026, 5, 1): ["10001", "10002", "10003"],
        date(2026, 12, 31): ["10001", "10002", "10003"],
        date(2027, 1, 1): ["10002", "10003"],
    }
    for day_, numbers in on.items():
        assert [each.number for each in roll(pages, day_)] == numbers


def test_each_member_has_one_vote_however_many_shares_it_has() -> None:
    pages = [a_member("10001", shares=5).entries, a_member().entries]
    assert [each.number for each in votes(roll(pages, TODAY), TODAY)] == ["10001", "10002"]


def test_the_successor_votes_once_for_itself_alone() -> None:
    merged = leaving.succeeded(a_member("10001"), a_member(), TODAY, stated())
    pages = [merged.entries, a_member().entries]
    before, after = TODAY - DAY, TODAY
    assert [each.number for each in votes(roll(pages, before), before)] == ["10001", "10002"]
    assert [each.number for each in roll(pages, after)] == ["10001", "10002"]
    assert [each.number for each in votes(roll(pages, after), after)] == ["10002"]


def test_contacts_are_no_part_of_the_register() -> None:
    member = a_member()
    changed_ = contacts.with_contacts(member, (CONTACT, CONTACT), TODAY)
    assert changed_.entries == member.entries
    assert CONTACT.email not in repr(member.entries)
    assert ADDRESS.street in repr(member.entries)
