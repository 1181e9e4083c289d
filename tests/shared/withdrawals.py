"""A message to receive again and again, and handlers that do well or fail."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select

from shared.database import Database
from shared.database.tables import sequences
from shared.database.transactions import CURRENT
from shared.events import Event
from shared.messaging.gate import Arrival
from shared.messaging.receiving import EVENT, Receiver
from tests.builders import (
    AT_ONCE,
    OPERATORS,
    an_arrival,
    an_envelope,
    an_event,
    an_id,
)

TRIES = len(AT_ONCE.pauses) + 1
EFFECT = an_event("demand.withdrawal_confirmed.v1")
Handle = Callable[[Any, Any], Awaitable[None]]


NOBODYS = Arrival("cooperative.incoming", "demand.\x00ü" * 20, "x", {}, b"\x00{")


class Failed(Exception):
    """What a handler with a bug raises."""


def withdrawn(number: int = 1, demand: int = 4, **other: Any) -> Arrival:
    """A member withdraws a demand."""
    data = {"demand_id": str(an_id(demand)), "member": "10002", "reason": str(number)}
    whole = an_envelope("demand.withdrawn.v1", id=str(an_id(1000 + number)), data=data)
    return an_arrival(whole | other)


def receiver(database: Database) -> Receiver:
    """What stands before a handler, with as many tries as usual but no pauses."""
    return Receiver(database, OPERATORS, AT_ONCE)


async def give(database: Database, arrival: Arrival, handle: Handle) -> None:
    """Let one message arrive."""
    await receiver(database).receive(arrival, current(handle))


def current(handle: Handle) -> Callable[[], Awaitable[None]]:
    """A handler with the message and transaction at hand, as the inbox calls it."""
    return lambda: handle(EVENT.get(), CURRENT.get())


async def confirm(_event: Event, tx: Any) -> None:
    """A handler that has an effect."""
    await tx.next_number("effects")
    tx.emit(EFFECT, party="10002")


async def effects(database: Database) -> int:
    """How often an effect was committed."""
    async with database.transaction() as tx:
        last = select(sequences.c.last).where(sequences.c.subject == "effects")
        return await tx.session.scalar(last) or 0


def failing(times: int, error: Exception | None = None) -> tuple[Handle, Counter[str]]:
    """A handler that has an effect and then fails, as many times; with its calls by reason."""
    calls: Counter[str] = Counter()

    async def handle(event: Any, tx: Any) -> None:
        calls[event.reason] += 1
        await confirm(event, tx)
        if calls[event.reason] <= times:
            raise error or Failed("no such thing")

    return handle, calls
