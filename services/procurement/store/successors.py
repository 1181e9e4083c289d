"""Members that ceased to exist, and what passes to those who stand in their place."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.store.tables import (
    DemandRow,
    MemberRow,
    OrderLineRow,
    OrderRow,
    ShareRow,
)


async def successors(session: AsyncSession) -> dict[str, str]:
    """Who stands in whose place, by member number."""
    rows = await session.execute(
        select(MemberRow.number, MemberRow.successor).where(MemberRow.successor.is_not(None))
    )
    return {row.number: row.successor for row in rows}


async def save_successor(session: AsyncSession, number: str, successor: str) -> None:
    """Keep who stands in a member's place."""
    await session.execute(
        update(MemberRow).where(MemberRow.number == number).values(successor=successor)
    )


async def pass_demand_on(session: AsyncSession, number: str, successor: str) -> None:
    """Let a member's demand be its successor's, as the demand service is about to state it."""
    rows = await session.scalars(
        select(DemandRow).where(DemandRow.member == number).order_by(DemandRow.id).with_for_update()
    )
    for row in rows:
        row.member = successor
        row.content = {**(row.content or {}), "member": successor}


async def rounds_to_state(session: AsyncSession, number: str) -> list[UUID]:
    """Rounds whose costs were not stated to a member yet."""
    rows = await session.scalars(
        select(ShareRow.round_id)
        .where(ShareRow.member == number, ShareRow.is_stated.is_(False))
        .order_by(ShareRow.round_id)
    )
    return list(rows)


async def pass_costs_on(session: AsyncSession, round_id: UUID, number: str, successor: str) -> None:
    """Let a successor pay a member's part of a round beside its own.

    Where one of them was told its costs already, each part stays with its own statement.
    """
    old, own = [
        await session.get(ShareRow, (round_id, each), with_for_update=True, populate_existing=True)
        for each in (number, successor)
    ]
    if old is None or old.is_stated or (own is not None and own.is_stated):
        return
    orders = select(OrderRow.id).where(OrderRow.round_id == round_id)
    await session.execute(
        update(OrderLineRow)
        .where(OrderLineRow.member == number, OrderLineRow.order_id.in_(orders))
        .values(member=successor)
        .execution_options(synchronize_session=False)
    )
    if own is None:
        own = ShareRow(
            round_id=round_id,
            member=successor,
            share=0,
            alone=0,
            list_price=0,
            balance=0,
            is_stated=False,
        )
        session.add(own)
    own.share += old.share
    own.alone += old.alone
    own.list_price += old.list_price
    own.balance += old.balance
    await session.delete(old)
    await session.flush()
