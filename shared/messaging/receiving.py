"""A message takes effect once: gate, order per subject, one transaction, retries, dead letters.

- What is refused is answered with an event and counts as handled.
- What fails because the database is away waits, unacknowledged, until it is back.
- What fails otherwise is tried again at once a few times, then goes to the dead letters with
  the reason; the next message is not held up.
"""

import asyncio
import hashlib
import logging
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from faststream import BaseMiddleware
from faststream.rabbit import RabbitMessage
from prometheus_client import Counter as Metric

from shared.database.dialects import is_passing
from shared.database.transactions import CURRENT, Database, Sight, Transaction
from shared.events import CATALOGUE, Event, Header, Incoming
from shared.events.common import Broken, MessageRejected
from shared.events.demand import DemandRejected
from shared.messaging.gate import Arrival, Received, Stopped, admit
from shared.messaging.topology import DEAD_LETTERS, INCOMING
from shared.refusal import Reason, Refused

log = logging.getLogger(__name__)
ATTEMPTS = 4
PAUSES = (0.05, 0.2, 1.0, 2.0, 5.0)
"""Seconds between tries; the last one repeats while the database is away."""

EVENT: ContextVar[Event] = ContextVar("event")
"""What the message being handled says, already validated."""

MESSAGES = Metric("kitu_messages_total", "Messages by outcome", ["type", "outcome"])


class Receiver:
    """What stands between the broker and a service's handlers."""

    def __init__(self, database: Database, trusted: frozenset[str]) -> None:
        self._database = database
        self._trusted = trusted
        self._subjects = Turns()

    def __call__(self, msg: Any, /, *, context: Any) -> BaseMiddleware[Any, Any]:
        """A FastStream middleware around one message."""
        return _Around(self, msg, context=context)

    async def receive(self, arrival: Arrival, handle: Callable[[], Awaitable[Any]]) -> None:
        """Let one message take effect; returns when it may be acknowledged."""
        try:
            received = admit(arrival, self._trusted)
        except Stopped as error:
            stopped = error
            await self._persist(lambda: self._answer(arrival, stopped), arrival)
            return
        async with self._subjects.turn(received.event.subject):
            await self._persist(lambda: self._take_effect(received, handle), arrival)

    async def _take_effect(self, received: Received, handle: Callable[[], Awaitable[Any]]) -> None:
        header, event = received.header, received.event
        try:
            async with self._database.transaction(header) as tx:
                sight = await tx.sight(header, received.digest, event.subject)
                if sight is Sight.CONFLICT:
                    reason = Reason("id", str(header.id), f"{sight.value}; use a new id")
                    reject(tx, header, event.subject, (reason,))
                if sight is Sight.NEW:
                    CURRENT.set(tx)
                    EVENT.set(event)
                    await handle()
            MESSAGES.labels(header.type, sight.name.lower()).inc()
        except Refused as refused:
            if not isinstance(event, Incoming):
                raise
            async with self._database.transaction(header) as tx:
                if await tx.sight(header, received.digest, event.subject) is Sight.NEW:
                    await tx.refused(header, refused.reasons)
                    reject(tx, header, event.subject, refused.reasons)
            MESSAGES.labels(header.type, "refused").inc()

    async def _answer(self, arrival: Arrival, stopped: Stopped) -> None:
        """Tell the sender; where none can be known, keep the message with the reason."""
        known = stopped.message_type if stopped.message_type in CATALOGUE else "unknown"
        MESSAGES.labels(known, "stopped").inc()
        async with self._database.transaction() as tx:
            if stopped.answer_to is None or arrival.exchange != INCOMING:
                bury(tx, arrival, str(stopped), "")
                return
            tx.emit(
                _rejection(
                    stopped.message_type, stopped.message_id, stopped.subject, stopped.reasons
                ),
                party=stopped.answer_to,
                correlationid=stopped.header.correlationid if stopped.header else None,
            )

    async def _persist(self, attempt: Callable[[], Awaitable[None]], arrival: Arrival) -> None:
        """Try until it worked, or it failed too often for reasons of its own."""
        failures = waits = 0
        while True:
            try:
                return await attempt()
            except Exception as error:
                if is_passing(error):
                    waits += 1
                    log.warning("waiting for the database: %s", type(error).__name__)
                else:
                    failures += 1
                    log.warning("try %d at %s failed: %r", failures, arrival.routing_key, error)
                    if failures >= ATTEMPTS:
                        log.exception("given up: %s is a dead letter", arrival.routing_key)
                        reason = f"{type(error).__name__}: {error}"
                        trace = "".join(traceback.format_exception(error))
                        await self._bury(arrival, reason, trace)
                        return None
            await asyncio.sleep(PAUSES[min(failures + waits, len(PAUSES)) - 1])

    async def _bury(self, arrival: Arrival, reason: str, trace: str) -> None:
        async def write() -> None:
            async with self._database.transaction() as tx:
                bury(tx, arrival, reason, trace)

        MESSAGES.labels(arrival.routing_key.rpartition(".")[0], "dead").inc()
        await self._persist(write, arrival)


