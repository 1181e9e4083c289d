"""From the outbox to the broker: in order, confirmed, never given up, never polled in haste."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPChannelError, AMQPError, DeliveryError, PublishError
from prometheus_client import Gauge
from sqlalchemy import Row, delete, select

from shared.database.dialects import is_passing
from shared.database.tables import outbox
from shared.database.transactions import Database
from shared.events.envelope import CONTENT_TYPE

log = logging.getLogger(__name__)
BATCH = 200
CONFIRM_SECONDS = 20
POLL_SECONDS = 2.0
"""How long a message of a killed replica waits for another to send it."""

LAG = Gauge("kitu_outbox_lag_seconds", "Age of the oldest message not yet confirmed")


class Relay:
    """Sends what transactions left in the outbox; a row goes when the broker confirmed it."""

    def __init__(self, database: Database, url: str, user: str) -> None:
        self._database = database
        self._url = url
        self._user = user
        self._alone = database.one_at_a_time("outbox")
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def run(self) -> None:
        """Send for ever: at once after a commit, else by a slow poll for what others left."""
        while True:
            self._database.committed.clear()
            try:
                await self.drain()
            except Exception as error:
                if not is_passing(error) and not isinstance(error, AMQPError):
                    log.exception("the relay failed; it goes on")
                await self._pause(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._database.committed.wait(), POLL_SECONDS)

    async def drain(self) -> None:
        """Send what waits, the oldest first.

        What nobody takes or the broker forbids stays, with all that follows on its subject, so
        that its order holds; everything else goes.
        """
        held: set[object] = set()
        after = 0
        async with self._alone():
            while rows := await self._waiting(after):
                if not after:
                    LAG.set((self._database.clock() - rows[0].created_at).total_seconds())
                after = rows[-1].position
                sent = await self._publish(rows, held)
                async with self._database.engine.begin() as connection:
                    await connection.execute(delete(outbox).where(outbox.c.position.in_(sent)))
        if not held:
            LAG.set(0)

    async def close(self) -> None:
        """Send what is left if the broker is there, and hang up."""
        with contextlib.suppress(OSError, TimeoutError, AMQPError, RuntimeError):
            async with asyncio.timeout(5):
                await self.drain()
        await self._hang_up()

    async def _waiting(self, after: int) -> Sequence[Row[Any]]:
        statement = select(outbox).where(outbox.c.position > after)
        async with self._database.engine.begin() as connection:
            found = await connection.execute(statement.order_by(outbox.c.position).limit(BATCH))
            return found.all()

    async def _publish(self, rows: Sequence[Row[Any]], held: set[object]) -> list[int]:
        """Send rows; returns the positions of those that went, and adds to what is held."""
        rows = [row for row in rows if not {row.subject, _kind(row)} & held]
        channel = await self._open()
        async with asyncio.timeout(CONFIRM_SECONDS):
            outcomes = await asyncio.gather(
                *(self._send(channel, row) for row in rows), return_exceptions=True
            )
        forbids = any(isinstance(outcome, AMQPChannelError) for outcome in outcomes)
        if forbids:
            await self._hang_up()
        sent: list[int] = []
        for row, outcome in zip(rows, outcomes, strict=True):
            if forbids and len(rows) > 1 and isinstance(outcome, BaseException):
                # One of them closed the channel for all: which one, shows one by one.
                sent += await self._publish([row], held)
                continue
            if isinstance(outcome, PublishError | DeliveryError):
                log.error("nobody takes %s; it waits", row.routing_key)
                held.add(row.subject)
            elif isinstance(outcome, AMQPChannelError):
                log.error("the broker forbids %s; it waits: %s", row.routing_key, outcome)
                held.update({row.subject, _kind(row)})
            elif isinstance(outcome, BaseException):
                raise outcome
            if row.subject not in held:
                sent.append(row.position)
        return sent

    async def _send(self, channel: AbstractChannel, row: Row[Any]) -> None:
        exchange = await channel.get_exchange(row.exchange, ensure=False)
        await exchange.publish(
            Message(
                row.body,
                content_type=CONTENT_TYPE,
                delivery_mode=DeliveryMode.PERSISTENT,
                message_id=row.message_id,
                app_id=self._database.service,
                user_id=self._user,
                timestamp=_moment(row.created_at),
                headers=row.headers,
                **row.properties,
            ),
            routing_key=row.routing_key,
            mandatory=True,
        )

    async def _open(self) -> AbstractChannel:
        if self._channel is None or self._channel.is_closed:
            await self._hang_up()
            async with asyncio.timeout(10):
                self._connection = await aio_pika.connect(self._url)
                self._channel = await self._connection.channel(on_return_raises=True)
        return self._channel

    async def _pause(self, error: BaseException) -> None:
        log.warning("the outbox waits for the broker: %s", type(error).__name__)
        await self._hang_up()
        await asyncio.sleep(1)

    async def _hang_up(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and not connection.is_closed:
            with contextlib.suppress(OSError, TimeoutError, AMQPError, RuntimeError):
                async with asyncio.timeout(2):
                    await connection.close()


def _kind(row: Row[Any]) -> tuple[str, str]:
    """What the broker forbids, it forbids for the whole kind."""
    return row.exchange, row.properties["type"]


def _moment(created_at: datetime) -> datetime:
    return created_at.replace(microsecond=0)
