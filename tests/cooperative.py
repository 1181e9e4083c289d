"""The cooperative's broker as its systems see it, in a virtual host of its own."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import httpx
from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from deploy.kitu.broker import readers
from deploy.local.broker import PrivateBroker
from deploy.local.ports import free_ports
from deploy.local.process import Process
from deploy.packages import ROOT
from shared.messaging.topology import EVENTS, INCOMING, SERVICES, definitions

USERS = (*SERVICES, "operator", "kid", "board", "member-10002", "member-10007")


@dataclass(frozen=True)
class Cooperative:
    """A virtual host with all users, queues and policies; every password is the user's name."""

    broker: PrivateBroker
    vhost: str

    def url(self, user: str) -> str:
        """Where a user logs in."""
        return self.broker.amqp_url(user, user, self.vhost)

    def found(self) -> None:
        """Make everything anew."""
        whole = definitions(readers(), {user: user for user in USERS}, self.vhost)
        with self._management() as api:
            api.post("/api/definitions", json=whole).raise_for_status()

    def wind_up(self) -> None:
        """Remove everything but the users, whom others may have too."""
        with self._management() as api:
            api.delete(f"/api/vhosts/{self.vhost}").raise_for_status()

    def end_connections(self) -> int:
        """Cut every connection to this virtual host, as an operator would; tells how many."""
        with self._management() as api:
            open_ones = api.get(f"/api/vhosts/{self.vhost}/connections").json()
            for one in open_ones:
                api.delete(f"/api/connections/{one['name']}")
            return len(open_ones)

    def _management(self) -> httpx.Client:
        transport = httpx.HTTPTransport(retries=5)
        where = self.broker.management_url
        return httpx.Client(
            base_url=where, auth=("guest", "guest"), timeout=30, transport=transport
        )


@dataclass
class Running:
    """A service as a process."""

    name: str
    process: Process
    port: int

    async def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """What it answers over HTTP; 0 where nobody answers."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:
            try:
                answer = await client.get(path, timeout=10)
            except httpx.HTTPError:
                return 0, {}
        return answer.status_code, answer.json()

    async def becomes(self, status: int, **parts: str) -> dict[str, Any]:
        """Wait until `/health` answers with a status, and with these parts in these states."""
        found, told = 0, dict[str, Any]()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found, told = await self.ask("/health")
            if found == status and parts.items() <= told.items():
                return told
            await asyncio.sleep(0.05)
        log = "\n".join(self.process.log.read_text().splitlines()[-20:])
        raise AssertionError(f"{self.name} stays at {found} {told} and logged last:\n{log}")


def run_service(
    name: str, url: str, directory: Path, database: str = "", **settings: str
) -> Running:
    """Start a service; it is ready when `/health` says so."""
    (port,) = free_ports(1)
    directory.mkdir(parents=True, exist_ok=True)
    process = Process(name, directory)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "KITU_AMQP_URL": url,
        "KITU_DATABASE_URL": database or f"sqlite:///{directory}/{{service}}.db",
        "KITU_HTTP_PORT": str(port),
        **settings,
    }
    process.start([sys.executable, "-m", f"services.{name}.app"], environment)
    return Running(name, process, port)


@dataclass
class System:
    """A system that speaks AMQP with nothing of ours: it writes its JSON by hand."""

    user: str
    connection: aio_pika.abc.AbstractConnection
    channel: aio_pika.abc.AbstractChannel

    async def say(
        self,
        key: str,
        body: str | bytes | Mapping[str, Any],
        exchange: str = INCOMING,
        **properties: Any,
    ) -> None:
        """Publish; returns when the broker confirmed it."""
        if isinstance(body, Mapping):
            body = json.dumps(body)
        where = await self.channel.get_exchange(exchange, ensure=False)
        vouched = {"user_id": self.user} | properties
        message = Message(body if isinstance(body, bytes) else body.encode(), **vouched)
        await where.publish(message, key, mandatory=True, timeout=20)

    async def state(self, key: str, body: Mapping[str, Any]) -> None:
        """Publish as a service does."""
        await self.say(key, body, EVENTS)

    async def answers(self) -> AbstractQueue:
        """The queue of the answers to this system."""
        return await self.channel.get_queue(f"{self.user}.answers", ensure=False)

    async def hears(
        self,
        matches: Callable[[dict[str, Any]], bool] = lambda _whole: True,
        queue: AbstractQueue | None = None,
    ) -> dict[str, Any]:
        """The next answer that matches, as JSON; those before it are dropped."""
        queue = queue or await self.answers()
        return json.loads((await next_message(queue, matches)).body)  # type: ignore[no-any-return]


async def next_message(
    queue: AbstractQueue,
    matches: Callable[[dict[str, Any]], bool] = lambda _whole: True,
    seconds: float = 30,
) -> AbstractIncomingMessage:
    """The next message of a queue that matches, waited for; those before it are dropped."""
    async with asyncio.timeout(seconds):
        while True:
            message = await queue.get(fail=False, timeout=20)
            if message is None:
                await asyncio.sleep(0.02)
                continue
            await message.ack()
            with suppress(ValueError):
                if matches(json.loads(message.body)):
                    return message


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait for what no event tells."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def log_in(cooperative: Cooperative, user: str) -> System:
    """A system that has logged in; publishing without a taker or a right is an error."""
    connection = await aio_pika.connect(cooperative.url(user))
    channel = await connection.channel(on_return_raises=True)
    return System(user, connection, channel)
