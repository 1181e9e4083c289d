"""Members, board and KID under faults: they repeat what was not confirmed until it is."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError
from uuid_utils.compat import uuid7

from deploy.chaos.cluster import DATABASE, Cluster
from deploy.chaos.faults import Faults
from deploy.demo.kid import Kid
from deploy.demo.record import Record
from deploy.demo.script import Script
from deploy.demo.systems import Systems, drafts
from deploy.kitu import wire
from deploy.kitu.failure import Failure
from deploy.kitu.files import Draft
from deploy.kitu.messages import Message, seal
from shared.events.common import MessageRejected
from shared.events.demand import DemandRejected
from shared.events.member import DemandChanged, DemandSubmitted, DemandWithdrawn
from shared.events.procurement import OrderPlaced
from shared.messaging.topology import DEAD_LETTERS, EVENTS, INCOMING, SERVICES, inbox_queue

HEARD = "chaos.heard"
"""A queue of every event; the cooperative's journal leaves out what must be erasable, and a stream
may lose what it confirmed when all its nodes are killed."""
KEPT: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
END = "chaos.over.v1.coop"
"""The routing key of what is said last."""
IDLE_SECONDS = 2.0
Arrivals = asyncio.Queue[AbstractIncomingMessage]
PASSING = (OSError, TimeoutError, AMQPError, RuntimeError, Failure)
ONE_IN = 12
"""One in so many demands is changed, and as many are withdrawn."""
WANTS_TWO = "10001"
"""The member whose larger demands a second person approves."""
T = TypeVar("T")


class Stubborn(Systems):
    """Outside systems that publish the same messages again until all are confirmed."""

    def __init__(self, cluster: Cluster, faults: Faults) -> None:
        super().__init__(cluster.login)
        self._faults = faults

    async def say(self, user: str, drafts: Sequence[Draft]) -> list[Message]:
        """Publish as one user, in order, however often it takes."""
        who = self.login(user)
        messages = [seal(draft, who.user, None, datetime.now(UTC)) for draft in drafts]
        while True:
            try:
                async with asyncio.timeout(60), wire.channel_of(who) as channel:
                    await wire.publish(channel, who.user, messages)
            except PASSING:
                await asyncio.sleep(0.5)
            else:
                for message in messages:
                    self._faults.saw(INCOMING, message.routing_key, message.body)
                return messages


class Journal(Record):
    """Every event since `listen`, each once, read through all faults.

    What cannot be read (poison) is left out, and so is a refusal of what was refused already: a
    bad message is answered as often as it is sent.
    """

    def __init__(self, cluster: Cluster, faults: Faults, kid: Kid, patience: float) -> None:
        super().__init__()
        self._cluster = cluster
        self._faults = faults
        self._kid = kid
        self._patience = patience
        self._end = b""
        self._seen: set[tuple[str, str]] = set()

    async def until(self, found: Callable[[], T], what: str, seconds: float = 0) -> T:
        """Wait until something true is found, with the run's patience.

        Raises:
            Stuck: nothing new was heard for so long; a slow machine is no failure.
        """
        return await super().until(found, what, max(seconds, self._patience))

    async def follow(self) -> None:
        """Hear what is said, until cancelled."""
        while True:
            await self._read()

    async def complete(self) -> None:
        """Hear all that was said by now; while nobody else follows."""
        end = json.dumps({"marker": str(uuid7())}).encode()
        # what the broker confirms wakes nobody who was not told so
        while not await self._faults.publish([(EVENTS, END, end)]):  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        while self._end != end:
            await self._read()

    async def _read(self) -> None:
        """Hear what is new until nothing comes for a while, or the broker is gone."""
        arrived: Arrivals = asyncio.Queue()

        async def take(message: AbstractIncomingMessage) -> None:
            arrived.put_nowait(message)

        with contextlib.suppress(*PASSING):
            async with _channel(self._cluster) as channel:
                await channel.set_qos(500)
                heard = await channel.get_queue(HEARD, ensure=False)
                await heard.consume(take)
                while True:
                    message = await asyncio.wait_for(arrived.get(), IDLE_SECONDS)
                    await self._hear(message.routing_key or "", message.body)
                    await message.ack()

    async def _hear(self, key: str, body: bytes) -> None:
        if key == END:
            self._end = body
        event = json.loads(body)
        if "id" not in event:
            return
        self._faults.saw(EVENTS, key, body)
        ids = [(str(event["source"]), str(event["id"]))]
        if key.startswith((DemandRejected.type, MessageRejected.type)):
            ids.append((key, str(event["data"].get("message_id", event["id"]))))
        if self._seen.isdisjoint(ids):
            await self.note(wire.Heard(key, event))
            if key.startswith(OrderPlaced.type):
                self._kid.orders.append(self.of(OrderPlaced)[-1])
        self._seen.update(ids)


def script(how_many: int, seed: int) -> Script:
    """Demand like the demo's, so many lines, each with an id of its own; its needs
    in words, and the demand whose id a bad message takes."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    known = drafts("demand.csv", DemandSubmitted)
    demand = [
        Draft(
            f"demand {number}",
            like.type,
            {
                **like.content,
                "demand_id": str(UUID(int=draw.getrandbits(128), version=4)),
                "stated_by": {"role": "it", "name": "IT-Stelle"},
                "quantity": max(like.content.get("minimum_quantity") or 1, draw.randint(1, 40)),
            },
        )
        for number, like in enumerate(draw.choices(known, k=how_many))
    ]
    own = [line for line in demand if line.content["member"] != WANTS_TWO]
    chosen = draw.sample(own, 2 * (how_many // ONE_IN))
    changes = [
        Draft(
            f"{line.where} changed",
            DemandChanged.type,
            {**line.content, "quantity": line.content["quantity"] + draw.randint(1, 9)},
        )
        for line in chosen[::2]
    ]
    withdrawals = [
        Draft(
            f"{line.where} withdrawn",
            DemandWithdrawn.type,
            {key: line.content[key] for key in ("demand_id", "member")},
        )
        for line in chosen[1::2]
    ]
    stolen = {line.content["demand_id"] for line in drafts("bad.csv", DemandSubmitted)}
    named = [line for line in known if line.content["demand_id"] in stolen]
    needs = drafts("needs.csv", DemandSubmitted)
    return Script([*demand, *named, *needs], changes, withdrawals, limit=2_000_000)


async def until_database(cluster: Cluster, query: str, at_least: int, seconds: float) -> None:
    """Wait until a count in the services' database is reached, through its restarts.

    Raises:
        TimeoutError: it is not reached in time.
    """
    url = cluster.postgres.url(DATABASE).replace("+asyncpg", "")
    async with asyncio.timeout(seconds):
        while True:
            try:
                connection = await asyncpg.connect(url, timeout=5)
                try:
                    # another program's database wakes nobody here
                    while await connection.fetchval(query) < at_least:  # noqa: ASYNC110
                        await asyncio.sleep(0.2)
                finally:
                    await connection.close(timeout=5)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.5)
            else:
                return


async def until_read(cluster: Cluster, seconds: float) -> None:
    """Wait until no service's inbox holds anything that is not being handled.

    Raises:
        TimeoutError: one still does.
    """
    async with asyncio.timeout(seconds), _channel(cluster) as channel:
        for service in SERVICES:
            while True:
                inbox = await channel.declare_queue(inbox_queue(service), passive=True)
                if not inbox.declaration_result.message_count:
                    break
                await asyncio.sleep(0.2)


async def listen(cluster: Cluster) -> None:
    """Keep every event from now on."""
    connection = await aio_pika.connect(cluster.login("operator").url)
    async with connection:
        channel = await connection.channel()
        heard = await channel.declare_queue(HEARD, durable=True, arguments=KEPT)
        await heard.bind(EVENTS, "#")


async def dead_letters(cluster: Cluster) -> list[bytes]:
    """The bodies of all dead letters, which stay where they are."""
    arrived: Arrivals = asyncio.Queue()
    async with asyncio.timeout(60), _channel(cluster) as channel:
        buried = await channel.declare_queue(DEAD_LETTERS, passive=True)
        await buried.consume(arrived.put)
        count = buried.declaration_result.message_count or 0
        return [(await arrived.get()).body for _ in range(count)]


@asynccontextmanager
async def _channel(cluster: Cluster) -> AsyncIterator[AbstractChannel]:
    """A channel of the operator's, as soon as there can be one."""
    connection = None
    while connection is None:
        try:
            connection = await aio_pika.connect(cluster.login("operator").url, timeout=10)
        except PASSING:
            await asyncio.sleep(0.5)
    async with connection:
        yield await connection.channel()
