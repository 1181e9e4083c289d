"""Pilots of new topics."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.pilots import Pilot
from services.procurement.store.rows import named
from services.procurement.store.tables import PilotRow

PILOT = TypeAdapter(Pilot)


async def pilot(session: AsyncSession, id: UUID) -> Pilot | None:  # noqa: A002
    """A pilot, locked until the transaction ends."""
    row = await session.get(PilotRow, id, with_for_update=True, populate_existing=True)
    return PILOT.validate_python(row.content) if row else None


async def pilots_past_date(session: AsyncSession, today: date) -> list[Pilot]:
    """Open pilots whose last day has passed, locked for this caller."""
    rows = await session.scalars(
        select(PilotRow)
        .where(PilotRow.state == "open", PilotRow.interest_by < today)
        .order_by(PilotRow.reference)
        .with_for_update(skip_locked=True)
    )
    return [PILOT.validate_python(row.content) for row in rows]


async def save_pilot(session: AsyncSession, pilot: Pilot) -> None:
    """Keep a pilot as it is now."""
    await session.merge(
        PilotRow(
            id=pilot.id,
            reference=pilot.reference,
            state=pilot.state,
            interest_by=pilot.interest_by,
            content=PILOT.dump_python(pilot, mode="json"),
        )
    )
    await session.flush()


async def show_pilot(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A pilot for people, by its reference or id."""
    row = await session.scalar(select(PilotRow).where(named(PilotRow, key)))
    return row.content if row else None
