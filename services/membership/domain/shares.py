"""Shares: further ones, their transfer, and what is paid back (§§ 15b, 67b, 73, 76 GenG)."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.membership.domain.leaving import months_later
from services.membership.domain.members import Member, check_day, check_page, entered, present
from services.membership.domain.register import Fact, Stated
from shared.refusal import refuse
from shared.rules import Rules


@dataclass(frozen=True, slots=True)
class Repayment:
    """What is to be paid back for shares that ended: cents, by a day, to whom."""

    member: str
    payee: str
    shares: int
    share_cents: int
    ended_on: date
    due_on: date

    @property
    def cents(self) -> int:
        """The nominal value of the shares."""
        return self.shares * self.share_cents


def subscribed(
    member: Member, shares: int, effective_on: date, stated: Stated, rules: Rules
) -> Member:
    """Let a member take further shares.

    Raises:
        Refused: it is of the future, of before the member joined, or of after it left.
    """
    present(member, effective_on)
    check_day("effective_on", effective_on, member, stated)
    return _changed(member, shares, "subscribed", effective_on, stated, rules)


def stated_anew(
    member: Member, shares: int, effective_on: date, stated: Stated, rules: Rules
) -> Member:
    """Let the whole number of a member's shares be another from a day on.

    Raises:
        Refused: as `subscribed`, or it has as many already.
    """
    before = present(member, effective_on).shares
    check_day("effective_on", effective_on, member, stated)
    if shares == before:
        raise refuse("shares", shares, f"has as many on {effective_on} already")
    return _changed(member, shares - before, "stated", effective_on, stated, rules)


def transferred(
    giver: Member,
    taker: Member,
    shares: int | None,
    effective_on: date,
    stated: Stated,
    rules: Rules,
) -> tuple[Member, Member]:
    """Transfer a balance, wholly or in part, to an existing member (§ 76 GenG).

    Of a whole transfer the giver's membership ends the day before, without repayment.

    Raises:
        Refused: the giver has not so many shares, both are one, or the day is as in `subscribed`.
    """
    if giver.number == taker.number:
        raise refuse("to", taker.number, "must be another member")
    present(taker, effective_on)
    check_day("effective_on", effective_on, taker, stated)
    given, number = given_away(giver, taker.number, shares, effective_on, stated, rules)
    taken = entered(
        taker,
        Fact.SHARES,
        "transferred",
        effective_on,
        effective_on,
        stated,
        shares=number,
        other=giver.number,
    )
    check_page(taken, "shares", rules)
    return given, taken


def given_away(
    giver: Member,
    taker: str,
    shares: int | None,
    effective_on: date,
    stated: Stated,
    rules: Rules,
) -> tuple[Member, int]:
    """The giver after a transfer, and how many shares went.

    Raises:
        Refused: as `transferred`.
    """
    has = present(giver, effective_on).shares
    check_day("effective_on", effective_on, giver, stated)
    number = has if shares is None else shares
    if number > has:
        raise refuse("shares", number, f"member {giver.number} has {has} on {effective_on}")
    if number < has:
        now = entered(
            giver,
            Fact.SHARES,
            "transferred",
            effective_on,
            effective_on,
            stated,
            shares=-number,
            other=taker,
        )
        check_page(now, "shares", rules)
        return now, number
    last = effective_on - timedelta(days=1)
    if last < giver.joined_on:
        rule = f"must be after {giver.joined_on}, when member {giver.number} joined"
        raise refuse("effective_on", effective_on, rule)
    return (
        entered(giver, Fact.ENDS, "transfer", last, effective_on, stated, other=taker),
        number,
    )


def repayment(
    member: Member, how: str, shares: int, ended_on: date, rules: Rules
) -> Repayment | None:
    """What is to be paid back for shares whose last day is over; None where they live on with
    another (§ 76)."""
    if how == "transfer":
        return None
    then = member.on(ended_on)
    return Repayment(
        member=member.number,
        payee=then.successor or member.number,
        shares=shares,
        share_cents=rules.at("share_value_cents", ended_on).value,
        ended_on=ended_on,
        due_on=months_later(ended_on, rules.at("repayment_months", ended_on).value),
    )


def _changed(
    member: Member, more: int, how: str, effective_on: date, stated: Stated, rules: Rules
) -> Member:
    now = entered(member, Fact.SHARES, how, effective_on, effective_on, stated, shares=more)
    check_page(now, "shares", rules)
    return now
