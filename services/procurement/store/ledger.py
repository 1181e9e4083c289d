"""A year's contracts, rounds and orders in one piece, for reports and open data."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.store.tables import (
    Base,
    ContractRow,
    ContractVersionRow,
    DeliveryRow,
    ItemRow,
    MemberRow,
    OrderLineRow,
    OrderRow,
    RoundRow,
    ShareRow,
)

Row = TypeVar("Row", bound=Base)


async def show_ledger(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A year by its number, or `all`; None for anything else."""
    if key != "all" and not (key.isascii() and key.isdecimal() and len(key) == 4):
        return None
    first = date(1, 1, 1) if key == "all" else date(int(key), 1, 1)
    last = date(9999, 12, 31) if key == "all" else date(int(key), 12, 31)
    begins = datetime(first.year, 1, 1, tzinfo=UTC)
    ends = datetime(last.year, 12, 31, 23, 59, 59, tzinfo=UTC)
    orders = await _rows(
        session, OrderRow, OrderRow.placed_on.between(first, last), OrderRow.reference
    )
    of_orders = select(OrderRow.id).where(OrderRow.placed_on.between(first, last))
    lines = await _by(session, OrderLineRow, OrderLineRow.order_id.in_(of_orders), "order_id")
    deliveries = await _by(session, DeliveryRow, DeliveryRow.order_id.in_(of_orders), "order_id")
    ordered_from = {order.round_id for order in orders}
    rounds = [
        each
        for each in await _rows(session, RoundRow, RoundRow.opened_at <= ends, RoundRow.reference)
        if each.id in ordered_from or (each.closed_at or ends) >= begins
    ]
    shares = await _by(session, ShareRow, ShareRow.member.is_not(None), "round_id")
    registered = await session.execute(
        select(ContractVersionRow.contract_id, func.min(ContractVersionRow.registered_at)).group_by(
            ContractVersionRow.contract_id
        )
    )
    since = {row[0]: row[1] for row in registered}
    contracts = await _rows(
        session,
        ContractRow,
        (ContractRow.valid_from <= last) & (ContractRow.valid_until >= first),
        ContractRow.reference,
    )
    return {
        "year": key,
        "members": {m.number: m.name for m in await session.scalars(select(MemberRow))},
        "items": {i.number: _plain(i) for i in await session.scalars(select(ItemRow))},
        "contracts": [_plain(each) | {"registered_at": since[each.id]} for each in contracts],
        "rounds": [
            _plain(each)
            | {"demands": each.counted_demands, "pieces": each.counted_pieces}
            | {"shares": [_plain(share) for share in shares[each.id]]}
            for each in rounds
        ],
        "orders": [
            _plain(each)
            | {"lines": [_plain(line) for line in lines[each.id]]}
            | {"deliveries": [_plain(delivery) for delivery in deliveries[each.id]]}
            for each in orders
        ],
    }


async def _rows(session: AsyncSession, table: type[Row], where: Any, *order: Any) -> list[Row]:
    found: Iterable[Row] = await session.scalars(select(table).where(where).order_by(*order))
    return list(found)


async def _by(
    session: AsyncSession, table: type[Row], where: Any, owner: str
) -> dict[UUID, list[Row]]:
    grouped: dict[UUID, list[Row]] = defaultdict(list)
    for row in await _rows(session, table, where, *table.__table__.primary_key):
        grouped[getattr(row, owner)].append(row)
    return grouped


def _plain(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
