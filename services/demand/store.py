"""Demand's tables and queries: demands, and what other services state about the world."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ColumnElement, Date, String, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.demand.domain import Demand, Item, Round, Status, Wish
from shared.database import Utc


class Base(DeclarativeBase):
    """Demand's own tables."""


class DemandRow(Base):
    __tablename__ = "demands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    member: Mapped[str] = mapped_column(String(5), index=True)
    status: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    submitted_at: Mapped[datetime] = mapped_column(Utc)
    item: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str | None] = mapped_column(String(200))
    requirement: Mapped[str | None] = mapped_column(String(2000))
    quantity: Mapped[int]
    ordered: Mapped[int]
    unit: Mapped[str] = mapped_column(String(3))
    place: Mapped[dict[str, str]] = mapped_column(JSON)
    needed_from: Mapped[date | None] = mapped_column(Date)
    needed_by: Mapped[date] = mapped_column(Date)
    round_id: Mapped[UUID | None] = mapped_column(index=True)
    term_months: Mapped[int | None]
    price_ceiling_cents: Mapped[int | None] = mapped_column(BigInteger)
    equivalents: Mapped[list[str]] = mapped_column(JSON)
    minimum_quantity: Mapped[int | None]
    cost_centre: Mapped[str | None] = mapped_column(String(60))
    talk: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class MemberRow(Base):
    """A member as membership last stated it."""

    __tablename__ = "members"

    number: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    leaves_on: Mapped[date | None] = mapped_column(Date)
    sequence: Mapped[int]


class ItemRow(Base):
    """A catalogue item as procurement last stated it."""

    __tablename__ = "items"

    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(30))
    unit: Mapped[str] = mapped_column(String(3))
    monthly: Mapped[bool]
    orderable: Mapped[bool]
    sequence: Mapped[int]


class RoundRow(Base):
    """A round as procurement stated it."""

    __tablename__ = "rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    categories: Mapped[list[str]] = mapped_column(JSON)
    cut_off: Mapped[datetime | None] = mapped_column(Utc)
    closed: Mapped[bool]


_WISH = tuple(Wish.__dataclass_fields__)


async def demand(session: AsyncSession, id: UUID) -> Demand | None:  # noqa: A002
    """A demand, locked until the transaction ends."""
    row = await session.get(DemandRow, id, with_for_update=True)
    return None if row is None else _demand(row)


async def save_demand(session: AsyncSession, demand: Demand) -> None:
    """Keep a demand's state."""
    state = asdict(demand)
    await session.merge(
        DemandRow(**state.pop("wish"), **{**state, "talk": [dict(entry) for entry in demand.talk]})
    )
    await session.flush()


async def waiting(session: AsyncSession, categories: set[str]) -> list[Demand]:
    """Open demands of these categories that are in no round yet, locked."""
    rows = await session.scalars(
        select(DemandRow)
        .join(ItemRow, ItemRow.item == DemandRow.item)
        .where(
            DemandRow.status == Status.OPEN,
            DemandRow.round_id.is_(None),
            ItemRow.category.in_(categories),
        )
        .order_by(DemandRow.reference)
        .with_for_update(of=DemandRow)
    )
    return [_demand(row) for row in rows]


async def open_demands(session: AsyncSession, number: str) -> list[Demand]:
    """A member's demands that can still become orders, locked."""
    rows = await session.scalars(
        select(DemandRow)
        .where(DemandRow.member == number, DemandRow.status.in_([Status.OPEN, Status.CONSULTATION]))
        .order_by(DemandRow.reference)
        .with_for_update()
    )
    return [_demand(row) for row in rows]


async def count(session: AsyncSession, round_id: UUID) -> tuple[int, int]:
    """How many demands, and pieces in all, count in a round."""
    found = await session.execute(
        select(func.count(), func.coalesce(func.sum(DemandRow.quantity), 0)).where(
            DemandRow.round_id == round_id, DemandRow.status == Status.OPEN
        )
    )
    demands, pieces = found.one()
    return int(demands), int(pieces)


async def member_is_active(session: AsyncSession, number: str, today: date) -> bool:
    """Whether a member belongs to the cooperative today."""
    row = await session.get(MemberRow, number)
    return row is not None and (row.leaves_on is None or row.leaves_on >= today)


async def save_member(session: AsyncSession, *, sequence: int, **state: Any) -> None:
    """Keep a member's state, unless a newer one is known."""
    row = await session.get(MemberRow, state["number"], with_for_update=True)
    if row is None or row.sequence < sequence:
        await session.merge(MemberRow(sequence=sequence, **state))


async def items(session: AsyncSession, codes: set[str]) -> dict[str, Item]:
    """The catalogue's items with these codes."""
    rows = await session.scalars(select(ItemRow).where(ItemRow.item.in_(codes)))
    return {
        row.item: Item(row.item, row.name, row.category, row.unit, row.monthly, row.orderable)
        for row in rows
    }


async def save_item(session: AsyncSession, item: Item, sequence: int) -> None:
    """Keep an item's state, unless a newer one is known."""
    row = await session.get(ItemRow, item.item, with_for_update=True)
    if row is None or row.sequence < sequence:
        await session.merge(ItemRow(sequence=sequence, **asdict(item)))


async def round_of(session: AsyncSession, id: UUID, *, alone: bool = False) -> Round | None:  # noqa: A002
    """A round, held against closing until the transaction ends; `alone`: to close it."""
    row = await session.get(
        RoundRow, id, with_for_update={"read": not alone}, populate_existing=True
    )
    return None if row is None or row.cut_off is None else _round(row)


async def open_round(session: AsyncSession, category: str, now: datetime) -> Round | None:
    """The open round that collects a category and closes first, held against closing."""
    rows = await session.scalars(
        select(RoundRow)
        .where(_open(now))
        .order_by(RoundRow.cut_off, RoundRow.id)
        .with_for_update(read=True)
    )
    return next((_round(row) for row in rows if category in row.categories), None)


async def save_round(session: AsyncSession, round_: Round) -> None:
    """Keep a round; one that was closed stays so, whichever message came first."""
    row = await session.get(RoundRow, round_.id, with_for_update=True)
    closed = round_.closed or (row is not None and row.closed)
    await session.merge(
        RoundRow(
            id=round_.id,
            reference=round_.reference,
            categories=sorted(round_.categories),
            cut_off=round_.cut_off,
            closed=closed,
        )
    )
    await session.flush()


async def show_demand(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A demand's state for people, by id or reference."""
    row = await session.scalar(select(DemandRow).where(_named(key)))
    if row is None:
        return None
    found = _demand(row)
    return {**asdict(found.wish), **{k: v for k, v in asdict(found).items() if k != "wish"}}


def _named(key: str) -> ColumnElement[bool]:
    try:
        return or_(DemandRow.id == UUID(key), DemandRow.reference == key)
    except ValueError:
        return DemandRow.reference == key


def _open(now: datetime) -> ColumnElement[bool]:
    return RoundRow.closed.is_(False) & (RoundRow.cut_off > now)


def _demand(row: DemandRow) -> Demand:
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
    )


def _round(row: RoundRow) -> Round:
    if row.cut_off is None:
        raise LookupError(f"round {row.id} has no cut-off yet")
    return Round(row.id, row.reference, frozenset(row.categories), row.cut_off, row.closed)
