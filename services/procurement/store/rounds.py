"""Rounds, and how much demand is in them; reference numbers."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.rounds import Count, Round
from services.procurement.store.bundles import show_bundle
from services.procurement.store.rows import columns, named, read
from services.procurement.store.tables import DemandRow, MemberRow, NumberRow, OrderRow, RoundRow
from shared.database.dialects import insert
from shared.events.demand import digest_of


@dataclass(frozen=True, slots=True)
class Tally:
    """What has arrived of a round's demand; equal tallies mean that nothing changed between."""

    count: Count
    sequences: int
    unknown_members: int


async def next_references(session: AsyncSession, kind: str, year: int, count: int = 1) -> list[str]:
    """The next numbers of their kind and year, such as `R-2026-0001`, without gaps.

    The number's row stays locked until the transaction ends.
    """
    if not count:
        return []
    statement = insert(session.get_bind().dialect.name, NumberRow.__table__)  # type: ignore[arg-type]  # a Table
    last = await session.scalar(
        statement.values(kind=kind, year=year, last=count)
        .on_conflict_do_update(
            index_elements=["kind", "year"], set_={"last": NumberRow.last + count}
        )
        .returning(NumberRow.last)
    )
    return [f"{kind}-{year}-{number:04d}" for number in range(last - count + 1, last + 1)]


async def round_with(session: AsyncSession, id: UUID) -> Round | None:  # noqa: A002
    """A round, locked until the transaction ends."""
    row = await session.get(RoundRow, id, with_for_update=True, populate_existing=True)
    return _round(row) if row else None


async def save_round(session: AsyncSession, round: Round) -> None:  # noqa: A002
    """Keep a round's newest state; whoever was busy with it no longer is."""
    counted = round.counted
    await session.merge(
        RoundRow(
            **columns(round, "counted"),
            counted_demands=counted and counted.demands,
            counted_pieces=counted and counted.pieces,
            counted_revisions=counted and counted.revisions,
            counted_digest=counted and counted.digest,
            busy_until=None,
        )
    )


async def rounds_past_cut_off(session: AsyncSession, now: datetime) -> list[Round]:
    """Open rounds whose cut-off has come, locked for this caller."""
    rows = await session.scalars(
        select(RoundRow)
        .where(RoundRow.state == "open", RoundRow.cut_off <= now)
        .order_by(RoundRow.cut_off, RoundRow.reference)
        .with_for_update(skip_locked=True)
    )
    return [_round(row) for row in rows]


async def counted_rounds(session: AsyncSession, now: datetime) -> list[Round]:
    """Closed and counted rounds that nobody bundles right now, locked for this caller."""
    rows = await session.scalars(
        select(RoundRow)
        .where(
            RoundRow.state == "closed",
            RoundRow.counted_demands.is_not(None),
            or_(RoundRow.busy_until.is_(None), RoundRow.busy_until <= now),
        )
        .order_by(RoundRow.closed_at, RoundRow.reference)
        .with_for_update(skip_locked=True)
    )
    return [_round(row) for row in rows]


async def rounds_to_invite(session: AsyncSession, now: datetime, before: timedelta) -> list[Round]:
    """Open rounds within this time of their cut-off that nobody was invited to yet, locked for
    this caller; not those that opened in it, for their opening was just told."""
    latest = now + before
    rows = await session.scalars(
        select(RoundRow)
        .where(
            RoundRow.state == "open",
            RoundRow.cut_off > now,
            RoundRow.cut_off <= latest,
            RoundRow.invited_at.is_(None),
            or_(RoundRow.busy_until.is_(None), RoundRow.busy_until <= now),
        )
        .order_by(RoundRow.cut_off, RoundRow.reference)
        .with_for_update(skip_locked=True)
    )
    return [_round(row) for row in rows if row.opened_at < row.cut_off - before]


async def mark_invited(session: AsyncSession, id: UUID, now: datetime) -> bool:  # noqa: A002
    """Keep that a round's demand was looked at; False if it was before or the round closed."""
    row = await session.get(RoundRow, id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "open" or row.invited_at is not None:
        return False
    row.invited_at, row.busy_until = now, None
    return True


async def take(session: AsyncSession, id: UUID, until: datetime) -> None:  # noqa: A002
    """Mark a round as being bundled, so that no other replica begins with it."""
    (await session.get_one(RoundRow, id)).busy_until = until


async def is_taken(session: AsyncSession, id: UUID, until: datetime) -> bool:  # noqa: A002
    """Whether the round is still closed and marked by exactly this `take`."""
    row = await session.get(RoundRow, id, with_for_update=True, populate_existing=True)
    return row is not None and row.state == "closed" and row.busy_until == until


async def tally(session: AsyncSession, round_id: UUID) -> Tally:
    """What has arrived of a round's demand, and how many lines are of members still unknown."""
    total = (
        await session.execute(
            select(
                func.count(),
                func.coalesce(func.sum(DemandRow.quantity), 0),
                func.coalesce(func.sum(DemandRow.revision), 0),
                func.coalesce(func.sum(DemandRow.sequence), 0),
                func.count().filter(MemberRow.number.is_(None)),
            )
            .outerjoin(MemberRow, MemberRow.number == DemandRow.member)
            .where(DemandRow.round_id == round_id)
        )
    ).one()
    ids = await session.scalars(select(DemandRow.id).where(DemandRow.round_id == round_id))
    count = Count(total[0], int(total[1]), int(total[2]), digest_of(ids))
    return Tally(count, int(total[3]), total[4])


async def show_round(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A round for people, by its reference or id: what it waits for, what became of it."""
    row = await session.scalar(select(RoundRow).where(named(RoundRow, key)))
    if row is None:
        return None
    arrived = await tally(session, row.id)
    orders = await session.execute(
        select(OrderRow.state, func.count().label("orders"))
        .where(OrderRow.round_id == row.id)
        .group_by(OrderRow.state)
        .order_by(OrderRow.state)
    )
    return {
        **asdict(_round(row)),
        "arrived": {
            **asdict(arrived.count),
            "of_unknown_members": arrived.unknown_members,
        },
        "being_bundled_until": row.busy_until,
        "bundle": await show_bundle(session, row.reference),
        "orders": {each.state: each.orders for each in orders},
    }


def _round(row: RoundRow) -> Round:
    counted = (
        None
        if row.counted_demands is None or row.counted_pieces is None
        else Count(
            row.counted_demands,
            row.counted_pieces,
            row.counted_revisions or 0,
            row.counted_digest,
        )
    )
    return read(Round, row, counted=counted, categories=tuple(row.categories))
