"""A message takes effect once: gate, order per subject, one transaction, and the recovery policy.

- What is refused is answered with an event and counts as handled.
- What fails because the database is away waits, unacknowledged, until it is back.
- What fails otherwise is tried again at once a few times, then parked and tried again after
  growing delays, then buried among the dead letters. Later messages on its subject park behind
  it, so that order holds; all others go on.
"""

import asyncio
import logging
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from faststream import BaseMiddleware
from faststream.rabbit import RabbitMessage
from prometheus_client import Counter as Metric

from shared.database.dialects import is_passing
from shared.database.transactions import CURRENT, Database, InboxKey, Sight, Transaction
from shared.events import CATALOGUE, Event, Incoming
from shared.messaging import parking
from shared.messaging.gate import Arrival, Received, Stopped, admit, as_first_sent
from shared.messaging.letters import bury, reject, turn_away
from shared.messaging.topology import INCOMING, nouns_from_outside
from shared.refusal import Reason, Refused

log = logging.getLogger(__name__)

EVENT: ContextVar[Event] = ContextVar("event")
"""What the message being handled says, already validated."""

STOPPED = "stopped"
"""The inbox's source of what the gate stopped, whoever sent it."""

MESSAGES = Metric("kitu_messages_total", "Messages by outcome", ["type", "outcome"])

Handle = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Policy:
    """How a message that fails is tried again, in seconds.

    `pauses` lie between tries at once, and the last one between tries while the database is
    away; `delays` lie between rounds of such tries.
    """

    pauses: tuple[float, ...] = (0.05, 0.2, 1.0)
    away: float = 2.0
    delays: tuple[float, ...] = (10, 60, 300, 1800, 7200, 21600)


