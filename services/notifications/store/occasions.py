"""What is to be told."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.notifications.domain import BOARD, KID, KINDS, Collecting, Occasion, Telling
from services.notifications.store.tables import MemberRow, OccasionRow
from shared.database.dialects import insert

_COLLECTED = [kind.name for kind in KINDS.values() if kind.collected]
_DAILY = [kind.name for kind in KINDS.values() if kind.daily]
_ADDRESSABLE = or_(
    OccasionRow.party.in_([BOARD, KID]),
    OccasionRow.party.in_(select(MemberRow.number)),
)
"""Whose address is known; what is for others waits until membership states them."""


async def tell(session: AsyncSession, *occasions: Occasion) -> None:
    """Keep what is to be told; what is kept already counts once."""
    if occasions:
        await session.execute(
            insert(
                session.get_bind().dialect.name,
                OccasionRow.__table__,  # type: ignore[arg-type]
            ).on_conflict_do_nothing(),
            [asdict(occasion) for occasion in occasions],
        )


async def told_parties(session: AsyncSession, cause: UUID, kind: str) -> set[str]:
    """Who is, or is going to be, told of this."""
    parties = select(OccasionRow.party).where(OccasionRow.cause == cause, OccasionRow.kind == kind)
    return set(await session.scalars(parties))


async def take_back(session: AsyncSession, kind: str, key: str, value: str) -> datetime | None:
    """Forget what is still to be told of something, since when it is; newer tells it whole.

    Args:
        key: where the event's data names it, by `value`.
    """
    rows = await session.scalars(
        select(OccasionRow)
        .where(OccasionRow.mail_id.is_(None), OccasionRow.kind == kind)
        .with_for_update()
    )
    replaced = [row for row in rows if row.data.get(key) == value]
    for row in replaced:
        await session.delete(row)
    return min((row.known_at for row in replaced), default=None)


async def due_tellings(
    session: AsyncSession, collecting: Collecting, now: datetime, limit: int
) -> list[Telling]:
    """What the next mails are to tell, locked for this caller; at most so many."""
    single = await session.scalars(
        select(OccasionRow)
        .where(
            OccasionRow.mail_id.is_(None),
            OccasionRow.kind.not_in([*_COLLECTED, *_DAILY]),
            _ADDRESSABLE,
        )
        .order_by(OccasionRow.known_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    tellings = [Telling((_occasion(row),)) for row in single]
    if len(tellings) < limit:
        waiting = await _due_daily(session, collecting, now)
        tellings += waiting[: limit - len(tellings)]
    if len(tellings) < limit:
        groups = await _due_groups(session, collecting, now)
        for kind, party in groups[: limit - len(tellings)]:
            if together := await _untold(session, kind, party):
                tellings.append(Telling(together))
    return tellings


async def _due_daily(session: AsyncSession, collecting: Collecting, now: datetime) -> list[Telling]:
    """What waited for the day's hour."""
    rows = await session.scalars(
        select(OccasionRow)
        .where(OccasionRow.mail_id.is_(None), OccasionRow.kind.in_(_DAILY), _ADDRESSABLE)
        .order_by(OccasionRow.known_at)
        .with_for_update(skip_locked=True)
    )
    return [
        Telling((_occasion(row),))
        for row in rows
        if collecting.is_due(KINDS[row.kind], row.known_at, row.known_at, now)
    ]


async def _due_groups(
    session: AsyncSession, collecting: Collecting, now: datetime
) -> list[tuple[str, str]]:
    """Kind and party of what was collected for long enough."""
    moment = OccasionRow.known_at.type
    groups = await session.execute(
        select(
            OccasionRow.kind,
            OccasionRow.party,
            func.min(OccasionRow.known_at, type_=moment),
            func.max(OccasionRow.known_at, type_=moment),
        )
        .where(OccasionRow.mail_id.is_(None), OccasionRow.kind.in_(_COLLECTED), _ADDRESSABLE)
        .group_by(OccasionRow.kind, OccasionRow.party)
        .order_by(OccasionRow.kind, OccasionRow.party)
    )
    return [
        (kind, party)
        for kind, party, first, last in groups
        if collecting.is_due(KINDS[kind], first, last, now)
    ]


async def _untold(session: AsyncSession, kind: str, party: str) -> tuple[Occasion, ...]:
    rows = await session.scalars(
        select(OccasionRow)
        .where(OccasionRow.mail_id.is_(None), OccasionRow.kind == kind, OccasionRow.party == party)
        .order_by(OccasionRow.known_at, OccasionRow.cause)
        .with_for_update(skip_locked=True)
    )
    return tuple(_occasion(row) for row in rows)


async def rewrite_untold(
    session: AsyncSession,
    parties: Sequence[str],
    rewritten: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    """Change the data of what these parties are still to be told."""
    rows = await session.scalars(
        select(OccasionRow)
        .where(OccasionRow.mail_id.is_(None), OccasionRow.party.in_(parties))
        .with_for_update()
    )
    for row in rows:
        row.data = rewritten(row.data)


async def told(session: AsyncSession, telling: Telling) -> None:
    """Note that a mail tells this; the events' data is needed no longer."""
    await session.execute(
        update(OccasionRow)
        .where(
            OccasionRow.cause.in_([occasion.cause for occasion in telling.occasions]),
            OccasionRow.kind == telling.kind.name,
            OccasionRow.party == telling.party,
        )
        .values(mail_id=telling.mail_id, data={})
        .execution_options(synchronize_session=False)
    )


def _occasion(row: OccasionRow) -> Occasion:
    return Occasion(
        cause=row.cause,
        kind=row.kind,
        party=row.party,
        type=row.type,
        data=row.data,
        known_at=row.known_at,
        correlation=row.correlation,
    )
