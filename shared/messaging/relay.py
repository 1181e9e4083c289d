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
from aio_pika.exceptions import AMQPError, DeliveryError, PublishError
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
                while await self.drain():
                    pass
            except Exception as error:
                if not is_passing(error) and not isinstance(error, AMQPError):
                    log.exception("the relay failed; it goes on")
                await self._pause(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._database.committed.wait(), POLL_SECONDS)

    async def drain(self) -> bool:
        """Send one batch. True where more may be waiting.

        Rows of a subject behind one that could not be sent stay, so that its order holds.
        """
        async with self._alone():
            async with self._database.engine.begin() as connection:
                statement = select(outbox).order_by(outbox.c.position).limit(BATCH)
                rows = (await connection.execute(statement)).all()
            if not rows:
                LAG.set(0)
                return False
            LAG.set((self._database.clock() - rows[0].created_at).total_seconds())
            sent = await self._publish(rows)
            async with self._database.engine.begin() as connection:
                await connection.execute(delete(outbox).where(outbox.c.position.in_(sent)))
        if len(sent) < len(rows):
            await asyncio.sleep(1)
        return len(rows) == BATCH or len(sent) < len(rows)

    async def close(self) -> None:
        """Send what is left if the broker is there, and hang up."""
        with contextlib.suppress(OSError, TimeoutError, AMQPError, RuntimeError):
            async with asyncio.timeout(5):
                while await self.drain():
                    pass
        await self._hang_up()

    async def _publish(self, rows: Sequence[Row[Any]]) -> list[int]:
        channel = await self._open()
        async with asyncio.timeout(CONFIRM_SECONDS):
            outcomes = await asyncio.gather(
                *(self._send(channel, row) for row in rows), return_exceptions=True
            )
        sent: list[int] = []
        held: set[str] = set()
        for row, outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, PublishError | DeliveryError):
                log.error("nobody takes %s; it waits", row.routing_key)
                held.add(row.subject)
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


def _moment(created_at: datetime) -> datetime:
    return created_at.replace(microsecond=0)
