"""What is committed reaches the broker: in order, confirmed, once per replica set, never given
up."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aio_pika import ExchangeType
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from deploy.local.cable import Cable
from shared.database import Database
from shared.database.tables import outbox
from shared.messaging.relay import BATCH, Relay
from shared.messaging.topology import EVENTS
from tests.builders import Clock, an_event
from tests.cooperative import Cooperative, System, log_in, next_message, until

COUNTED = "round.counted.v1"
ALONE = "test.alone"


@pytest.fixture
async def operator(cooperative: Cooperative) -> AsyncIterator[System]:
    """Someone who may see everything."""
    who = await log_in(cooperative, "operator")
    yield who
    await who.connection.close()


@pytest.fixture
async def heard(operator: System) -> AsyncIterator[AbstractQueue]:
    """Everything that services say from now on."""
    queue = await operator.channel.declare_queue(exclusive=True)
    await queue.bind(EVENTS, "#")
    yield queue
    await queue.delete(if_unused=False, if_empty=False)


@pytest.fixture
async def relay(database: Database, cooperative: Cooperative) -> AsyncIterator[Relay]:
    """The demand service's relay."""
    own = Relay(database, cooperative.url("demand"), "demand")
    yield own
    await own.close()


async def speak(database: Database, subjects: int, times: int) -> None:
    """Commit events on some subjects, each in transactions of their own."""
    for time in range(times):
        async with database.transaction() as tx:
            for subject in range(subjects):
                round_id = f"0190163d-0000-7000-8000-{subject:012d}"
                tx.emit(an_event(COUNTED, round_id=round_id, demands=time), party="coop")


async def letters(
    database: Database, *kinds: str, exchange: str = ALONE, subject: str | None = None
) -> None:
    """Commit messages to an exchange of the test's own, each on its own subject or all on one."""
    async with database.transaction() as tx:
        for kind in kinds:
            tx.post(
                exchange=exchange,
                routing_key=f"{kind}.x",
                subject=subject or kind,
                message_id=str(uuid4()),
                properties={"type": kind},
                headers={},
                body=b"{}",
            )


async def waiting(database: Database) -> int:
    """How many messages lie in the outbox."""
    async with database.transaction() as tx:
        return await tx.session.scalar(select(func.count()).select_from(outbox)) or 0


async def is_empty(database: Database) -> bool:
    """Whether everything was sent."""
    return await waiting(database) == 0


async def lag_is(seconds: float) -> bool:
    """Whether the oldest message has waited so long, as the metrics say."""
    return REGISTRY.get_sample_value("kitu_outbox_lag_seconds") == seconds


async def messages(queue: AbstractQueue, count: int) -> list[AbstractIncomingMessage]:
    """As many messages as they arrive."""
    return [await next_message(queue) for _ in range(count)]


async def everything(queue: AbstractQueue) -> list[AbstractIncomingMessage]:
    """All messages that lie in a queue."""
    found = []
    while (message := await queue.get(fail=False)) is not None:
        await message.ack()
        found.append(message)
    return found


def sequences(arrived: list[AbstractIncomingMessage]) -> dict[str, list[int]]:
    """The numbers that arrived on each subject, each at its first arrival."""
    found: dict[str, list[int]] = {}
    for whole in (json.loads(message.body) for message in arrived):
        numbers = found.setdefault(whole["subject"], [])
        if whole["sequence"] not in numbers:
            numbers.append(whole["sequence"])
    return found


async def test_what_was_committed_arrives_in_order_per_subject_and_leaves_the_outbox(
    database: Database, relay: Relay, heard: AbstractQueue
) -> None:
    await speak(database, subjects=5, times=50)
    await relay.drain()
    arrived = sequences(await messages(heard, 250))
    assert list(arrived.values()) == [list(range(1, 51))] * 5
    assert await waiting(database) == 0


async def test_a_message_carries_its_attributes_as_amqp_properties(
    sqlite_database: Database, cooperative: Cooperative, heard: AbstractQueue
) -> None:
    relay = Relay(sqlite_database, cooperative.url("demand"), "demand")
    await speak(sqlite_database, 1, 1)
    await relay.close()
    (message,) = await messages(heard, 1)
    whole = json.loads(message.body)
    assert message.routing_key == f"{COUNTED}.coop"
    assert message.content_type == "application/cloudevents+json"
    assert message.delivery_mode == 2
    assert (message.message_id, message.type) == (whole["id"], whole["type"])
    assert (message.app_id, message.user_id) == ("demand", "demand")
    assert message.correlation_id == whole["correlationid"]
    assert message.timestamp == sqlite_database.clock()


async def test_a_commit_wakes_the_relay_at_once(
    database: Database, relay: Relay, heard: AbstractQueue
) -> None:
    running = asyncio.create_task(relay.run())
    await speak(database, 1, 1)
    await next_message(heard)
    running.cancel()
    await asyncio.wait({running})


