"""The rules of joining, changing and leaving (GenG). Dates are local dates in Europe/Berlin."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.refusal import refuse
from shared.rules import Rules

FIRST_NUMBER = 10001
NOTICE_MONTHS = "notice_months"
MUNICIPALITY = "municipality"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to, by role: it, finance, management or data_protection."""

    role: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    street: str
    postal_code: str
    city: str


@dataclass(frozen=True, slots=True)
class Application:
    """A declaration to join that the board has not decided yet."""

    id: UUID
    name: str
    kind: str
    ags: str | None
    address: Address
    contacts: tuple[Contact, ...]
    shares: int
    declared_on: date


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the register shows it (§ 30 GenG). `leaves_on` is its last day, if known."""

    number: str
    name: str
    kind: str
    ags: str | None
    address: Address
    contacts: tuple[Contact, ...]
    shares: int
    joined_on: date
    leaves_on: date | None = None
    has_left: bool = False


def applied(application: Application, today: date) -> Application:
    """Take an application (§ 15 GenG).

    Raises:
        Refused: only a municipality has an AGS, and it must have one; a declaration is not of
            the future.
    """
    if application.kind == MUNICIPALITY and application.ags is None:
        raise refuse("ags", "", "a municipality must state its AGS")
    if application.kind != MUNICIPALITY and application.ags is not None:
        raise refuse("ags", application.ags, f"a {application.kind} has no AGS; leave it out")
    if application.declared_on > today:
        raise refuse("declared_on", application.declared_on, f"must not be after {today}")
    return application


def admitted(application: Application, number: str, decided_on: date, today: date) -> Member:
    """Enter an applicant in the register under a free number.

    Raises:
        Refused: the decision is dated before the declaration or in the future.
    """
    _check_decision(application, decided_on, today)
    return Member(
        number=number,
        name=application.name,
        kind=application.kind,
        ags=application.ags,
        address=application.address,
        contacts=application.contacts,
        shares=application.shares,
        joined_on=decided_on,
    )


def refused(application: Application, decided_on: date, today: date) -> None:
    """Check a refusal; the caller deletes the application right after (§ 15 (2) GenG)."""
    _check_decision(application, decided_on, today)


def _check_decision(application: Application, decided_on: date, today: date) -> None:
    if not application.declared_on <= decided_on <= today:
        rule = f"must be from {application.declared_on} (declaration) to {today}"
        raise refuse("decided_on", decided_on, rule)


def next_number(taken: set[str]) -> str:
    """The lowest number after the highest taken, five digits from 10001 on."""
    return str(max((int(number) for number in taken), default=FIRST_NUMBER - 1) + 1)


def with_contacts(member: Member, contacts: tuple[Contact, ...]) -> Member:
    """Replace a member's contacts."""
    return replace(_present(member), contacts=contacts)


def with_shares(member: Member, shares: int, effective_on: date, today: date) -> Member:
    """Change the whole number of a member's shares, once the change is in effect.

    Raises:
        Refused: it is to take effect in the future or before the member joined.
    """
    _present(member)
    if not member.joined_on <= effective_on <= today:
        rule = f"must be from {member.joined_on} to {today}; state a change when it takes effect"
        raise refuse("effective_on", effective_on, rule)
    return replace(member, shares=shares)


def under_notice(member: Member, given_on: date, today: date, rules: Rules) -> Member:
    """End a membership by notice (§ 65 GenG).

    Raises:
        Refused: it is under notice already, or the notice is of the future.
    """
    _present(member)
    if member.leaves_on is not None:
        raise refuse("member", member.number, f"is under notice already, to {member.leaves_on}")
    if not member.joined_on <= given_on <= today:
        raise refuse("given_on", given_on, f"must be from {member.joined_on} to {today}")
    return replace(member, leaves_on=last_day(given_on, rules.at(NOTICE_MONTHS, given_on).value))


def last_day(given_on: date, months: int) -> date:
    """The last day of a membership whose notice was given on a day: an end of business year.

    Args:
        given_on: the day on which the cooperative got the notice.
        months: how many months before that end it must be given (§ 65 (2) GenG).

    >>> last_day(date(2026, 9, 30), 3), last_day(date(2026, 10, 1), 3)
    (datetime.date(2026, 12, 31), datetime.date(2027, 12, 31))
    """
    # Three months before 31 December is 30 September: counted in whole months, the period ends
    # with a month, and the membership with that month's year.
    years_later = (given_on.month - 1 + months) // 12
    return date(given_on.year + years_later, 12, 31)


def left(member: Member, today: date) -> Member:
    """A membership whose last day is over."""
    if member.leaves_on is None or member.leaves_on >= today:
        raise refuse("leaves_on", member.leaves_on, f"must be before {today}")
    return replace(member, has_left=True)


def _present(member: Member) -> Member:
    if member.has_left:
        raise refuse("member", member.number, f"left on {member.leaves_on}")
    return member