class Receiver:
    """What stands between the broker and a service's handlers.

    Args:
        trusted: broker users that may speak for everyone.
        types: what the service handles; by default every message.
    """

    def __init__(
        self,
        database: Database,
        trusted: frozenset[str],
        policy: Policy | None = None,
        types: Collection[str] = CATALOGUE,
    ) -> None:
        self._database = database
        self._trusted = trusted
        self._policy = policy or Policy()
        self._nouns = nouns_from_outside(CATALOGUE[name] for name in types)
        self._turns = Turns()
        self.waits_since: float | None = None
        """Since when (monotonic) nothing gets done because the database is away."""

    def __call__(self, msg: Any, /, *, context: Any) -> BaseMiddleware[Any, Any]:
        """A FastStream middleware around one message."""
        return _Around(self, msg, context=context)

    async def receive(self, arrival: Arrival, handle: Handle) -> None:
        """Let one message take effect; returns when it may be acknowledged.

        A copy that a sender had the broker put into another service's inbox has none: the
        message itself is in the right one. The broker hides a header BCC, so nothing else shows.
        """
        noun = arrival.routing_key.partition(".")[0]
        if arrival.exchange == INCOMING and noun not in self._nouns:
            MESSAGES.labels("unknown", "copy").inc()
            return
        arrival = as_first_sent(arrival, self._trusted)
        try:
            received = admit(arrival, self._trusted)
        except Stopped as error:
            stopped = error
            await self._surely(lambda: self._answer(arrival, stopped))
            return
        async with self._turns.turn(received.event.subject):

            async def attempt() -> None:
                await self._take_effect(arrival, received, handle)

            if failure := await self._persist(attempt):
                await self._surely(lambda: self._set_aside(arrival, received, failure))

    async def revive(self, handlers: dict[str, Callable[[Any, Any], Awaitable[None]]]) -> None:
        """Try the parked messages whose time has come, the oldest of each subject."""
        async with self._database.transaction() as tx:
            due = await parking.claim(tx)
        for one in due:
            received = admit(one.arrival, self._trusted)

            async def handle(received: Received = received) -> None:
                await handlers[received.header.type](received.event, CURRENT.get())

            async def attempt(
                one: parking.Parked = one, received: Received = received, handle: Handle = handle
            ) -> None:
                await self._take_effect(one.arrival, received, handle, parked=one)

            async with self._turns.turn(received.event.subject):
                if failure := await self._persist(attempt):
                    await self._again(one, failure)

    async def _take_effect(
        self,
        arrival: Arrival,
        received: Received,
        handle: Handle,
        parked: parking.Parked | None = None,
    ) -> None:
        header, event = received.header, received.event
        try:
            async with self._database.transaction(header, arrival.user) as tx:
                if parked is None and await parking.holds(tx, event.subject):
                    await parking.park(tx, arrival, event.subject, tx.now, [])
                    return
                if parked is not None and not await parking.release(tx, parked):
                    return
                sight = await tx.sight(received.key, received.digest, header.type, event.subject)
                if sight is Sight.CONFLICT and not await _answered(tx, arrival, header.type):
                    _object(tx, arrival, received)
                if sight is Sight.NEW:
                    CURRENT.set(tx)
                    EVENT.set(event)
                    await handle()
            MESSAGES.labels(header.type, sight.name.lower()).inc()
        except Refused as refused:
            if not isinstance(event, Incoming):
                raise
            async with self._database.transaction(header, arrival.user) as tx:
                if parked is not None and not await parking.release(tx, parked):
                    return
                sight = await tx.sight(received.key, received.digest, header.type, event.subject)
                if sight is Sight.NEW:
                    await tx.refused(received.key, refused.reasons)
                    reject(tx, header, event.subject, refused.reasons)
            MESSAGES.labels(header.type, "refused").inc()

    async def _answer(self, arrival: Arrival, stopped: Stopped) -> None:
        """Tell the sender; where none can be known, keep the message with the reason."""
        known = stopped.message_type if stopped.message_type in CATALOGUE else "unknown"
        MESSAGES.labels(known, "stopped").inc()
        async with self._database.transaction(stopped.header, arrival.user) as tx:
            if await _answered(tx, arrival, known):
                return
            if stopped.answer_to is None or arrival.exchange != INCOMING:
                bury(tx, arrival, str(stopped), "", [])
                return
            turn_away(
                tx,
                stopped.answer_to,
                stopped.message_type,
                stopped.message_id,
                stopped.subject,
                stopped.reasons,
            )

    async def _persist(self, attempt: Callable[[], Awaitable[None]]) -> Exception | None:
        """Try until it worked (None), or failed too often for reasons of its own."""
        failures = 0
        while True:
            try:
                await attempt()
            except Exception as error:  # noqa: BLE001 - the one place that sorts faults
                if is_passing(error):
                    self.waits_since = self.waits_since or time.monotonic()
                    log.warning("waiting for the database: %s", type(error).__name__)
                    pause = self._policy.away
                elif failures == len(self._policy.pauses):
                    return error
                else:
                    pause = self._policy.pauses[failures]
                    failures += 1
            else:
                self.waits_since = None
                return None
            await asyncio.sleep(pause)

    async def _surely(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Persist, or let the broker make a dead letter of the message, so that it is not lost."""
        if failure := await self._persist(attempt):
            raise failure

    async def _set_aside(self, arrival: Arrival, received: Received, failure: Exception) -> None:
        """Park a message after its first round of tries."""
        log.error("%s failed and is parked: %r", arrival.routing_key, failure, exc_info=failure)
        MESSAGES.labels(received.header.type, "parked").inc()
        async with self._database.transaction() as tx:
            due = tx.now + timedelta(seconds=self._policy.delays[0])
            await parking.park(tx, arrival, received.event.subject, due, [_failed(tx, failure)])

    async def _again(self, one: parking.Parked, failure: Exception) -> None:
        """Park a message for longer, or bury it after its last round."""

        async def write() -> None:
            async with self._database.transaction() as tx:
                history = [*one.history, _failed(tx, failure)]
                if len(history) > len(self._policy.delays):
                    if await parking.release(tx, one):
                        trace = "".join(traceback.format_exception(failure))
                        bury(tx, one.arrival, repr(failure), trace, history)
                    return
                delay = timedelta(seconds=self._policy.delays[len(history) - 1])
                await parking.defer(tx, one, tx.now + delay, history)

        log.error("%s failed again: %r", one.arrival.routing_key, failure)
        await self._persist(write)


async def _answered(tx: Transaction, arrival: Arrival, type_: str) -> bool:
    """Whether the broker brings a bad message back that was answered, because we were gone
    before we could acknowledge it. What its sender sends again on purpose is answered again."""
    key = InboxKey(STOPPED, arrival.digest[:36])
    sight = await tx.sight(key, arrival.digest, type_, "")
    return sight is Sight.SEEN and arrival.redelivered


def _object(tx: Transaction, arrival: Arrival, received: Received) -> None:
    """An id was used for something else: who is outside is told, in a service it is a bug."""
    header, rule = received.header, f"{Sight.CONFLICT.value}; use a new id"
    if isinstance(received.event, Incoming):
        reject(tx, header, received.event.subject, (Reason("id", str(header.id), rule),))
        return
    log.error("%s from %s: id %s: %s", header.type, header.source, header.id, rule)
    bury(tx, arrival, f"id {header.id}: {rule}", "", [])


def _failed(tx: Transaction, failure: Exception) -> dict[str, str]:
    return {"at": tx.now.isoformat(), "why": f"{type(failure).__name__}: {failure}"[:300]}


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
        redelivered=bool(raw.redelivered),
    )