def reject(tx: Transaction, header: Header, subject: str, reasons: tuple[Reason, ...]) -> None:
    """Answer an accepted-looking message with a rejection to the party that sent it."""
    tx.emit(_rejection(header.type, header.id, subject, reasons), party=header.party)


def _rejection(
    message_type: str | None,
    message_id: UUID | None,
    subject: str | None,
    reasons: tuple[Reason, ...],
) -> Event:
    """The event by which this type of message is refused."""
    broken = [Broken(field=r.field, value=r.value, rule=r.rule) for r in reasons]
    model = CATALOGUE.get(message_type or "")
    about_demand = (
        (message_type or "").startswith("demand.")
        if model is None
        else (issubclass(model, Incoming) and model.refused_by == DemandRejected.type)
    )
    if about_demand:
        return DemandRejected(
            message_id=message_id,
            message_type=message_type,
            demand_id=UUID(subject) if subject else None,
            reasons=broken,
        )
    return MessageRejected(message_id=message_id, message_type=message_type, reasons=broken)


def bury(tx: Transaction, arrival: Arrival, reason: str, trace: str) -> None:
    """Put a message among the dead letters, byte for byte, with why it lies there."""
    digest = hashlib.sha256(arrival.body).hexdigest()
    tx.post(
        exchange=DEAD_LETTERS,
        routing_key=f"{tx.service}.{arrival.routing_key}"[:200],
        subject=digest,
        message_id=digest[:36],
        properties={"type": "dead-letter"},
        headers={
            "kitu-reason": reason[:1000],
            "kitu-trace": trace[-4000:],
            "kitu-reader": tx.service,
            "kitu-exchange": arrival.exchange,
            "kitu-routing-key": arrival.routing_key,
            "kitu-user": arrival.user or "",
            "kitu-failed-at": tx.now.isoformat(),
        },
        body=arrival.body,
    )


class Turns:
    """First come, first served, for each subject on its own."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, subject: str) -> AsyncIterator[None]:
        """Wait until every earlier message about the subject is done."""
        lock = self._locks.setdefault(subject, asyncio.Lock())
        self._waiting[subject] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[subject] -= 1
            if not self._waiting[subject]:
                del self._waiting[subject], self._locks[subject]


class _Around(BaseMiddleware[Any, Any]):
    def __init__(self, receiver: Receiver, msg: Any, *, context: Any) -> None:
        super().__init__(msg, context=context)
        self._receiver = receiver

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> None:
        """FastStream calls this with each message; what returns is acknowledged."""
        await self._receiver.receive(_arrival(msg), lambda: call_next(msg))


def _arrival(msg: RabbitMessage) -> Arrival:
    raw = msg.raw_message
    return Arrival(
        exchange=raw.exchange or "",
        routing_key=raw.routing_key or "",
        user=raw.user_id,
        headers=raw.headers,
        body=raw.body,
    )
