"""A member's page in the register: how an entry is added or corrected, and what a day makes due."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.membership.domain.people import Contact, check_person
from services.membership.domain.register import (
    Entry,
    Fact,
    Standing,
    Stated,
    Value,
    origins,
    standing,
    valid,
)
from shared.calendar import local_date
from shared.refusal import refuse
from shared.rules import Rules

FIRST_NUMBER = 10001


@dataclass(frozen=True, slots=True)
class Member:
    """A member: its page in the register, whom to write to, and what it was told already."""

    number: str
    entries: tuple[Entry, ...]
    contacts: tuple[Contact, ...]
    told: frozenset[str] = frozenset()

    def on(self, day: date) -> Standing:
        """The member on a day; before it joined as on its first day.

        Raises:
            LookupError: it has no valid admission, which no rule lets happen.
        """
        found = standing(self.entries, max(day, self.joined_on))
        if found is None:
            raise LookupError(f"member {self.number} has no admission")
        return found

    @property
    def joined_on(self) -> date:
        """The first day of the membership."""
        return next(e.effective_on for e in valid(self.entries) if e.fact is Fact.ADMITTED)


class What(StrEnum):
    """What a day makes due."""

    TERM_ENDING = "term_ending"
    SUCCEEDED = "succeeded"
    RETURNED = "returned"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Milestone:
    """What is due on a day because of an entry.

    `key` is the same for an entry and for what corrects it, so that nothing is told twice.
    """

    day: date
    what: What
    entry: Entry
    key: str


def next_number(taken: set[str]) -> str:
    """The lowest number after the highest taken, five digits from 10001 on."""
    return str(max((int(number) for number in taken), default=FIRST_NUMBER - 1) + 1)


def entered(
    member: Member,
    fact: Fact,
    how: str,
    effective_on: date,
    declared_on: date,
    stated: Stated,
    *,
    person: Mapping[str, Value] | None = None,
    shares: int = 0,
    other: str | None = None,
    supersedes: int | None = None,
    reason: str | None = None,
) -> Member:
    """The member with one more entry."""
    entry = Entry(
        member=member.number,
        number=len(member.entries) + 1,
        fact=fact,
        how=how,
        effective_on=effective_on,
        declared_on=declared_on,
        stated=stated,
        person=person or {},
        shares=shares,
        other=other,
        supersedes=supersedes,
        reason=reason,
    )
    return replace(member, entries=(*member.entries, entry))


def corrected(
    member: Member,
    number: int,
    reason: str,
    stated: Stated,
    rules: Rules,
    *,
    void: bool = False,
    effective_on: date | None = None,
    shares: int | None = None,
    person: Mapping[str, Value] | None = None,
) -> Member:
    """The member with an entry that supersedes a wrong one.

    Args:
        person: what is right of the member itself; only what is said is corrected.

    Raises:
        Refused: there is no such entry that counts, nothing would change, a value does not
            belong to such an entry, or the page would break the register's rules.
    """
    wrong = next((entry for entry in valid(member.entries) if entry.number == number), None)
    if wrong is None:
        counting = ", ".join(str(entry.number) for entry in valid(member.entries))
        raise refuse("entry", number, f"must be an entry that counts: {counting}")
    if void and wrong.fact is Fact.ADMITTED:
        raise refuse("void", "true", "an admission cannot be taken out; enter how it ended")
    if void and (effective_on, shares, person or None) != (None, None, None):
        raise refuse("void", "true", "leave out everything else, or correct what is wrong")
    if shares is not None and wrong.fact not in (Fact.ADMITTED, Fact.SHARES):
        raise refuse("shares", shares, f"must be left out: entry {number} is of {wrong.fact}")
    if person and wrong.fact not in (Fact.ADMITTED, Fact.DETAILS):
        field = next(iter(person))
        raise refuse(field, "", f"must be left out: entry {number} is of {wrong.fact}")
    right = replace(
        wrong,
        number=len(member.entries) + 1,
        fact=Fact.VOID if void else wrong.fact,
        effective_on=effective_on or wrong.effective_on,
        stated=stated,
        person={**wrong.person, **(person or {})},
        shares=wrong.shares if shares is None else shares,
        supersedes=number,
        reason=reason,
    )
    if (
        not void
        and replace(
            right,
            number=number,
            stated=wrong.stated,
            supersedes=wrong.supersedes,
            reason=wrong.reason,
        )
        == wrong
    ):
        raise refuse("entry", number, "says this already; state what is right instead")
    now = replace(member, entries=(*member.entries, right))
    check_page(now, "effective_on" if effective_on else "entry", rules)
    return now


def check_page(member: Member, field: str, rules: Rules) -> None:
    """Check what must hold of a page on each of its days; `field` is what a refusal names.

    Raises:
        Refused: something took effect before the member joined, or it would have no share, or a
            key that its kind does not have, on some day.
    """
    joined_on = member.joined_on
    for entry in valid(member.entries):
        if entry.effective_on < joined_on:
            rule = f"entry {entry.number} must not take effect before {joined_on}, the admission"
            raise refuse(field, entry.effective_on, rule)
        on_that_day = member.on(entry.effective_on)
        if on_that_day.shares < 1 and on_that_day.is_member(entry.effective_on):
            rule = f"a member must have a share; on {entry.effective_on} it would have none"
            raise refuse(field, on_that_day.shares, rule)
        if entry.person:
            check_person(on_that_day.person, rules, entry.effective_on)


def present(member: Member, day: date) -> Standing:
    """The member on a day on which something is to happen with it.

    Raises:
        Refused: its membership has ended by then.
    """
    found = member.on(day)
    if found.leaves_on is not None and found.leaves_on < day:
        raise refuse("member", member.number, f"left on {found.leaves_on}")
    return found


def check_day(field: str, day: date, member: Member, stated: Stated) -> None:
    """Check that something is stated when it has taken effect.

    Raises:
        Refused: it is of the future, or of before the member joined.
    """
    today = local_date(stated.at)
    if not member.joined_on <= day <= today:
        rule = f"must be from {member.joined_on} to {today}; state it when it takes effect"
        raise refuse(field, day, rule)


def with_details(
    member: Member,
    person: Mapping[str, Value],
    effective_on: date,
    stated: Stated,
    rules: Rules,
) -> Member:
    """Let a member's name, kind, keys or address be others from a day on.

    Raises:
        Refused: nothing changes, the day is of the future or outside the membership, or a key
            does not fit the kind.
    """
    before = present(member, effective_on)
    check_day("effective_on", effective_on, member, stated)
    known = asdict(before.person)
    if all(known[name] == value for name, value in person.items()):
        raise refuse("effective_on", effective_on, "nothing is other than it was on that day")
    now = entered(
        member, Fact.DETAILS, "details", effective_on, effective_on, stated, person=person
    )
    check_page(now, "effective_on", rules)
    return now


def milestones(member: Member, rules: Rules) -> list[Milestone]:
    """What becomes due for a member by its page, by day."""
    facts, first = valid(member.entries), origins(member.entries)
    ends = [entry for entry in facts if entry.fact is Fact.ENDS]
    last = min(ends, key=lambda entry: entry.effective_on, default=None)
    found = []

    def add(day: date, what: What, entry: Entry) -> None:
        found.append(Milestone(day, what, entry, f"{what}/{first[entry.number]}"))

    for entry in facts:
        over = last is not None and entry.effective_on > last.effective_on
        if entry.fact is Fact.SUCCEEDED and not over:
            add(entry.effective_on, What.SUCCEEDED, entry)
        if entry.fact is Fact.SHARES and entry.how == "returned" and not over:
            add(entry.effective_on, What.RETURNED, entry)
    if last is not None:
        add(last.effective_on + timedelta(days=1), What.LEFT, last)
        if last.how == "term":
            days = rules.at("term_reminder_days", last.effective_on).value
            begins = max(last.effective_on - timedelta(days=days), member.joined_on)
            add(begins, What.TERM_ENDING, last)
    return sorted(found, key=lambda each: (each.day, each.what))


def due(member: Member, today: date, rules: Rules) -> tuple[Member, list[Milestone]]:
    """What has become due and was not told, and the member that was told it."""
    reached = [each for each in milestones(member, rules) if each.day <= today]
    left = any(each.what is What.LEFT for each in reached)
    new = [
        each
        for each in reached
        if each.key not in member.told and not (left and each.what is What.TERM_ENDING)
    ]
    return replace(member, told=frozenset(each.key for each in reached)), new


def next_day(member: Member, today: date, rules: Rules) -> date | None:
    """The next day on which something becomes due."""
    return next((each.day for each in milestones(member, rules) if each.day > today), None)
