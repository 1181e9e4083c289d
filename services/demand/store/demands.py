"""Demands kept and found."""

from dataclasses import asdict
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.demand.domain import ALIVE, Demand, Peer, Status, Wish, told
from services.demand.store.tables import DemandRow, ItemRow, MemberRow, RoundRow

_WISH = tuple(Wish.__dataclass_fields__)
MOST_COMPARED = 200
"""A member's demands that a new one is compared with."""


async def demand(session: AsyncSession, id: UUID) -> Demand | None:  # noqa: A002
    """A demand, locked until the transaction ends."""
    row = await session.get(DemandRow, id, with_for_update=True)
    return None if row is None else demand_of(row)


async def save_demand(
    session: AsyncSession, demand: Demand, *, looked_at_on: date | None = None
) -> None:
    """Keep a demand's state; `looked_at_on` is the day whose due steps it has taken."""
    state = asdict(demand)
    row = DemandRow(
        **state.pop("wish"), **{**state, "talk": [dict(entry) for entry in demand.talk]}
    )
    if looked_at_on is not None:
        row.looked_at_on = looked_at_on
    await session.merge(row)
    await session.flush()


async def waiting(session: AsyncSession, categories: set[str]) -> list[Demand]:
    """Demands of these categories that are open, or await approval, and in no round yet, locked."""
    rows = await session.scalars(
        select(DemandRow)
        .join(ItemRow, ItemRow.item == DemandRow.item)
        .where(
            DemandRow.status.in_((Status.OPEN, Status.AWAITING)),
            DemandRow.round_id.is_(None),
            ItemRow.category.in_(categories),
        )
        .order_by(DemandRow.reference)
        .with_for_update(of=DemandRow)
    )
    return [demand_of(row) for row in rows]


async def unpriced(session: AsyncSession, item: str) -> list[Demand]:
    """Open demands for an item, or for which it would do, of which nobody knows what they are
    worth; locked."""
    rows = await session.scalars(
        select(DemandRow)
        .where(DemandRow.status == Status.OPEN, DemandRow.value_cents == 0)
        .order_by(DemandRow.reference)
        .with_for_update()
    )
    return [demand_of(row) for row in rows if item in (row.item, *row.equivalents)]


async def open_demands(session: AsyncSession, number: str) -> list[Demand]:
    """A member's demands that can still become orders, locked."""
    rows = await session.scalars(
        select(DemandRow)
        .where(DemandRow.member == number, DemandRow.status.in_(ALIVE))
        .order_by(DemandRow.reference)
        .with_for_update()
    )
    return [demand_of(row) for row in rows]


async def all_of(session: AsyncSession, number: str) -> list[Demand]:
    """All that a member ever asked for, locked."""
    rows = await session.scalars(
        select(DemandRow)
        .where(DemandRow.member == number)
        .order_by(DemandRow.reference)
        .with_for_update()
    )
    return [demand_of(row) for row in rows]


async def counting(session: AsyncSession, round_id: UUID) -> list[tuple[UUID, int, int]]:
    """The demands that count in a round, each with its pieces and its revision."""
    found = await session.execute(
        select(DemandRow.id, DemandRow.quantity, DemandRow.revision).where(
            DemandRow.round_id == round_id, DemandRow.status == Status.OPEN
        )
    )
    return [(id, pieces, revision) for id, pieces, revision in found]  # noqa: A001


async def to_look_at(session: AsyncSession, today: date) -> list[UUID]:
    """Demands with which the clock may have made something due: not looked at today, or awaiting
    approval for a round that closed. What is in a round and counts is that round's business."""
    is_late = or_(DemandRow.looked_at_on.is_(None), DemandRow.looked_at_on < today)
    closed = select(RoundRow.id).where(RoundRow.closed)
    rows = await session.scalars(
        select(DemandRow.id)
        .where(
            or_(
                DemandRow.status.in_((Status.CONSULTATION, Status.AWAITING)) & is_late,
                (DemandRow.status == Status.AWAITING) & DemandRow.round_id.in_(closed),
                (DemandRow.status == Status.OPEN)
                & DemandRow.round_id.is_(None)
                & (DemandRow.needed_by <= today),
            )
        )
        .order_by(DemandRow.reference)
    )
    return list(rows)


async def of_member(session: AsyncSession, wish: Wish, within_days: int) -> list[Demand]:
    """A member's demands for the same items, or in words too, that are not done and are needed
    within so many days of a wish; the newest."""
    span = timedelta(days=within_days)
    same = (
        DemandRow.item.in_({wish.item, *wish.equivalents})
        if wish.item
        else DemandRow.item.is_(None)
    )
    rows = await session.scalars(
        select(DemandRow)
        .where(
            DemandRow.member == wish.member,
            DemandRow.status.in_(ALIVE),
            same,
            DemandRow.needed_by.between(wish.needed_by - span, wish.needed_by + span),
        )
        .order_by(DemandRow.submitted_at.desc(), DemandRow.reference.desc())
        .limit(MOST_COMPARED)
    )
    return [demand_of(row) for row in rows]


async def peers(session: AsyncSession, category: str) -> list[Peer]:
    """What members told of accepted demand of a category, oldest first."""
    counting = (Status.OPEN, Status.ORDERED, Status.PARTLY_ORDERED, Status.UNFILLED)
    rows = await session.execute(
        select(DemandRow, MemberRow.kind)
        .join(MemberRow, MemberRow.number == DemandRow.member)
        .where(DemandRow.category == category, DemandRow.status.in_(counting))
        .order_by(DemandRow.submitted_at, DemandRow.reference)
    )
    return [
        Peer(row.member, kind or "", row.quantity, told(demand_of(row).wish)) for row, kind in rows
    ]


def demand_of(row: DemandRow) -> Demand:
    """A row as the domain knows it."""
    wish = {name: getattr(row, name) for name in _WISH}
    return Demand(
        id=row.id,
        reference=row.reference,
        wish=Wish(**{**wish, "equivalents": tuple(row.equivalents)}),
        status=Status(row.status),
        submitted_at=row.submitted_at,
        revision=row.revision,
        name=row.name,
        ordered=row.ordered,
        talk=tuple(row.talk),
        value_cents=row.value_cents,
        above_cents=row.above_cents,
        part_of=row.part_of,
        without_contract=row.without_contract,
    )
