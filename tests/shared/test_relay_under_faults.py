"""Broker, network and database trouble the relay: nothing is lost, the order holds, and as little
as can be is sent twice."""

import asyncio
import json
from datetime import timedelta

import pytest
from aio_pika.abc import AbstractQueue
from sqlalchemy.exc import DBAPIError

from deploy.local.cable import Cable
from shared.database import Database, dialects
from shared.messaging.relay import Relay
from tests.builders import Clock
from tests.cooperative import Cooperative, next_message, until
from tests.shared.outboxes import (
    everything,
    is_empty,
    lag_is,
    messages,
    sequences,
    speak,
    waiting,
)


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
    left = await waiting(sqlite_database)
    assert 0 < left < 160
    after = Relay(sqlite_database, cooperative.url("demand"), "demand")
    await after.close()
    assert await waiting(sqlite_database) == 0
    arrived += await everything(heard)
    assert list(sequences(arrived).values()) == [list(range(1, 41))] * 4


async def test_a_slow_broker_gets_each_message_once_however_long_all_take(
    sqlite_database: Database,
    cooperative: Cooperative,
    heard: AbstractQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.messaging.relay.CONFIRM_SECONDS", 1)
    await speak(sqlite_database, 1, 30)
    async with Cable(cooperative.url("demand"), delay=0.03) as cable:
        relay = Relay(sqlite_database, cable.url, "demand")
        await relay.drain()
        await relay.close()
    assert await waiting(sqlite_database) == 0
    assert [json.loads(m.body)["sequence"] for m in await everything(heard)] == [*range(1, 31)]


async def test_what_was_confirmed_goes_though_the_rest_is_not(
    sqlite_database: Database,
    cooperative: Cooperative,
    heard: AbstractQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.messaging.relay.CONFIRM_SECONDS", 0.5)
    await speak(sqlite_database, 1, 60)
    async with Cable(cooperative.url("demand"), delay=0.02) as cable:
        relay = Relay(sqlite_database, cable.url, "demand")
        sending = asyncio.create_task(relay.drain())
        await messages(heard, 5)
        cable.stall()
        with pytest.raises(TimeoutError):
            await sending
        assert 0 < await waiting(sqlite_database) <= 56  # the fifth's confirm may be on its way
        cable.flow()
        await relay.close()
    assert await waiting(sqlite_database) == 0


@pytest.mark.parametrize(
    ("alarm", "all_clear"),
    [
        (("set_vm_memory_high_watermark", "0.0000001"), ("set_vm_memory_high_watermark", "0.4")),
        (("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "50MB")),
    ],
    ids=["memory", "disk"],
)
async def test_while_the_broker_raises_an_alarm_messages_wait_and_then_go_once(
    alarm: tuple[str, str],
    all_clear: tuple[str, str],
    sqlite_database: Database,
    cooperative: Cooperative,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.messaging.relay.CONFIRM_SECONDS", 1)
    ctl = cooperative.broker.rabbitmqctl
    relay = Relay(sqlite_database, cooperative.url("demand"), "demand")
    running = asyncio.create_task(relay.run())
    await asyncio.to_thread(ctl, *alarm)
    try:
        await speak(sqlite_database, 3, 4)
        clock.now += timedelta(seconds=90)
        await until(lambda: lag_is(90))
        assert await waiting(sqlite_database) == 12
    finally:
        await asyncio.to_thread(ctl, *all_clear)
    await until(lambda: is_empty(sqlite_database))
    await until(lambda: lag_is(0))
    running.cancel()
    await asyncio.wait({running})
    await relay.close()


async def test_a_relay_that_stands_still_keeps_the_others_waiting_for_its_turn_and_no_longer(
    postgres_database: Database,
    cooperative: Cooperative,
    heard: AbstractQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(dialects.SESSION, "idle_in_transaction_session_timeout", "2s")
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    frozen, other = (Database(url, "demand", postgres_database.clock) for _ in range(2))

    async def stand_still() -> None:
        async with frozen.one_at_a_time("outbox")():
            await speak(other, 1, 1)
            relay = Relay(other, cooperative.url("demand"), "demand")
            await relay.drain()
            assert len(await everything(heard)) == 1
            await relay.close()

    with pytest.raises(DBAPIError):
        await stand_still()
    await frozen.close()
    await other.close()
