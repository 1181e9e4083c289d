"""Demand as the demand service states it: in a round, or waiting for a round or a contract."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.rounds import Demand
from services.procurement.domain.tenders import Requirement, Waiting
from services.procurement.store.tables import DemandRow
from shared.database.dialects import insert

DEMAND = TypeAdapter(Demand)
REQUIREMENT = TypeAdapter(Requirement)


async def save_demand(
    session: AsyncSession, demand: Demand, sequence: int, look_at: datetime
) -> None:
    """Keep what the demand service states about a demand, unless something newer is known.

    One in no round, or held by a tender need, is looked at then.
    """
    new = {
        "sequence": sequence,
        "round_id": demand.round_id,
        "member": demand.member,
        "quantity": demand.quantity,
        "revision": demand.revision,
        "content": DEMAND.dump_python(demand, mode="json"),
        "requirement": None,
    }
    await _save(session, demand.id, new, look_at, always=demand.round_id is None)


async def save_requirement(
    session: AsyncSession, requirement: Requirement, sequence: int, look_at: datetime
) -> None:
    """Keep that no contract can serve a requirement, unless something newer is known."""
    new = {**NOTHING, "sequence": sequence}
    new["requirement"] = REQUIREMENT.dump_python(requirement, mode="json")
    await _save(session, requirement.wanted.demand_id, new, look_at, always=True)


async def forget_demand(
    session: AsyncSession,
    id: UUID,  # noqa: A002
    sequence: int,
    look_at: datetime,
) -> None:
    """Keep that a demand no longer counts, unless something newer is known."""
    await _save(session, id, {**NOTHING, "sequence": sequence}, look_at, always=False)


NOTHING: dict[str, Any] = {
    "round_id": None,
    "member": None,
    "quantity": 0,
    "revision": 0,
    "content": None,
    "requirement": None,
}


async def _save(
    session: AsyncSession,
    id: UUID,  # noqa: A002
    new: dict[str, Any],
    look_at: datetime,
    *,
    always: bool,
) -> None:
    statement = insert(session.get_bind().dialect.name, DemandRow.__table__)  # type: ignore[arg-type]  # a Table
    held = case((DemandRow.tender_id.is_not(None), look_at))
    await session.execute(
        statement.values(id=id, look_at=look_at if always else None, **new).on_conflict_do_update(
            index_elements=["id"],
            set_={**new, "look_at": look_at if always else held},
            where=DemandRow.sequence < new["sequence"],
        )
    )


async def demands(session: AsyncSession, round_id: UUID) -> list[Demand]:
    """A round's accepted demand, by id."""
    rows = await session.scalars(
        select(DemandRow.content).where(DemandRow.round_id == round_id).order_by(DemandRow.id)
    )
    return [DEMAND.validate_python(content) for content in rows]


async def is_any_to_look_at(session: AsyncSession, now: datetime) -> bool:
    """Whether there is anything to look at now."""
    found = await session.scalar(select(DemandRow.id).where(DemandRow.look_at <= now).limit(1))
    return found is not None


async def to_look_at(session: AsyncSession, now: datetime) -> list[Waiting]:
    """What may wait for a contract and is to be looked at now, locked for this caller, by id."""
    rows = await session.scalars(
        select(DemandRow)
        .where(DemandRow.look_at <= now)
        .order_by(DemandRow.id)
        .with_for_update(skip_locked=True)
    )
    return [
        Waiting(
            row.id,
            DEMAND.validate_python(row.content) if row.content else None,
            REQUIREMENT.validate_python(row.requirement) if row.requirement else None,
            row.tender_id,
        )
        for row in rows
    ]


async def hold(
    session: AsyncSession,
    ids: Collection[UUID],
    tender_id: UUID | None,
    look_at: datetime | None,
) -> None:
    """Keep which need holds these demands, none for None, and when to look at them again."""
    for each in ids:
        row = await session.get_one(DemandRow, each)
        row.tender_id, row.look_at = tender_id, look_at
    await session.flush()


async def held_of_round(session: AsyncSession, round_id: UUID) -> dict[UUID, UUID]:
    """The demands of a round that a tender need holds, and which."""
    rows = await session.execute(
        select(DemandRow.id, DemandRow.tender_id)
        .where(DemandRow.round_id == round_id, DemandRow.tender_id.is_not(None))
        .order_by(DemandRow.id)
        .with_for_update()
    )
    return {row.id: row.tender_id for row in rows}


async def look_again(session: AsyncSession, now: datetime) -> None:
    """Look soon at all that waits for a contract: the contracts changed."""
    await session.execute(update(DemandRow).where(DemandRow.look_at > now).values(look_at=now))