async def test_while_the_broker_is_away_messages_wait_and_then_go_in_order(
    sqlite_database: Database, cooperative: Cooperative, heard: AbstractQueue, clock: Clock
) -> None:
    async with Cable(cooperative.url("demand")) as cable:
        relay = Relay(sqlite_database, cable.url, "demand")
        running = asyncio.create_task(relay.run())
        await speak(sqlite_database, 3, 5)
        await messages(heard, 15)
        await cable.pull()
        await speak(sqlite_database, 3, 5)
        clock.now += timedelta(seconds=90)
        await until(lambda: lag_is(90))
        assert await waiting(sqlite_database) == 15
        await cable.plug_in()
        arrived = sequences(await messages(heard, 15))
        assert list(arrived.values()) == [list(range(6, 11))] * 3
        await until(lambda: is_empty(sqlite_database))
        await until(lambda: lag_is(0))
        running.cancel()
        await asyncio.wait({running})
        await relay.close()


async def test_a_relay_that_is_cut_off_while_sending_loses_nothing_and_keeps_the_order(
    sqlite_database: Database, cooperative: Cooperative, heard: AbstractQueue
) -> None:
    await speak(sqlite_database, 4, 40)
    async with Cable(cooperative.url("demand")) as cable:
        cut_off = Relay(sqlite_database, cable.url, "demand")
        sending = asyncio.create_task(cut_off.drain())
        arrived = [await next_message(heard)]
        await cable.pull()
        await asyncio.wait({sending})
        await cut_off.close()
    assert await waiting(sqlite_database) == 160
    after = Relay(sqlite_database, cooperative.url("demand"), "demand")
    await after.close()
    assert await waiting(sqlite_database) == 0
    arrived += await everything(heard)
    assert list(sequences(arrived).values()) == [list(range(1, 41))] * 4


async def test_what_nobody_takes_stays_with_its_subject_and_others_go(
    database: Database, cooperative: Cooperative, operator: System, heard: AbstractQueue
) -> None:
    alone = await operator.channel.declare_exchange(ALONE, ExchangeType.TOPIC)
    relay = Relay(database, cooperative.url("operator"), "operator")
    await letters(database, "nobody", "nobody", "somebody", "nobody")
    somebody = await operator.channel.declare_queue(exclusive=True)
    await somebody.bind(alone, "somebody.#")
    await speak(database, 1, 2)
    await relay.drain()
    assert (await messages(somebody, 1))[0].type == "somebody"
    assert len(await messages(heard, 2)) == 2
    assert await waiting(database) == 3
    await somebody.bind(alone, "nobody.#")
    await relay.close()
    assert await waiting(database) == 0
    await alone.delete()


async def test_nothing_overtakes_what_the_broker_does_not_take_for_now(
    sqlite_database: Database, cooperative: Cooperative, operator: System
) -> None:
    alone = await operator.channel.declare_exchange(ALONE, ExchangeType.TOPIC)
    one_only: dict[str, Any] = {"x-max-length": 1, "x-overflow": "reject-publish"}
    full = await operator.channel.declare_queue(exclusive=True, arguments=one_only)
    free = await operator.channel.declare_queue(exclusive=True)
    await full.bind(alone, "full.#")
    await free.bind(alone, "free.#")
    relay = Relay(sqlite_database, cooperative.url("operator"), "operator")
    await letters(sqlite_database, "free", "full", "full", "free", subject="one")
    await letters(sqlite_database, "free", subject="other")
    await relay.drain()
    assert len(await everything(free)) == 2
    assert await waiting(sqlite_database) == 2
    assert len(await everything(full)) == 1
    await relay.close()
    assert await waiting(sqlite_database) == 0
    assert len(await everything(free)) == 1
    await alone.delete()


async def test_a_full_batch_that_nobody_takes_does_not_hold_up_what_comes_after(
    sqlite_database: Database, cooperative: Cooperative, operator: System, heard: AbstractQueue
) -> None:
    alone = await operator.channel.declare_exchange(ALONE, ExchangeType.TOPIC)
    relay = Relay(sqlite_database, cooperative.url("operator"), "operator")
    await letters(sqlite_database, *(f"nobody{number}" for number in range(BATCH)))
    await speak(sqlite_database, 1, 1)
    await relay.drain()
    await next_message(heard)
    assert await waiting(sqlite_database) == BATCH
    await alone.delete()
    await relay.close()


@pytest.mark.parametrize("exchange", ["amq.direct", "nowhere"])
async def test_a_message_that_the_broker_forbids_does_not_hold_up_others(
    exchange: str, sqlite_database: Database, cooperative: Cooperative, heard: AbstractQueue
) -> None:
    relay = Relay(sqlite_database, cooperative.url("demand"), "demand")
    await speak(sqlite_database, 2, 2)
    await letters(sqlite_database, "forbidden", exchange=exchange)
    await speak(sqlite_database, 2, 2)
    await relay.drain()
    arrived = sequences(await everything(heard))
    assert list(arrived.values()) == [[1, 2, 3, 4]] * 2
    assert await waiting(sqlite_database) == 1
    await relay.close()


async def test_two_replicas_send_each_message_once(
    postgres_database: Database, cooperative: Cooperative, heard: AbstractQueue
) -> None:
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    other = Database(url, "demand", postgres_database.clock)
    relays = [Relay(one, cooperative.url("demand"), "demand") for one in (postgres_database, other)]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    await asyncio.gather(speak(postgres_database, 5, 20), speak(other, 5, 20))
    arrived = await messages(heard, 200)
    await until(lambda: is_empty(postgres_database))
    assert await heard.get(fail=False) is None
    assert len({message.message_id for message in arrived}) == 200
    assert list(sequences(arrived).values()) == [list(range(1, 41))] * 5
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    for relay in relays:
        await relay.close()
    await other.close()
