"""Members, board and KID under faults: they repeat what was not confirmed until it is."""

import asyncio
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from deploy.chaos.cluster import DATABASE, Cluster
from deploy.chaos.faults import Faults
from deploy.demo.record import Record
from deploy.demo.systems import Systems, drafts
from deploy.kitu import wire
from deploy.kitu.failure import Failure
from deploy.kitu.files import Draft
from deploy.kitu.messages import Message, seal
from shared.events.member import DemandSubmitted
from shared.messaging.topology import DEAD_LETTERS, EVENTS, INCOMING, STREAM

HEARD = "chaos.heard"
"""A stream of every event; the cooperative's own journal leaves out what must be erasable."""
IDLE_SECONDS = 2.0
Arrivals = asyncio.Queue[AbstractIncomingMessage]
PASSING = (OSError, TimeoutError, AMQPError, RuntimeError, Failure)


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


def demand(how_many: int, seed: int) -> list[Draft]:
    """Demand like the demo's, so many lines, each with an id of its own."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    known = [d for d in drafts("demand.csv", DemandSubmitted) if d.content.get("item")]
    chosen = []
    for number in range(how_many):
        like = draw.choice(known)
        own = {
            "demand_id": str(UUID(int=draw.getrandbits(128), version=4)),
            "quantity": max(like.content.get("minimum_quantity") or 1, draw.randint(1, 40)),
        }
        chosen.append(Draft(f"demand {number}", like.type, {**like.content, **own}))
    return chosen


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


async def listen(cluster: Cluster) -> None:
    """Keep every event from now on."""
    connection = await aio_pika.connect(cluster.login("operator").url)
    async with connection:
        channel = await connection.channel()
        heard = await channel.declare_queue(HEARD, durable=True, arguments=STREAM)
        await heard.bind(EVENTS, "#")


async def journal(cluster: Cluster, faults: Faults | None = None) -> Record:
    """Every event so far, each once; what cannot be read (poison) is left out."""
    record = Record()
    seen: set[tuple[str, str]] = set()
    for message in await _drained(cluster, HEARD, {"x-stream-offset": "first"}):
        key = message.routing_key or ""
        if faults is not None:
            faults.saw(EVENTS, key, message.body)
        event = json.loads(message.body)
        if "id" in event and (event["source"], event["id"]) not in seen:
            seen.add((event["source"], event["id"]))
            await record.note(wire.Heard(key, event))
    return record


async def dead_letters(cluster: Cluster) -> list[bytes]:
    """The bodies of all dead letters, which stay where they are."""
    return [message.body for message in await _drained(cluster, DEAD_LETTERS, {})]


async def _drained(
    cluster: Cluster, queue_name: str, arguments: dict[str, Any]
) -> list[AbstractIncomingMessage]:
    """All that a queue holds, read to its end; acknowledged only where that takes nothing away."""
    while True:
        try:
            connection = await aio_pika.connect(cluster.login("operator").url, timeout=10)
            async with connection:
                channel = await connection.channel()
                await channel.set_qos(0 if not arguments else 500)
                queue = await channel.get_queue(queue_name, ensure=False)
                arrived: Arrivals = asyncio.Queue()

                async def take(
                    message: AbstractIncomingMessage,
                    arrived: Arrivals = arrived,
                ) -> None:
                    if arguments:
                        await message.ack()
                    arrived.put_nowait(message)

                await queue.consume(take, arguments=arguments or None)
                found = []
                while True:
                    try:
                        found.append(await asyncio.wait_for(arrived.get(), IDLE_SECONDS))
                    except TimeoutError:
                        return found
        except PASSING:
            await asyncio.sleep(0.5)
