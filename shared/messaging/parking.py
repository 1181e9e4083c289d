"""Messages set aside to be tried again later, kept in the service's database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from shared.database.tables import parked
from shared.database.transactions import Transaction
from shared.messaging.gate import Arrival

LEASE = timedelta(minutes=5)
"""How long a replica that took a parked message has before another may try it."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A message set aside, with when and why each round of tries failed."""

    position: int
    arrival: Arrival
    history: list[dict[str, Any]]


async def park(
    tx: Transaction, arrival: Arrival, subject: str, due: datetime, history: list[dict[str, Any]]
) -> None:
    """Set a message aside, behind those already parked on its subject."""
    await tx.session.execute(
        parked.insert().values(
            subject=subject,
            exchange=arrival.exchange,
            routing_key=arrival.routing_key,
            user=arrival.user or "",
            body=arrival.body,
            failures=len(history),
            history=history,
            due_at=due,
        )
    )


async def holds(tx: Transaction, subject: str) -> bool:
    """Whether a message on this subject is parked, so that later ones must wait behind it."""
    return bool(await tx.session.scalar(select(exists().where(parked.c.subject == subject))))


async def claim(tx: Transaction, most: int = 20) -> list[Parked]:
    """Take what is due, the oldest of each subject; others leave it alone for a while."""
    first = select(func.min(parked.c.position)).group_by(parked.c.subject).scalar_subquery()
    rows = (
        await tx.session.execute(
            select(parked)
            .where(parked.c.position.in_(first), parked.c.due_at <= tx.now)
            .order_by(parked.c.position)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    ).all()
    if rows:
        await tx.session.execute(
            update(parked)
            .where(parked.c.position.in_([row.position for row in rows]))
            .values(due_at=tx.now + LEASE)
        )
    return [
        Parked(
            row.position,
            Arrival(row.exchange, row.routing_key, row.user or None, {}, row.body),
            row.history,
        )
        for row in rows
    ]


async def release(tx: Transaction, one: Parked) -> bool:
    """Take a message out, to take effect in this transaction; False where another has."""
    gone = await tx.session.execute(
        delete(parked).where(parked.c.position == one.position).returning(parked.c.position)
    )
    return gone.first() is not None


async def defer(tx: Transaction, one: Parked, due: datetime, history: list[dict[str, Any]]) -> None:
    """Leave a message parked until another time."""
    await tx.session.execute(
        update(parked)
        .where(parked.c.position == one.position)
        .values(due_at=due, history=history, failures=len(history))
    )
