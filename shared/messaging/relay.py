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
"""How long the broker may take to confirm one message."""
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
                sent: list[int] = []
                try:
                    await self._publish(rows, held, sent)
                finally:
                    # also where the rest fails, else a slow broker would get the same for ever
                    await self._remove(sent)
                if len(rows) < BATCH:
                    break  # what is committed from now on wakes us anew
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

    async def _remove(self, sent: Sequence[int]) -> None:
        if not sent:
            return
        async with self._database.engine.begin() as connection:
            await connection.execute(delete(outbox).where(outbox.c.position.in_(sent)))

    async def _publish(self, rows: Sequence[Row[Any]], held: set[object], sent: list[int]) -> None:
        """Send rows; adds the positions of those that went to `sent`, and to what is held.

        Each subject's rows go one after the other, so that none overtakes one that the broker
        does not take; subjects go side by side.

        Raises:
            OSError, TimeoutError, AMQPError, RuntimeError: the broker is away or does not confirm.
        """
        ways: dict[str, list[Row[Any]]] = {}
        for row in rows:
            if not {row.subject, _kind(row)} & held:
                ways.setdefault(row.subject, []).append(row)
        channel = await self._open()
        failures = await asyncio.gather(
            *(self._send_in_order(channel, way, sent) for way in ways.values())
        )
        forbids = any(isinstance(failure, AMQPChannelError) for failure in failures)
        if forbids:
            await self._hang_up()
        for way, failure in zip(ways.values(), failures, strict=True):
            if failure is None:
                continue
            left = [row for row in way if row.position not in sent]
            if forbids and len(ways) > 1:
                # One of them closed the channel for all: which one, shows one by one.
                await self._publish(left, held, sent)
            elif isinstance(failure, PublishError | DeliveryError):
                log.error("nobody takes %s; it waits", left[0].routing_key)
                held.add(left[0].subject)
            elif isinstance(failure, AMQPChannelError):
                log.error("the broker forbids %s; it waits: %s", left[0].routing_key, failure)
                held.update({left[0].subject, _kind(left[0])})
            else:
                raise failure

    async def _send_in_order(
        self, channel: AbstractChannel, rows: Sequence[Row[Any]], sent: list[int]
    ) -> Exception | None:
        """Send rows until one fails, and note those that went; returns that failure."""
        for row in rows:
            try:
                async with asyncio.timeout(CONFIRM_SECONDS):
                    await self._send(channel, row)
            except (OSError, TimeoutError, AMQPError, RuntimeError) as failure:
                return failure
            sent.append(row.position)
        return None

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
