"""Subscriptions of solutions, and the months whose costs were stated."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.subscriptions import Subscription, plus_months
from services.procurement.store.rows import named
from services.procurement.store.tables import StatedMonthRow, SubscriptionRow

SUBSCRIPTION = TypeAdapter(Subscription)


async def subscription(session: AsyncSession, id: UUID) -> Subscription | None:  # noqa: A002
    """A subscription, locked until the transaction ends."""
    row = await session.get(SubscriptionRow, id, with_for_update=True, populate_existing=True)
    return SUBSCRIPTION.validate_python(row.content) if row else None


async def subscriptions_of_order(session: AsyncSession, order_id: UUID) -> list[Subscription]:
    """What was subscribed to by an order, by line; locked until the transaction ends."""
    rows = await session.scalars(
        select(SubscriptionRow).where(SubscriptionRow.order_id == order_id).with_for_update()
    )
    found = [SUBSCRIPTION.validate_python(row.content) for row in rows]
    return sorted(found, key=lambda each: each.line)


async def subscriptions_of_contract(session: AsyncSession, contract_id: UUID) -> list[Subscription]:
    """All that was ever subscribed to by a contract, by reference."""
    rows = await session.scalars(
        select(SubscriptionRow)
        .where(SubscriptionRow.contract_id == contract_id)
        .order_by(SubscriptionRow.reference)
        .execution_options(populate_existing=True)
    )
    return [SUBSCRIPTION.validate_python(row.content) for row in rows]


async def save_subscriptions(session: AsyncSession, subscriptions: Iterable[Subscription]) -> None:
    """Keep subscriptions as they are now."""
    for each in subscriptions:
        await session.merge(
            SubscriptionRow(
                id=each.id,
                reference=each.reference,
                order_id=each.order_id,
                contract_id=each.contract_id,
                member=each.member,
                first_month=each.first_month,
                last_month=each.last_month,
                content=SUBSCRIPTION.dump_python(each, mode="json"),
            )
        )
    await session.flush()


async def next_month(session: AsyncSession, contract_id: UUID) -> date:
    """The first month of a contract whose costs are not stated; long ago where none is."""
    last = await session.scalar(
        select(func.max(StatedMonthRow.month)).where(StatedMonthRow.contract_id == contract_id)
    )
    return plus_months(last, 1) if last else date.min


async def unstated(session: AsyncSession, month: date) -> list[tuple[UUID, date]]:
    """Contracts with a month up to this one whose costs are to be stated, each with the first."""
    charged = await session.execute(
        select(
            SubscriptionRow.contract_id,
            func.min(SubscriptionRow.first_month),
            func.max(func.coalesce(SubscriptionRow.last_month, month)),
        )
        .where(SubscriptionRow.first_month <= month)
        .group_by(SubscriptionRow.contract_id)
    )
    stated = await session.execute(
        select(StatedMonthRow.contract_id, func.max(StatedMonthRow.month)).group_by(
            StatedMonthRow.contract_id
        )
    )
    following = {contract_id: plus_months(last, 1) for contract_id, last in stated}
    found: list[tuple[UUID, date]] = []
    for contract_id, first, last in charged:
        if first is None:
            continue
        begin = max(first, following.get(contract_id, first))
        if begin <= min(last, month):
            found.append((contract_id, begin))
    return sorted(found)


async def add_stated_month(
    session: AsyncSession, contract_id: UUID, month: date, total_cents: int
) -> None:
    """Keep that a month's costs were stated."""
    session.add(StatedMonthRow(contract_id=contract_id, month=month, total_cents=total_cents))
    await session.flush()


async def show_subscription(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A subscription for people, by its reference or id."""
    row = await session.scalar(select(SubscriptionRow).where(named(SubscriptionRow, key)))
    return row.content if row else None
