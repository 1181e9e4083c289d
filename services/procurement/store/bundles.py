"""Plans as they were computed, so that reports need no solver."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.bundling.model import Plan
from services.procurement.store.rows import named
from services.procurement.store.tables import BundleRow, ItemRow, MemberRow, RoundRow

PLAN = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A round's plan with its figures; `basis` is what it was computed on.

    `gap_ppm` is how far, in millionths, its total may lie above the cheapest, rounded up.
    """

    id: UUID
    round_id: UUID
    basis: str
    gap_ppm: int
    plan: Plan
    figures: dict[str, Any]
    approved_by: str | None = None


async def save_bundle(session: AsyncSession, bundle: Bundle, now: datetime) -> None:
    """Keep a plan, or who approved it."""
    row = await session.get(BundleRow, bundle.id)
    if row is None:
        row = BundleRow(
            id=bundle.id,
            round_id=bundle.round_id,
            proposed_at=now,
            basis=bundle.basis,
            gap_ppm=bundle.gap_ppm,
            plan=PLAN.dump_python(bundle.plan, mode="json"),
            figures=bundle.figures,
        )
        session.add(row)
    row.approved_by = bundle.approved_by


async def bundle_of(session: AsyncSession, round_id: UUID) -> Bundle | None:
    """A round's newest plan."""
    row = await session.scalar(_newest(round_id))
    return _bundle(row) if row else None


async def figures_of(session: AsyncSession, round_id: UUID) -> dict[str, Any]:
    """The figures of a round's newest plan."""
    row = (await session.scalars(_newest(round_id))).one()
    return row.figures


async def proposed_rounds(session: AsyncSession, limit_ppm: int) -> list[UUID]:
    """Rounds whose newest plan awaits approval and has a gap within the limit."""
    rows = await session.execute(
        select(BundleRow.round_id, BundleRow.gap_ppm)
        .join(RoundRow, RoundRow.id == BundleRow.round_id)
        .where(RoundRow.state == "proposed")
        .order_by(BundleRow.proposed_at, BundleRow.id)
    )
    newest = {row.round_id: row.gap_ppm for row in rows}
    return [round_id for round_id, gap in newest.items() if gap <= limit_ppm]


async def show_bundle(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A bundle's figures for people, by its id or its round's reference."""
    statement = select(BundleRow).join(RoundRow, RoundRow.id == BundleRow.round_id)
    try:
        statement = statement.where(BundleRow.id == UUID(key))
    except ValueError:
        statement = statement.where(RoundRow.reference == key)
    row = await session.scalar(statement.order_by(BundleRow.proposed_at.desc()).limit(1))
    if row is None:
        return None
    return {
        "id": row.id,
        "round_id": row.round_id,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by,
        "gap_ppm": row.gap_ppm,
        **row.figures,
        "tiers": row.plan["tiers"],
        "certificate": row.plan["certificate"],
    }


async def report_of(session: AsyncSession, key: str) -> tuple[Plan, str, dict[str, str]] | None:
    """What the report of a round, by id or reference, is drawn from: plan, title, names."""
    found = await session.scalar(select(RoundRow).where(named(RoundRow, key)))
    bundle = await bundle_of(session, found.id) if found else None
    if found is None or bundle is None:
        return None
    names: dict[str, str] = {}
    for table in (MemberRow, ItemRow):
        rows = await session.execute(select(table.number, table.name))
        names |= {row.number: row.name for row in rows}
    return bundle.plan, f"{found.title} ({found.reference})", names


def _newest(round_id: UUID) -> Select[BundleRow]:
    return (
        select(BundleRow)
        .where(BundleRow.round_id == round_id)
        .order_by(BundleRow.proposed_at.desc(), BundleRow.id.desc())
        .limit(1)
    )


def _bundle(row: BundleRow) -> Bundle:
    return Bundle(
        id=row.id,
        round_id=row.round_id,
        basis=row.basis,
        gap_ppm=row.gap_ppm,
        plan=PLAN.validate_python(row.plan),
        figures=row.figures,
        approved_by=row.approved_by,
    )
