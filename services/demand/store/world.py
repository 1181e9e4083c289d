"""What other services state about the world: members, items, rounds."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.demand.domain import Item, Offer, Round
from services.demand.store.tables import ItemRow, MemberRow, RoundRow


async def member_is_active(session: AsyncSession, number: str, today: date) -> bool:
    """Whether a member belongs to the cooperative today."""
    row = await session.get(MemberRow, number)
    return row is not None and (row.leaves_on is None or row.leaves_on >= today)


async def member_kind(session: AsyncSession, number: str) -> str:
    """What a member is in law; empty where it is not known."""
    row = await session.get(MemberRow, number)
    return (row and row.kind) or ""


async def save_member(session: AsyncSession, *, sequence: int, **state: Any) -> None:
    """Keep a member's state, unless a newer one is known."""
    row = await session.get(MemberRow, state["number"], with_for_update=True)
    if row is None or row.sequence < sequence:
        await session.merge(MemberRow(sequence=sequence, **state))


async def approval_above_cents(session: AsyncSession, number: str) -> int | None:
    """From which expected net value on a member wants two persons; None where it never said."""
    row = await session.get(MemberRow, number)
    return None if row is None else row.approval_above_cents


async def set_approval_above(session: AsyncSession, number: str, cents: int | None) -> None:
    """Keep from which expected net value on a member wants two persons."""
    row = await session.get(MemberRow, number, with_for_update=True)
    if row is None:
        raise LookupError(f"no member {number}")
    row.approval_above_cents = cents
    await session.flush()


async def items(session: AsyncSession, codes: set[str]) -> dict[str, Item]:
    """The catalogue's items with these codes."""
    rows = await session.scalars(select(ItemRow).where(ItemRow.item.in_(codes)))
    return {
        row.item: Item(
            row.item,
            row.name,
            row.category,
            row.unit,
            row.monthly,
            row.orderable,
            tuple(_offer(offer) for offer in row.offers),
        )
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


def _open(now: datetime) -> ColumnElement[bool]:
    return RoundRow.closed.is_(False) & (RoundRow.cut_off > now)


def _offer(kept: dict[str, Any]) -> Offer:
    tiers = tuple((threshold, cents) for threshold, cents in kept["tiers"])
    return Offer(**{**kept, "tiers": tiers, "buyers": tuple(kept["buyers"])})


def _round(row: RoundRow) -> Round:
    if row.cut_off is None:
        raise LookupError(f"round {row.id} has no cut-off yet")
    return Round(row.id, row.reference, frozenset(row.categories), row.cut_off, row.closed)
