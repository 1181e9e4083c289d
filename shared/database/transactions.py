"""One transaction per message: inbox record, state and outgoing messages commit together."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from faststream import Depends
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils.compat import uuid7

from shared.database import deciding, dialects
from shared.database.tables import inbox, outbox, sequences
from shared.decisions import Decision
from shared.events import Envelope, Event, Header, envelope
from shared.refusal import Reason
from shared.rules import Rules

EVENTS = "cooperative.events"
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class Sight(Enum):
    """How a message stands to the inbox."""

    NEW = "new"
    SEEN = "seen"
    CONFLICT = "its id was used before with other content"


class InboxKey(NamedTuple):
    """By what the inbox knows a message: `source` is unique among all who may speak."""

    source: str
    id: str


@dataclass
class Transaction:
    """What a handler may touch: the session to read and write, and `emit` to speak.

    `now` is the moment of handling (UTC). `header` is the handled message's, None where the
    clock and not a message is the cause; `user` is the broker user who sent it. `rules` are the
    service's dated rules, for its domain.
    """

    session: AsyncSession
    now: datetime
    header: Header | None
    service: str
    rules: Rules
    user: str | None = None
    _emitted: list[tuple[UUID, Event, str, UUID | None]] = field(default_factory=list)
    _letters: list[dict[str, Any]] = field(default_factory=list)
    _decided: list[Decision] = field(default_factory=list)

    def emit(self, event: Event, *, party: str, correlationid: UUID | None = None) -> UUID:
        """State a fact to whom it concerns; it is sent after the commit, in order.

        Without `correlationid` it belongs to the way of the message being handled. Returns the
        id of the message.
        """
        message_id = uuid7()
        self._emitted.append((message_id, event, party, correlationid))
        return message_id

    def decide(self, decision: Decision) -> None:
        """Put a decision on record; it is kept with the commit and sealed soon after."""
        self._decided.append(decision)

    async def erase(self, key: str, reason: str) -> int:
        """Erase inputs and results of all decisions about a subject or that concern somebody.

        Put on record itself. What is decided after this call stays; returns how many were erased.
        """
        await self._keep_decisions()
        erased = await deciding.erase(self.session, key)
        if erased:
            self.decide(deciding.erasure(key, erased, reason))
        return len(erased)

    def post(self, **letter: Any) -> None:
        """Put a raw message into the outbox, for the dead-letter exchange."""
        self._letters.append({"created_at": self.now, **letter})

    async def sight(self, key: InboxKey, digest: str, type_: str, subject: str) -> Sight:
        """Record a message in the inbox, where it was not seen before."""
        statement = dialects.insert(self.session.get_bind().dialect.name, inbox).values(
            source=key.source,
            id=key.id,
            digest=digest,
            type=type_,
            subject=subject,
            outcome="handled",
            reasons=[],
            received_at=self.now,
        )
        recorded = await self.session.execute(
            statement.on_conflict_do_nothing().returning(inbox.c.id)
        )
        if recorded.first():
            return Sight.NEW
        known = await self.session.scalar(
            select(inbox.c.digest).where(inbox.c.source == key.source, inbox.c.id == key.id)
        )
        return Sight.SEEN if known == digest else Sight.CONFLICT

    async def refused(self, key: InboxKey, reasons: tuple[Reason, ...]) -> None:
        """Note in the inbox that this message was refused, and why."""
        await self.session.execute(
            inbox.update()
            .where(inbox.c.source == key.source, inbox.c.id == key.id)
            .values(
                outcome="refused",
                reasons=[{"field": r.field, "value": r.value, "rule": r.rule} for r in reasons],
            )
        )

    async def forget(self, after: timedelta) -> None:
        """Remove from the inbox what came longer ago than anything is sent again."""
        await self.session.execute(delete(inbox).where(inbox.c.received_at < self.now - after))

    async def flush(self) -> bool:
        """Put emitted events, numbered, into the outbox, and decisions on record.

        Returns whether there is anything to send.
        """
        numbers = await self._numbers([event.subject for _, event, _, _ in self._emitted])
        rows = [
            _row(self._sealed(*emitted, number), self.now)
            for emitted, number in zip(self._emitted, numbers, strict=True)
        ]
        if rows or self._letters:
            await self.session.execute(outbox.insert(), rows + self._letters)
        await self._keep_decisions()
        return bool(rows or self._letters)

    async def next_number(self, series: str) -> int:
        """The next number of a series, from 1, without gaps; others wait until this commits."""
        (number,) = await self._numbers([series])
        return number

    async def alone(self, work: str) -> None:
        """Wait until nobody else does this work, and be alone at it until the transaction ends."""
        await dialects.hold(self.session, f"alone/{work}")

    async def beside(self, work: str) -> None:
        """Wait until nobody is alone at this work, and let nobody be until the transaction ends."""
        await dialects.hold(self.session, f"alone/{work}", shared=True)

    async def _numbers(self, series: list[str]) -> list[int]:
        """The next number of each series, in this order; the same series counts on.

        Series are taken in one order by everybody, so that no two transactions wait for each
        other.
        """
        wanted = Counter(series)
        if not wanted:
            return []
        statement = dialects.insert(self.session.get_bind().dialect.name, sequences)
        counted = await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["subject"],
                set_={"last": sequences.c.last + statement.excluded.last},
            ).returning(sequences.c.subject, sequences.c.last),
            [{"subject": name, "last": wanted[name]} for name in sorted(wanted)],
        )
        given = Counter({row.subject: row.last - wanted[row.subject] for row in counted})
        numbers = []
        for name in series:
            given[name] += 1
            numbers.append(given[name])
        return numbers

    async def _keep_decisions(self) -> None:
        decided, self._decided = self._decided, []
        if decided:
            await deciding.keep(
                self.session,
                decided,
                {
                    "service": self.service,
                    "decided_at": self.now,
                    "user": self.user,
                    "message": self.header.id if self.header else None,
                },
            )

    def _sealed(
        self,
        message_id: UUID,
        event: Event,
        party: str,
        correlationid: UUID | None,
        sequence: int,
    ) -> Envelope:
        cause = self.header
        return envelope(
            event,
            id=message_id,
            source=self.service,
            time=self.now,
            party=party,
            correlationid=correlationid or (cause.correlationid or cause.id if cause else None),
            causationid=cause.id if cause else None,
            sequence=sequence,
        )


def _row(sealed: Envelope, now: datetime) -> dict[str, Any]:
    return {
        "exchange": EVENTS,
        "routing_key": sealed.routing_key,
        "subject": sealed.subject,
        "message_id": str(sealed.id),
        "properties": {"type": sealed.type, "correlation_id": str(sealed.correlationid)},
        "headers": {},
        "body": sealed.model_dump_json(exclude_none=True).encode(),
        "created_at": now,
    }


class Database:
    """One service's database. `committed` is set whenever messages to send were committed."""

    def __init__(
        self, url: str, service: str, clock: Clock = utc_now, rules: Rules | None = None
    ) -> None:
        self.service = service
        self.clock = clock
        self.rules = rules or Rules(())
        self.engine = dialects.engine(url, service)
        self.committed = asyncio.Event()
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(
        self, header: Header | None = None, user: str | None = None
    ) -> AsyncIterator[Transaction]:
        """Open a transaction; commits with its emitted events at the end, or not at all."""
        async with self._sessions() as session, session.begin():
            tx = Transaction(session, self.clock(), header, self.service, self.rules, user)
            yield tx
            has_mail = await tx.flush()
        if has_mail:
            self.committed.set()

    def one_at_a_time(self, name: str) -> dialects.OneAtATime:
        """A lock that only one replica holds at a time."""
        return dialects.OneAtATime(self.engine, name)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


CURRENT: ContextVar[Transaction] = ContextVar("transaction")


async def _current() -> Transaction:
    return CURRENT.get()


InTransaction = Annotated[Transaction, Depends(_current)]
"""The transaction that the handled message opened."""

Due = Callable[[Database], Awaitable[None]]
"""What a service does because of the clock: derived from stored state, safe to call any time."""
