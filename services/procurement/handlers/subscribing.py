"""Solutions: a confirmed order becomes a subscription, which is rolled out, changed and ended."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from services.procurement import store
from services.procurement.domain import contracts, subscriptions
from services.procurement.domain.contracts import CallExceedsMaximum, Contract
from services.procurement.domain.orders import Order
from services.procurement.domain.subscriptions import Step, Subscription
from services.procurement.handlers import recording
from services.procurement.handlers.inbox import handles
from services.procurement.handlers.offering import keep_in_step
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.kid import DeliveryMade, RolloutPlanned, RolloutStep
from shared.events.member import SubscriptionNoticeGiven, SubscriptionUsersChanged
from shared.events.procurement import SubscriptionChanged
from shared.refusal import refuse


async def subscribe(tx: Transaction, order: Order) -> None:
    """Begin a subscription with every confirmed line that is paid monthly."""
    lines = [line for line in order.lines if line.months and line.accepted]
    year = local_date(tx.now).year
    references = await store.next_references(tx.session, "S", year, len(lines))
    begun = [
        subscriptions.subscribe(order, line, id=uuid7(), reference=reference)
        for line, reference in zip(lines, references, strict=True)
    ]
    await store.save_subscriptions(tx.session, begun)
    for each in begun:
        _tell(tx, each, "subscribed")


async def start(tx: Transaction, order: Order, delivery: DeliveryMade) -> None:
    """Let those subscriptions run of which something was delivered for the first time."""
    arrived = {line.line for line in delivery.lines}
    waiting = [
        each
        for each in await store.subscriptions_of_order(tx.session, order.id)
        if each.line in arrived and each.started_on is None
    ]
    if not waiting:
        return
    await _contract(tx, order.contract_id)  # a month is stated under this lock, before or after
    unstated = await store.next_month(tx.session, order.contract_id)
    started = [subscriptions.start(each, delivery.delivered_on, unstated) for each in waiting]
    await store.save_subscriptions(tx.session, started)
    for each in started:
        _tell(tx, each, "running")


@handles(RolloutPlanned)
async def keep_rollout(event: RolloutPlanned, tx: InTransaction) -> None:
    """Know the steps of a rollout, and which are done."""
    found = await _subscription(tx, event.subscription_id)
    steps = tuple(Step(step.name, step.planned_on, step.done_on) for step in event.steps)
    await _keep(tx, subscriptions.roll_out(found, steps, local_date(tx.now)), "rollout")


@handles(SubscriptionUsersChanged)
async def change_users(event: SubscriptionUsersChanged, tx: InTransaction) -> None:
    """Change the users from next month on; more than ever is a call from the contract."""
    found = await _subscription(tx, event.subscription_id, event.member)
    changed = subscriptions.change_users(found, event.users, local_date(tx.now))
    if more := changed.called - found.called:
        contract = await _contract(tx, found.contract_id)
        months = subscriptions.remaining_months(changed, changed.users[-1][0])
        try:
            called = contracts.call(contract, more, more * found.unit_cents * months)
        except CallExceedsMaximum:
            left = contract.remaining_pieces
            rule = f"must not be above {found.called + left}" if left is not None else "is too much"
            reference = contract.terms.reference
            rule += f": {reference} allows no more within its maximum (ECJ C-23/20)"
            raise refuse("users", event.users, rule) from None
        await keep_in_step(tx, called)
    await _keep(tx, changed, "users")


@handles(SubscriptionNoticeGiven)
async def end_subscription(event: SubscriptionNoticeGiven, tx: InTransaction) -> None:
    """End a subscription as its contract allows."""
    found = await _subscription(tx, event.subscription_id, event.member)
    contract = await _contract(tx, found.contract_id)
    today = local_date(tx.now)
    months = contract.terms.notice_months
    if months is None:
        months = tx.rules.at("solution_notice_months", today).value
    await _keep(tx, subscriptions.give_notice(found, months, today), "notice")


async def _subscription(tx: Transaction, id: UUID, member: str | None = None) -> Subscription:  # noqa: A002
    found = await store.subscription(tx.session, id)
    if found is not None:
        found = subscriptions.passed_on(found, await store.successors(tx.session))
    if found is None or (member is not None and found.member != member):
        rule = "must be a subscription" + (" of this member" if member else "")
        raise refuse("subscription_id", id, rule)
    return found


async def _contract(tx: Transaction, id: UUID) -> Contract:  # noqa: A002
    found = await store.contract(tx.session, id)
    if found is None:
        raise LookupError(f"a subscription is of the unknown contract {id}")
    return found


async def _keep(tx: Transaction, changed: Subscription, change: str) -> None:
    await store.save_subscriptions(tx.session, [changed])
    _tell(tx, changed, change)


def _tell(tx: Transaction, subscription: Subscription, change: str) -> None:
    since, users = subscription.users[-1]
    last = subscription.last_month
    tx.decide(recording.subscription(subscription, change))
    tx.emit(
        SubscriptionChanged.model_validate(
            {
                "subscription_id": subscription.id,
                "reference": subscription.reference,
                "member": subscription.member,
                "item": subscription.item,
                "name": subscription.name,
                "change": change,
                "order_reference": subscription.order_reference,
                "users": users,
                "users_from": since if change == "users" else None,
                "term_months": subscription.months,
                "steps": _steps(subscription.steps),
                "started_on": subscription.started_on,
                "charged_from": subscription.first_month,
                "ends_on": last and subscriptions.last_day(last),
            }
        ),
        party=subscription.member,
    )


def _steps(steps: Sequence[Step]) -> list[RolloutStep]:
    return [
        RolloutStep(name=step.name, planned_on=step.planned_on, done_on=step.done_on)
        for step in steps
    ]
