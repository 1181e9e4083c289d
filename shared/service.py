"""One service as a process: HTTP for health and state, handlers, relay, clock, graceful stop."""

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aio_pika
import uvicorn
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from faststream.rabbit import Channel, RabbitBroker, RabbitRouter
from sqlalchemy import text

from shared.database.dialects import is_passing
from shared.database.migrating import migrate
from shared.database.sealing import seal
from shared.database.transactions import Database, Due
from shared.http import Page, Show, Windows
from shared.messaging.inbox import Handles
from shared.messaging.receiving import Receiver
from shared.messaging.relay import Relay
from shared.messaging.topology import declare
from shared.rules import load
from shared.settings import Settings

log = logging.getLogger(__name__)
DUE_SECONDS = 1.0
FORGET_SECONDS = 3600.0
WATCH_SECONDS = 1.0
CONNECT_SECONDS = 10.0
REPAIR_SECONDS = 5.0
"""How long a consumer may be missing, as while reconnecting, before it is started anew."""
GIVE_UP_SECONDS = 10.0
"""How long messages in hand may wait for the database before another replica may have them."""

Loop = Callable[[Database], Coroutine[Any, Any, None]]
"""A work of the service's own that runs until it is cancelled."""


@dataclass
class Service:
    """Everything that makes a service a process; `await serve()` runs it until it is stopped.

    Raises:
        InvalidRules: the file `rules`, or the one that replaces it, cannot be used.
    """

    settings: Settings
    router: RabbitRouter
    handles: Handles
    migrations: Path
    rules: Path | None = None
    due: Due | None = None
    show: Mapping[str, Show] = field(default_factory=dict)
    pages: Mapping[str, Page] = field(default_factory=dict)
    loops: tuple[Loop, ...] = ()

    def __post_init__(self) -> None:
        self.handles.close()
        rules = load(self.rules, self.settings.rules_file) if self.rules else None
        self.database = Database(self.settings.database, self.settings.service, rules=rules)
        self.relay = Relay(self.database, self.settings.broker, self.settings.user)
        self.receiver = Receiver(self.database, self.settings.trusted, types=self.handles.functions)
        self.broker = RabbitBroker(
            self.settings.broker,
            routers=[self.router],
            middlewares=[self.receiver],
            default_channel=Channel(prefetch_count=self.settings.prefetch, on_return_raises=True),
            graceful_timeout=self.settings.stop_seconds,
            reconnect_interval=1,
            logger=None,
        )
        self._ready = False

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT; then finish what is in hand and leave."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        http = uvicorn.Server(
            uvicorn.Config(
                Windows(self.database, self.health, self.show, self.pages),
                host=self.settings.http_host,
                port=self.settings.port,
                log_level="warning",
                lifespan="off",
                timeout_graceful_shutdown=1,
                interface="asgi3",
            )
        )
        serving = asyncio.create_task(http.serve())
        working = asyncio.create_task(self._work())
        waiting = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait(
            {serving, working, waiting}, return_when=asyncio.FIRST_COMPLETED
        )
        log.info("stopping")
        http.should_exit = True
        working.cancel()
        waiting.cancel()
        await asyncio.wait({serving, working, waiting})
        log.info("stopped")
        if working in done:
            working.result()

    async def _work(self) -> None:
        """Wait for database and broker, in any order and however long, then work."""
        await self._until_there("database", lambda: migrate(self.database.engine, self.migrations))
        try:
            await self._until_there("broker", self._connect)
            self._ready = True
            log.info("ready on port %d", self.settings.port)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_consuming())
                group.create_task(self.relay.run())
                group.create_task(self._clock(self._revive))
                group.create_task(self._clock(seal))
                if self.due is not None:
                    group.create_task(self._clock(self.due))
                group.create_task(self._clock(self._forget, FORGET_SECONDS))
                for loop in self.loops:
                    group.create_task(loop(self.database))
        finally:
            self._ready = False
            await asyncio.shield(self._leave())

    async def _connect(self) -> None:
        """Declare and consume. A quorum queue that elects its leader may never answer a consume
        (RabbitMQ 3.10, after a crash), so that it is asked again on another connection."""
        await self._prepare_broker()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.broker.start()
        except BaseException:
            await self._disconnect()
            raise

    async def _disconnect(self) -> None:
        """Hang up in whatever state the consumer is; what it has in hand is cut off and comes
        again. FastStream alone keeps a connection that does not end well, and with it the
        consumer."""
        for subscriber in self.broker.subscribers:
            subscriber._consumer_tag = None  # type: ignore[attr-defined]
        connection = self.broker._connection
        steps = (self.broker.stop,) if connection is None else (connection.close, self.broker.stop)
        for step in steps:
            with contextlib.suppress(OSError, TimeoutError, AMQPError, RuntimeError):
                async with asyncio.timeout(5):
                    await step()
        self.broker._connection = self.broker._channel = None
        self.broker.config.disconnect()

    async def _revive(self, _database: Database) -> None:
        await self.receiver.revive(self.handles.functions)

    async def _forget(self, database: Database) -> None:
        async with database.transaction() as tx:
            await tx.forget(timedelta(days=self.settings.inbox_days))

    async def _keep_consuming(self) -> None:
        """Notice a consumer that is gone or gets nothing done, and start anew.

        A queue that was deleted, or a channel the broker closed, ends a consumer for good;
        reconnecting alone does not bring it back. Whose database is away for long must let
        another replica have the messages, for only one consumes.
        """
        gone_since = None
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            gone_since = None if await self._consumes() else gone_since or time.monotonic()
            for what, since, patience in (
                ("consumer", gone_since, REPAIR_SECONDS),
                ("database", self.receiver.waits_since, GIVE_UP_SECONDS),
            ):
                if since is not None and time.monotonic() - since >= patience:
                    log.error("the %s is gone; starting anew", what)
                    await self._disconnect()
                    await self._until_there("database", self._ask_database)
                    await self._until_there("broker", self._connect)
                    gone_since = self.receiver.waits_since = None

    async def _consumes(self) -> bool:
        """Whether the broker delivers to us, as far as this side knows."""
        for subscriber in self.broker.subscribers:
            queue, tag = subscriber._queue_obj, subscriber._consumer_tag  # type: ignore[attr-defined]
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    channel = await queue.channel.get_underlay_channel()
            except (OSError, TimeoutError, AMQPError, RuntimeError, AttributeError):
                return False
            if channel.is_closed or tag not in channel.consumers:
                return False
        return True

    async def _prepare_broker(self) -> None:
        async with asyncio.timeout(20):
            connection = await aio_pika.connect(self.settings.broker)
        async with connection:
            channel = await connection.channel()
            await declare(channel, self.settings.service, self.handles.types)

    async def _until_there(self, what: str, attempt: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await attempt()
            except Exception as error:
                if not is_passing(error) and not isinstance(error, AMQPError):
                    raise
                log.warning("waiting for the %s: %s", what, _why(error))
            await asyncio.sleep(1)

    async def _clock(self, due: Due, seconds: float = DUE_SECONDS) -> None:
        """Do what is due, again and again; a fault passes or is logged, and it is tried again."""
        while True:
            try:
                await due(self.database)
            except Exception as error:
                if is_passing(error):
                    log.warning("what is due waits: %s", type(error).__name__)
                else:
                    log.exception("what is due failed; it is tried again")
            await asyncio.sleep(seconds)

    async def _leave(self) -> None:
        """Take no more, finish what is in hand, send what is committed, hang up; within
        `stop_seconds` and ten more, whatever does not answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.stop_seconds + 10):
                await self._finish()
                await self._disconnect()
                await self.relay.close()
                await self.database.close()

    async def _finish(self) -> None:
        with contextlib.suppress(OSError, TimeoutError, AMQPError, RuntimeError):
            async with asyncio.timeout(self.settings.stop_seconds + 1):
                for subscriber in self.broker.subscribers:
                    # FastStream drains before it cancels, which reorders what arrives meanwhile.
                    queue, tag = subscriber._queue_obj, subscriber._consumer_tag  # type: ignore[attr-defined]
                    subscriber._consumer_tag = None  # type: ignore[attr-defined]
                    if queue is not None and tag is not None and not queue.channel.is_closed:
                        await queue.cancel(tag)
                await self.broker.stop()

    async def health(self) -> dict[str, str]:
        """Each part's state: `ok` or what is wrong."""
        parts = {"service": self.settings.service, "broker": "ok", "database": "ok"}
        if not self._ready:
            parts["broker"] = "starting"
        elif not await self._consumes():
            parts["broker"] = "not consuming"
        try:
            await self._ask_database()
        except Exception as error:
            if not is_passing(error):
                raise
            parts["database"] = type(error).__name__
        return parts

    async def _ask_database(self) -> None:
        async with asyncio.timeout(3), self.database.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))


def _why(error: Exception) -> str:
    """The kind of fault, for its text may hold an address; but what a broker lacks is told."""
    if isinstance(error, ChannelNotFoundEntity):
        return f"{error}; load what `kitu broker definitions` writes"
    return type(error).__name__


def run(service: Service) -> None:
    """Run a service as a process, with one line of log per fact on standard error."""
    logging.basicConfig(
        level=service.settings.log_level,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    for noisy in ("aio_pika", "aiormq", "aiosqlite", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    asyncio.run(service.serve())
