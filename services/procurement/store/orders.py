"""Orders with their lines, deliveries and invoices, and what of a round is settled."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.costs import Costs, Share, costs
from services.procurement.domain.orders import Order, OrderLine
from services.procurement.domain.rounds import Place
from services.procurement.store.rows import columns, named, read
from services.procurement.store.tables import (
    DeliveryRow,
    InvoiceRow,
    OrderLineRow,
    OrderRow,
    ShareRow,
)

SETTLED = ("refused", "invoiced")


async def order(session: AsyncSession, id: UUID) -> Order | None:  # noqa: A002
    """An order with its lines, locked until the transaction ends."""
    row = await session.get(OrderRow, id, with_for_update=True, populate_existing=True)
    return await _order(session, row) if row else None


async def add_orders(session: AsyncSession, orders: Sequence[Order]) -> None:
    """Keep orders that were just placed."""
    if orders:
        await session.execute(insert(OrderRow), [columns(order, "lines") for order in orders])
        await session.execute(
            insert(OrderLineRow),
            [{"order_id": order.id, **columns(line)} for order in orders for line in order.lines],
        )


async def save_order(session: AsyncSession, order: Order) -> None:
    """Keep an order's new state and that of its lines."""
    await session.merge(OrderRow(**columns(order, "lines")))
    await session.execute(
        update(OrderLineRow),
        [{"order_id": order.id, **columns(line)} for line in order.lines],
    )


async def is_delivery_known(session: AsyncSession, id: UUID) -> bool:  # noqa: A002
    """Whether a delivery was recorded before."""
    return await session.get(DeliveryRow, id) is not None


async def add_delivery(
    session: AsyncSession,
    *,
    id: UUID,  # noqa: A002
    order_id: UUID,
    delivered_on: date,
    pieces: Sequence[tuple[int, int]],
) -> None:
    """Keep a delivery."""
    listed = [list(each) for each in pieces]
    session.add(DeliveryRow(id=id, order_id=order_id, delivered_on=delivered_on, pieces=listed))


async def known_invoice(session: AsyncSession, id: UUID, number: str) -> UUID | None:  # noqa: A002
    """The order that has an invoice of this id or number already."""
    found: UUID | None = await session.scalar(
        select(InvoiceRow.order_id).where((InvoiceRow.id == id) | (InvoiceRow.number == number))
    )
    return found


async def add_invoice(
    session: AsyncSession,
    *,
    id: UUID,  # noqa: A002
    order_id: UUID,
    number: str,
    invoiced_on: date,
    net: int,
    vat: int,
) -> None:
    """Keep an invoice."""
    session.add(
        InvoiceRow(
            id=id, order_id=order_id, number=number, invoiced_on=invoiced_on, net=net, vat=vat
        )
    )


async def add_shares(session: AsyncSession, round_id: UUID, shares: Sequence[Share]) -> None:
    """Keep what each member is to pay for a round that was just ordered."""
    if shares:
        rows = [{"round_id": round_id, "is_stated": False, **columns(each)} for each in shares]
        await session.execute(insert(ShareRow), rows)


async def shares(session: AsyncSession, round_id: UUID) -> list[Share]:
    """What each member is to pay for a round, by member."""
    rows = await session.scalars(
        select(ShareRow).where(ShareRow.round_id == round_id).order_by(ShareRow.member)
    )
    return [read(Share, row) for row in rows]


async def newly_settled(session: AsyncSession, round_id: UUID) -> list[str]:
    """Members with no unsettled order left in a round, each told once, by number.

    The caller holds the round's lock, so that of two orders settled at once one sees both.
    """
    unsettled = (
        select(OrderLineRow.member)
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(OrderRow.round_id == round_id, OrderRow.state.not_in(SETTLED))
    )
    settled = (
        ShareRow.round_id == round_id,
        ShareRow.is_stated.is_(False),
        ShareRow.member.not_in(unsettled),
    )
    members = sorted(await session.scalars(select(ShareRow.member).where(*settled)))
    await session.execute(
        update(ShareRow)
        .where(ShareRow.round_id == round_id, ShareRow.member.in_(members))
        .values(is_stated=True)
    )
    return members


async def is_round_answered(session: AsyncSession, round_id: UUID) -> bool:
    """Whether no order of a round awaits KID's answer."""
    awaits = exists().where(OrderRow.round_id == round_id, OrderRow.state == "placed")
    return not await session.scalar(select(awaits))


async def accepted_parts(session: AsyncSession, round_id: UUID) -> dict[str, Fraction]:
    """Per member the part of its shares that KID accepted, from 0 to 1."""
    rows = await session.execute(
        select(OrderLineRow.member, func.sum(OrderLineRow.charged), func.sum(OrderLineRow.share))
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(OrderRow.round_id == round_id)
        .group_by(OrderLineRow.member)
    )
    return {
        member: min(Fraction(int(charged or 0), int(share)), Fraction(1)) if share else Fraction(0)
        for member, charged, share in rows
    }


async def is_round_settled(session: AsyncSession, round_id: UUID) -> bool:
    """Whether no order of a round awaits its answer or invoice."""
    is_open = exists().where(OrderRow.round_id == round_id, OrderRow.state.not_in(SETTLED))
    return not await session.scalar(select(is_open))


async def lines_in_round(
    session: AsyncSession, round_id: UUID, member: str
) -> list[tuple[str, OrderLine]]:
    """A member's lines in a round with the reference of their order, in order of both."""
    rows = await session.execute(
        select(OrderRow.reference, OrderLineRow)
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(OrderRow.round_id == round_id, OrderLineRow.member == member)
        .order_by(OrderRow.reference, OrderLineRow.line)
    )
    return [(reference, read(OrderLine, row)) for reference, row in rows]


async def costs_of_round(session: AsyncSession, round_id: UUID) -> Costs:
    """What all members pay for a round."""
    rows = await session.scalars(
        select(OrderLineRow)
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(OrderRow.round_id == round_id)
    )
    return costs(read(OrderLine, row) for row in rows)


async def show_order(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """An order's state for people, by its reference or id."""
    row = await session.scalar(select(OrderRow).where(named(OrderRow, key)))
    if row is None:
        return None
    shown = await _order(session, row)
    deliveries = await session.scalars(
        select(DeliveryRow)
        .where(DeliveryRow.order_id == row.id)
        .order_by(DeliveryRow.delivered_on, DeliveryRow.id)
    )
    return {
        **asdict(shown),
        "net": shown.net,
        "net_accepted": shown.net_accepted,
        "deliveries": [
            {"id": each.id, "delivered_on": each.delivered_on, "pieces": each.pieces}
            for each in deliveries
        ],
    }


async def _order(session: AsyncSession, row: OrderRow) -> Order:
    lines = await session.scalars(
        select(OrderLineRow)
        .where(OrderLineRow.order_id == row.id)
        .order_by(OrderLineRow.line)
        .execution_options(populate_existing=True)
    )
    return read(
        Order,
        row,
        place=Place(**row.place),
        lines=tuple(read(OrderLine, line) for line in lines),
    )
