"""Solutions a member subscribes to: from the confirmed order to the end by notice.

Months are named by their first day. What changes takes effect with a month's beginning, so that
every month has one number of users and costs can be stated late without being different.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from services.procurement.domain.money import part_of
from services.procurement.domain.orders import Order, OrderLine
from shared.refusal import Reason, Refused, refuse


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the rollout; done or still planned."""

    name: str
    planned_on: date
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One member's use of a solution.

    `users` is what it was changed to, by first month. `months` is the agreed term, which begins
    with `first_month`; `agreed` the net price of the whole term as ordered, in cents. `called`
    are the most users ever called from the contract. After the term it runs on until a notice.
    """

    id: UUID
    reference: str
    order_id: UUID
    order_reference: str
    line: int
    contract_id: UUID
    member: str
    item: str
    name: str
    months: int
    unit_cents: int
    agreed: int
    vat_rate: int
    called: int
    users: tuple[tuple[date, int], ...]
    steps: tuple[Step, ...] = ()
    started_on: date | None = None
    first_month: date | None = None
    last_month: date | None = None

    def state(self, today: date) -> Literal["subscribed", "running", "ended"]:
        """How it stands on a day."""
        if self.last_month is not None and month_of(today) > self.last_month:
            return "ended"
        return "running" if self.started_on else "subscribed"

    def users_in(self, month: date) -> int:
        """Its users in a month that is charged; 0 before it runs and after its end."""
        if self.first_month is None or month < self.first_month:
            return 0
        if self.last_month is not None and month > self.last_month:
            return 0
        return [count for since, count in self.users if since <= month][-1]

    def agreed_in(self, month: date) -> int:
        """What of the ordered term's price falls to a month; the months sum to it exactly."""
        if self.first_month is None:
            return 0
        at = months_between(self.first_month, month)
        if not 0 <= at < self.months:
            return 0
        return self.agreed * (at + 1) // self.months - self.agreed * at // self.months

    def runs_on_in(self, month: date) -> bool:
        """Whether a month it is used in lies beyond its ordered term."""
        return self.term_ends is not None and month > self.term_ends

    @property
    def term_ends(self) -> date | None:
        """The last month of the agreed term."""
        return self.first_month and plus_months(self.first_month, self.months - 1)


def passed_on(subscription: Subscription, successors: Mapping[str, str]) -> Subscription:
    """The subscription of whoever stands in the member's place now (§ 77a GenG)."""
    member = subscription.member
    while member in successors:
        member = successors[member]
    return replace(subscription, member=member)


def month_of(day: date) -> date:
    """The month a day lies in."""
    return day.replace(day=1)


def plus_months(month: date, count: int) -> date:
    """A month some months later.

    >>> plus_months(date(2026, 11, 1), 3)
    datetime.date(2027, 2, 1)
    """
    years, months = divmod(month.month - 1 + count, 12)
    return date(month.year + years, months + 1, 1)


def months_between(first: date, second: date) -> int:
    """How many months the second is after the first."""
    return (second.year - first.year) * 12 + second.month - first.month


def last_day(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def subscribe(order: Order, line: OrderLine, *, id: UUID, reference: str) -> Subscription:  # noqa: A002
    """What a confirmed line of a solution becomes."""
    accepted, months = line.accepted or 0, line.months or 1
    return Subscription(
        id=id,
        reference=reference,
        order_id=order.id,
        order_reference=order.reference,
        line=line.line,
        contract_id=order.contract_id,
        member=line.member,
        item=line.item,
        name=line.name,
        months=months,
        unit_cents=line.unit_cents,
        agreed=part_of(line.amount, accepted, line.quantity),
        vat_rate=order.vat_rate,
        called=accepted,
        users=((date.min, accepted),),
    )


def roll_out(subscription: Subscription, steps: tuple[Step, ...], today: date) -> Subscription:
    """The subscription with its rollout's steps, planned and done, stated anew.

    Raises:
        Refused: it runs no longer, a step is named twice or done in the future.
    """
    _not_ended(subscription, today)
    broken: list[Reason] = []
    for at, step in enumerate(steps):
        if step.name in [other.name for other in steps[:at]]:
            broken += refuse(f"steps.{at}.name", step.name, "is named twice").reasons
        if step.done_on and step.done_on > today:
            rule = f"must not lie after today ({today})"
            broken += refuse(f"steps.{at}.done_on", step.done_on, rule).reasons
    if broken:
        raise Refused(*broken)
    return replace(subscription, steps=steps)


def start(subscription: Subscription, day: date, not_before: date) -> Subscription:
    """The subscription in operation; the first whole month is the first that is charged.

    Args:
        not_before: the first month whose costs are not stated yet.
    """
    if subscription.started_on is not None:
        return subscription
    whole = day if day.day == 1 else plus_months(month_of(day), 1)
    return replace(subscription, started_on=day, first_month=max(whole, not_before))


def change_users(subscription: Subscription, users: int, today: date) -> Subscription:
    """The subscription with other users from next month on.

    Raises:
        Refused: it ends before that, or has as many users already.
    """
    _not_ended(subscription, today)
    since = plus_months(month_of(today), 1)
    if subscription.last_month is not None and since > subscription.last_month:
        rule = f"ends on {last_day(subscription.last_month)}, before a change could take effect"
        raise refuse("subscription_id", subscription.id, rule)
    kept = tuple(each for each in subscription.users if each[0] < since)
    if kept[-1][1] == users and kept == subscription.users:
        raise refuse("users", users, "is what the subscription has already")
    return replace(
        subscription, users=(*kept, (since, users)), called=max(subscription.called, users)
    )


def remaining_months(subscription: Subscription, since: date) -> int:
    """Months of the agreed term from one on; at least one, as it runs on after its term."""
    if subscription.first_month is None:
        return subscription.months
    return max(1, subscription.months - max(0, months_between(subscription.first_month, since)))


def give_notice(subscription: Subscription, notice_months: int, today: date) -> Subscription:
    """The subscription with its end: whole months after the notice, not before its term's end.

    Raises:
        Refused: it does not run, or notice was given before.
    """
    _not_ended(subscription, today)
    term_ends = subscription.term_ends
    if term_ends is None:
        raise refuse("subscription_id", subscription.id, "must be in operation to be ended")
    if subscription.last_month is not None:
        rule = f"ends on {last_day(subscription.last_month)} already"
        raise refuse("subscription_id", subscription.id, rule)
    earliest = plus_months(month_of(today), notice_months)
    return replace(subscription, last_month=max(term_ends, earliest))


def _not_ended(subscription: Subscription, today: date) -> None:
    if subscription.state(today) == "ended":
        raise refuse("subscription_id", subscription.id, "must not have ended")
