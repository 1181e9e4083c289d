"""Tender needs, each whole: what is wanted, the newest proposal, the decision."""

from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.tenders import Need
from services.procurement.store.rows import named
from services.procurement.store.tables import TenderRow

NEED = TypeAdapter(Need)


async def tender(session: AsyncSession, id: UUID) -> Need | None:  # noqa: A002
    """A tender need, locked until the transaction ends."""
    row = await session.get(TenderRow, id, with_for_update=True, populate_existing=True)
    return NEED.validate_python(row.content) if row else None


async def open_tender(session: AsyncSession, category: str, year: int) -> Need | None:
    """The undecided need of a category and year, locked until the transaction ends."""
    row = await session.scalar(
        select(TenderRow)
        .where(
            TenderRow.category == category, TenderRow.year == year, TenderRow.state == "proposed"
        )
        .with_for_update()
    )
    return NEED.validate_python(row.content) if row else None


async def save_tender(session: AsyncSession, need: Need) -> None:
    """Keep a need's newest state."""
    await session.merge(
        TenderRow(
            id=need.id,
            reference=need.reference,
            category=need.category,
            year=need.year,
            state=need.state,
            content=NEED.dump_python(need, mode="json"),
        )
    )
    await session.flush()


async def show_tender(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A tender need for people, by its reference or id."""
    row = await session.scalar(select(TenderRow).where(named(TenderRow, key)))
    return row.content if row else None
