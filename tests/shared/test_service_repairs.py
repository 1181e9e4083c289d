"""A service whose broker or database breaks under it: it notices, repairs itself, or lets another
replica have the work."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.broker import NODE
from deploy.local.cable import Cable
from deploy.local.postgres import PrivatePostgres
from tests.builders import an_envelope
from tests.cooperative import Cooperative, Running, System, log_in, run_service, until

Start = Callable[..., Running]
DATABASE = "service_repairs"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts replicas of membership as processes; they are ended with the test."""
    started: list[Running] = []

    def begin(url: str, database: str = "", **settings: str) -> Running:
        folder = tmp_path / str(len(started))
        started.append(run_service("membership", url, folder, database, **settings))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()


@pytest.fixture
async def board(cooperative: Cooperative) -> AsyncIterator[System]:
    """The board's system, with no answers left over."""
    system = await log_in(cooperative, "board")
    await (await system.answers()).purge()
    yield system
    await system.connection.close()


@pytest.fixture(scope="module")
def shared_database(postgres: PrivatePostgres) -> str:
    """A database on PostgreSQL for all replicas of a service."""
    postgres.create_database(DATABASE)
    return postgres.url(DATABASE)


@asynccontextmanager
async def handlers_kept_busy(database: str) -> AsyncIterator[None]:
    """Every message now has to wait in the midst of its transaction."""
    connection = await asyncpg.connect(database.replace("+asyncpg", ""))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE membership.inbox")
            yield
    finally:
        await connection.close()


async def in_hand(database: str) -> bool:
    """Whether a message waits in the midst of its transaction."""
    connection = await asyncpg.connect(database.replace("+asyncpg", ""))
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass"
    try:
        return bool(await connection.fetchval(waiting, "membership.inbox"))
    finally:
        await connection.close()


async def say(board: System) -> dict[str, Any]:
    """Somebody applies."""
    whole = an_envelope("membership.applied.v1", "coop")
    whole["data"] = whole["data"] | {"application_id": str(uuid4())}
    await board.say("membership.applied.v1.coop", whole)
    return whole


async def is_answered(cooperative: Cooperative, said: dict[str, Any]) -> bool:
    """Whether the board hears of it, over a connection of its own."""
    listener = await log_in(cooperative, "board")
    told = await listener.hears(lambda told: told.get("causationid") == said["id"])
    await listener.connection.close()
    return bool(told["type"] == "application.received.v1")


async def works(cooperative: Cooperative) -> bool:
    """Whether what is said is answered."""
    speaker = await log_in(cooperative, "board")
    said = await say(speaker)
    await speaker.connection.close()
    return await is_answered(cooperative, said)


async def test_its_consumer_comes_back_after_its_queue_was_deleted(
    cooperative: Cooperative, start: Start
) -> None:
    membership = start(cooperative.url("membership"))
    await membership.becomes(200)
    operator = await log_in(cooperative, "operator")
    await operator.channel.queue_delete("membership.inbox")
    await operator.connection.close()
    await membership.becomes(503, broker="not consuming")
    await membership.becomes(200)
    assert await works(cooperative)


async def test_its_consumer_comes_back_after_the_broker_closed_its_channel_for_being_slow(
    cooperative: Cooperative, board: System, start: Start, shared_database: str
) -> None:
    limits = ("consumer_timeout", "channel_tick_interval")
    evaluate = cooperative.broker.rabbitmqctl
    known = ", ".join(f"element(2, application:get_env(rabbit, {name}))" for name in limits)
    hasty = ", ".join(f"application:set_env(rabbit, {name}, 1000)" for name in limits)
    before = evaluate("eval", f"Known = [{known}], {hasty}, Known.")
    log = cooperative.broker.directory / "log" / f"{NODE}.log"
    try:
        membership = start(cooperative.url("membership"), shared_database)
        await membership.becomes(200)
        async with handlers_kept_busy(shared_database):
            said = await say(board)

            async def closed() -> bool:
                return "has timed out" in log.read_text()

            await until(closed)
    finally:
        usual = zip(limits, json.loads(before), strict=True)
        again = ", ".join(f"application:set_env(rabbit, {name}, {value})" for name, value in usual)
        evaluate("eval", f"{again}.")
    assert await is_answered(cooperative, said)
    assert await works(cooperative)


async def test_it_notices_a_broker_that_stands_still_and_comes_back_with_it(
    cooperative: Cooperative, start: Start
) -> None:
    membership = start(f"{cooperative.url('membership')}?heartbeat=1")
    await membership.becomes(200)
    cooperative.broker.signal(signal.SIGSTOP)
    try:
        await membership.becomes(503, broker="not consuming")
    finally:
        cooperative.broker.signal(signal.SIGCONT)
    await membership.becomes(200)
    assert await works(cooperative)


async def test_a_replica_that_lost_the_database_lets_another_have_its_messages(
    cooperative: Cooperative, board: System, start: Start, shared_database: str
) -> None:
    async with Cable(shared_database) as cable:
        first = start(cooperative.url("membership"), cable.url)
        await first.becomes(200)
        assert await works(cooperative)
        second = start(cooperative.url("membership"), shared_database)
        await second.becomes(200)
        await cable.pull()
        assert await works(cooperative)
        assert "the database is gone" in first.process.log.read_text()
        await cable.plug_in()
        await first.becomes(200)
    await asyncio.to_thread(first.process.kill)


@pytest.mark.parametrize("times", [1, 20])
async def test_it_stops_within_its_bound_though_handlers_are_busy_and_loses_nothing(
    times: int, cooperative: Cooperative, board: System, start: Start, shared_database: str
) -> None:
    membership = start(cooperative.url("membership"), shared_database, KITU_STOP_SECONDS="2")
    await membership.becomes(200)
    async with handlers_kept_busy(shared_database):
        said = [await say(board) for _ in range(times)]
        await until(lambda: in_hand(shared_database))
        begun = time.monotonic()
        await asyncio.to_thread(membership.process.stop)
        assert time.monotonic() - begun < 2 + 10
    assert membership.process.log.read_text().rstrip().endswith("stopped")
    await start(cooperative.url("membership"), shared_database).becomes(200)
    answers = await board.answers()
    heard = [(await board.hears(queue=answers))["causationid"] for _ in said]
    assert sorted(heard) == sorted(one["id"] for one in said)
    assert await answers.get(fail=False) is None
