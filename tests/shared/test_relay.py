"""What is committed reaches the broker: in order, confirmed, once per replica set, never given
up."""

import asyncio
import json
import time
from itertools import pairwise
from typing import Any

import pytest
from aio_pika import ExchangeType
from aio_pika.abc import AbstractQueue
from sqlalchemy import event

from shared.database import Database
from shared.messaging.relay import BATCH, POLL_SECONDS, Relay
from tests.cooperative import Cooperative, System, next_message, until
from tests.shared.outboxes import (
    ALONE,
    COUNTED,
    everything,
    is_empty,
    letters,
    messages,
    sequences,
    speak,
    waiting,
)


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


async def test_a_relay_with_nothing_to_send_asks_the_database_every_two_seconds_only(
    database: Database, cooperative: Cooperative
) -> None:
    asked: list[float] = []
    thrice = asyncio.Event()

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM outbox" in statement:
            asked.append(time.monotonic())
            if len(asked) == 3:
                thrice.set()

    relay = Relay(database, cooperative.url("demand"), "demand")
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(60):
        await thrice.wait()
    running.cancel()
    await asyncio.wait({running})
    assert all(later - earlier > POLL_SECONDS - 0.1 for earlier, later in pairwise(asked))


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
