"""The register of members (§ 30 GenG): entries that are only ever added, read as of any day.

Business time and record time are apart. An entry tells from which day on its fact holds
(`effective_on`) and when it was recorded (`recorded_at`). A correction is a new entry that
supersedes an old one, so that what was known before can be read for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.membership.domain.people import Address, LegalPerson

Value = str | dict[str, str] | None


class Fact(StrEnum):
    """What an entry tells."""

    ADMITTED = "admitted"
    DETAILS = "details"
    SHARES = "shares"
    ENDS = "ends"
    NO_VOTE = "no_vote"
    SUCCEEDED = "succeeded"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Stated:
    """How a fact came to the register: when recorded, by which message, on which document."""

    at: datetime
    message: UUID | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a member's page, never changed.

    `number` counts the page's entries from 1 in the order of recording. `effective_on` is the
    first day of the fact; of `ENDS` it is the last day of the membership. `declared_on` is the
    day of the declaration, decision or agreement it rests on, `how` what that was. `person`
    holds what is said of the member itself, `shares` how many more or fewer, `other` the other
    member concerned. `reason` tells why the entry supersedes the one of number `supersedes`.
    """

    member: str
    number: int
    fact: Fact
    how: str
    effective_on: date
    declared_on: date
    stated: Stated
    person: Mapping[str, Value] = field(default_factory=dict)
    shares: int = 0
    other: str | None = None
    supersedes: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A member as the register shows it on a day.

    `leaves_on` is the last day of the membership, where it is known. `no_vote_from` is when an
    excluded member lost its vote, `succeeded_on` when another took its place.
    """

    number: str
    person: LegalPerson
    shares: int
    joined_on: date
    leaves_on: date | None = None
    ended_by: str | None = None
    successor: str | None = None
    succeeded_on: date | None = None
    no_vote_from: date | None = None

    def is_member(self, day: date) -> bool:
        """Whether the membership lasts on a day."""
        return self.joined_on <= day and (self.leaves_on is None or day <= self.leaves_on)

    def has_vote(self, day: date) -> bool:
        """Whether the member votes on a day: one member, one vote (§ 43 (3) GenG), but none for
        who is excluded (§ 68 (2)) or has ceased to be, for whom the successor votes."""
        lost = (each for each in (self.no_vote_from, self.succeeded_on) if each is not None)
        return self.is_member(day) and all(day < since for since in lost)


def standing(
    entries: Iterable[Entry], day: date, known_at: datetime | None = None
) -> Standing | None:
    """A member on a day, by its entries as they were known at a moment (None: as known now).

    None where it had not joined by that day.
    """
    facts = valid(entries, known_at)
    admitted = next((e for e in facts if e.fact is Fact.ADMITTED), None)
    if admitted is None or admitted.effective_on > day:
        return None
    so_far = [entry for entry in facts if entry.effective_on <= day]
    person: dict[str, Value] = {}
    for entry in so_far:
        person |= entry.person
    end = min((e for e in facts if e.fact is Fact.ENDS), key=_by_day, default=None)
    succeeded = min((e for e in facts if e.fact is Fact.SUCCEEDED), key=_by_day, default=None)
    no_vote = min((e for e in facts if e.fact is Fact.NO_VOTE), key=_by_day, default=None)
    return Standing(
        number=admitted.member,
        person=_person(person),
        shares=sum(entry.shares for entry in so_far),
        joined_on=admitted.effective_on,
        leaves_on=end.effective_on if end else None,
        ended_by=end.how if end else None,
        successor=succeeded.other if succeeded else None,
        succeeded_on=succeeded.effective_on if succeeded else None,
        no_vote_from=no_vote.effective_on if no_vote else None,
    )


def valid(entries: Iterable[Entry], known_at: datetime | None = None) -> list[Entry]:
    """The entries that count as known at a moment, by the day from which they hold.

    Of those of one day the later recorded counts last; a correction keeps the place of what it
    corrects.
    """
    known = [e for e in entries if known_at is None or e.stated.at <= known_at]
    superseded = {entry.supersedes for entry in known}
    counting = (e for e in known if e.number not in superseded and e.fact is not Fact.VOID)
    first = origins(known)
    return sorted(counting, key=lambda entry: (entry.effective_on, first[entry.number]))


def origins(entries: Iterable[Entry]) -> dict[int, int]:
    """For each entry's number that of the entry which it, through others, corrects at last."""
    found: dict[int, int] = {}
    for entry in entries:  # in the order of recording, so that what is superseded comes before
        corrects = entry.supersedes
        found[entry.number] = entry.number if corrects is None else found.get(corrects, corrects)
    return found


def roll(
    pages: Iterable[Sequence[Entry]], day: date, known_at: datetime | None = None
) -> list[Standing]:
    """All members of a day by number, as known at a moment."""
    standings = (standing(entries, day, known_at) for entries in pages)
    return sorted(
        (each for each in standings if each is not None and each.is_member(day)),
        key=lambda each: each.number,
    )


def shown(entries: Iterable[Entry], day: date, known_at: datetime | None = None) -> list[Entry]:
    """The entries that make up a member's line in the list of a day: what holds by then, and how
    it is to end."""
    ends = (Fact.ENDS, Fact.NO_VOTE, Fact.SUCCEEDED)
    return [
        entry
        for entry in valid(entries, known_at)
        if entry.effective_on <= day or entry.fact in ends
    ]


def votes(members: Iterable[Standing], day: date) -> list[Standing]:
    """Who has a vote in an assembly on a day."""
    return [each for each in members if each.has_vote(day)]


def _by_day(entry: Entry) -> date:
    return entry.effective_on


def _person(values: Mapping[str, Value]) -> LegalPerson:
    def text(name: str) -> str | None:
        value = values.get(name)
        return value if isinstance(value, str) else None

    address = values.get("address")
    return LegalPerson(
        name=text("name") or "",
        kind=text("kind") or "",
        ags=text("ags"),
        leitweg_id=text("leitweg_id"),
        address=Address(**address) if isinstance(address, dict) else Address("", "", ""),
    )
