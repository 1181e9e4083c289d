"""How a membership ends: notice, exclusion, fixed term, death of a legal person (GenG)."""

from calendar import monthrange
from datetime import date, timedelta

from services.membership.domain.members import Member, check_day, check_page, entered, present
from services.membership.domain.register import Fact, Stated, valid
from shared.calendar import local_date
from shared.refusal import refuse
from shared.rules import Rule, Rules


def under_notice(
    member: Member, given_on: date, stated: Stated, rules: Rules, *, hardship: bool = False
) -> Member:
    """End a membership by notice (§ 65 GenG).

    Raises:
        Refused: it ends by that day already, the notice is of the future, or early without a
            whole business year of membership.
    """
    now = present(member, given_on)
    check_day("given_on", given_on, member, stated)
    last = last_day(given_on, notice_rule(member, given_on, rules, hardship=hardship).value)
    if now.leaves_on is not None and now.leaves_on <= last:
        raise refuse("member", member.number, f"leaves on {now.leaves_on} already")
    return entered(member, Fact.ENDS, "notice", last, given_on, stated)


def notice_rule(member: Member, given_on: date, rules: Rules, *, hardship: bool) -> Rule:
    """The period that a notice keeps; early for hardship, where the statute's is a long one.

    Raises:
        Refused: hardship of a member that has not belonged for a whole business year.

    Source: § 65 (2), (3) GenG.
    """
    usual = rules.at("notice_months", given_on)
    if not hardship or usual.value <= rules.at("long_notice_months", given_on).value:
        return usual
    joined = member.joined_on
    first_whole = joined.year if (joined.month, joined.day) == (1, 1) else joined.year + 1
    if given_on.year <= first_whole:
        rule = f"needs a whole business year of membership; {first_whole} is the first"
        raise refuse("hardship", "true", rule)
    return rules.at("early_notice_months", given_on)


def shares_under_notice(
    member: Member, shares: int, given_on: date, stated: Stated, rules: Rules
) -> Member:
    """Give up some of a member's shares with the end of a business year (§ 67b GenG).

    Raises:
        Refused: it would keep none, leaves before, or the notice is of the future.
    """
    now = present(member, given_on)
    check_day("given_on", given_on, member, stated)
    last = last_day(given_on, rules.at("notice_months", given_on).value)
    if now.leaves_on is not None and now.leaves_on <= last:
        raise refuse("member", member.number, f"leaves on {now.leaves_on} with all its shares")
    after = last + timedelta(days=1)
    has = member.on(after).shares
    if shares >= has:
        rule = f"must be less than {has}, else give notice of the whole membership"
        raise refuse("shares", shares, rule)
    less = entered(member, Fact.SHARES, "returned", after, given_on, stated, shares=-shares)
    check_page(less, "shares", rules)
    return less


def excluded(
    member: Member, decided_on: date, told_on: date, grounds: str, stated: Stated
) -> Member:
    """Exclude a member with the end of the business year; its vote ends at once (§ 68 GenG).

    Raises:
        Refused: it is excluded or gone already, or a day is of the future or out of order.
    """
    present(member, decided_on)
    check_day("decided_on", decided_on, member, stated)
    if not decided_on <= told_on <= local_date(stated.at):
        rule = f"must be from {decided_on} (decision) to {local_date(stated.at)}"
        raise refuse("told_on", told_on, rule)
    if any(entry.how == "exclusion" for entry in valid(member.entries)):
        raise refuse("member", member.number, "is excluded already")
    now = entered(member, Fact.NO_VOTE, "exclusion", told_on, decided_on, stated, reason=grounds)
    # Whoever is told only in the next year leaves with that: before, the exclusion has no effect.
    last = date(told_on.year, 12, 31)
    return entered(now, Fact.ENDS, "exclusion", last, decided_on, stated, reason=grounds)


def term_changed(member: Member, ends_on: date | None, agreed_on: date, stated: Stated) -> Member:
    """Let a membership for a fixed term end on another day, or on none.

    Raises:
        Refused: it has no fixed term, or the day is not after the agreement.
    """
    now = present(member, agreed_on)
    check_day("agreed_on", agreed_on, member, stated)
    terms = [e for e in valid(member.entries) if e.fact is Fact.ENDS and e.how == "term"]
    if not terms:
        raise refuse("member", member.number, "has no fixed term")
    if ends_on is not None and not agreed_on <= ends_on != now.leaves_on:
        raise refuse("ends_on", ends_on, f"must be another day, from {agreed_on} on")
    return entered(
        member,
        Fact.VOID if ends_on is None else Fact.ENDS,
        "term",
        ends_on or terms[0].effective_on,
        agreed_on,
        stated,
        supersedes=terms[0].number,
    )


def succeeded(
    member: Member, successor: Member | None, effective_on: date, stated: Stated
) -> Member:
    """Let a successor stand in the place of a member that ceases to exist (§ 77a GenG).

    The membership ends with the business year in which that takes effect.

    Raises:
        Refused: the successor is the member itself, is none then or has a successor itself, or
            the member has one.
    """
    present(member, effective_on)
    if effective_on < member.joined_on:
        raise refuse("effective_on", effective_on, f"must be from {member.joined_on} on")
    if any(entry.fact is Fact.SUCCEEDED for entry in valid(member.entries)):
        raise refuse("member", member.number, "has ceased to exist already; correct that entry")
    if successor is not None:
        if successor.number == member.number:
            raise refuse("successor", successor.number, "must be another member")
        then = successor.on(effective_on)
        if not then.is_member(effective_on) or then.succeeded_on is not None:
            rule = f"must be a member on {effective_on} that goes on to exist"
            raise refuse("successor", successor.number, rule)
    now = entered(
        member,
        Fact.SUCCEEDED,
        "dissolution",
        effective_on,
        effective_on,
        stated,
        other=successor.number if successor else None,
    )
    last = date(effective_on.year, 12, 31)
    return entered(
        now,
        Fact.ENDS,
        "dissolution",
        last,
        effective_on,
        stated,
        other=successor.number if successor else None,
    )


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


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or that month's last (§ 188 BGB).

    >>> months_later(date(2026, 12, 31), 6), months_later(date(2026, 8, 31), 6)
    (datetime.date(2027, 6, 30), datetime.date(2027, 2, 28))
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
