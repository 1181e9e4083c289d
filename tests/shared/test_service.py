"""A service as a process: it waits for what it needs, survives what goes away, and stops in good
order."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.cable import Cable
from deploy.local.postgres import PrivatePostgres
from tests.builders import an_envelope
from tests.cooperative import Cooperative, Running, System, log_in, run_service

Start = Callable[..., Running]
BASIC_CONSUME = b"\x00\x3c\x00\x14"
"""Class 60, method 20; AMQP 0-9-1 specification, section 1.8.3.3."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts membership as a process; it is ended with the test."""
    started: list[Running] = []

    def begin(url: str, database: str = "") -> Running:
        started.append(run_service("membership", url, tmp_path, database))
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


async def apply(board: System) -> dict[str, Any]:
    """Somebody applies; returns what the board hears."""
    whole = an_envelope("membership.applied.v1", "coop")
    whole["data"] = whole["data"] | {"application_id": str(uuid4())}
    await board.say("membership.applied.v1.coop", whole)
    return await board.hears(lambda told: told.get("causationid") == whole["id"])


async def test_it_starts_before_the_broker_is_there_and_works_when_it_is(
    cooperative: Cooperative, board: System, start: Start
) -> None:
    cable = Cable(cooperative.url("membership"))
    membership = start(cable.url)
    told = await membership.becomes(503, broker="starting")
    assert told == {"service": "membership", "broker": "starting", "database": "ok"}
    async with cable:
        assert await membership.becomes(200, broker="ok", database="ok")
        assert (await apply(board))["type"] == "application.received.v1"


async def test_it_starts_before_the_database_is_there_and_survives_its_restart(
    cooperative: Cooperative, board: System, start: Start, postgres: PrivatePostgres
) -> None:
    postgres.create_database("service_tests")
    url = postgres.url("service_tests")
    await asyncio.to_thread(postgres.stop)
    try:
        membership = start(cooperative.url("membership"), url)
        assert (await membership.becomes(503))["database"] != "ok"
        await asyncio.to_thread(postgres.start)
        await membership.becomes(200)
        assert (await apply(board))["type"] == "application.received.v1"
        await asyncio.to_thread(postgres.kill)
        assert (await membership.becomes(503))["database"] != "ok"
    finally:
        await asyncio.to_thread(postgres.start)
    await membership.becomes(200)
    assert (await apply(board))["type"] == "application.received.v1"


async def test_it_asks_again_where_the_broker_never_answers_that_it_may_consume(
    cooperative: Cooperative, board: System, start: Start
) -> None:
    async with Cable(cooperative.url("membership"), swallow=BASIC_CONSUME) as cable:
        membership = start(cable.url)
        await membership.becomes(200)
        assert (await apply(board))["type"] == "application.received.v1"
        assert "waiting for the broker: TimeoutError" in membership.process.log.read_text()


async def test_its_consumer_comes_back_after_the_connection_was_cut(
    cooperative: Cooperative, board: System, start: Start
) -> None:
    async with Cable(cooperative.url("membership")) as cable:
        membership = start(cable.url)
        await membership.becomes(200)
        await apply(board)
        await cable.pull()
        await membership.becomes(503)
        await cable.plug_in()
        await membership.becomes(200)
        assert (await apply(board))["type"] == "application.received.v1"


async def test_its_consumer_comes_back_after_the_broker_was_killed(
    cooperative: Cooperative, start: Start
) -> None:
    membership = start(cooperative.url("membership"))
    await membership.becomes(200)
    await asyncio.to_thread(cooperative.broker.kill)
    await membership.becomes(503)
    await asyncio.to_thread(cooperative.broker.start)
    await membership.becomes(200)
    board = await log_in(cooperative, "board")
    assert (await apply(board))["type"] == "application.received.v1"
    await board.connection.close()


async def test_it_stops_in_good_order_and_another_goes_on(
    cooperative: Cooperative, board: System, start: Start
) -> None:
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        membership = start(cooperative.url("membership"))
        await membership.becomes(200)
        assert (await apply(board))["type"] == "application.received.v1"
        begun = time.monotonic()
        await asyncio.to_thread(membership.process.stop, signal_)
        assert time.monotonic() - begun < 20
        log = membership.process.log.read_text()
        assert log.rstrip().endswith("stopped")
        assert "Traceback" not in log
        assert await membership.ask("/health") == (0, {})
    await start(cooperative.url("membership")).becomes(200)
    assert (await apply(board))["type"] == "application.received.v1"


async def test_it_shows_a_member_and_what_can_be_asked_for(
    cooperative: Cooperative, board: System, start: Start
) -> None:
    membership = start(cooperative.url("membership"))
    await membership.becomes(200)
    received = await apply(board)
    decided = an_envelope("membership.decided.v1", "coop")
    decided["data"] = decided["data"] | {"application_id": received["data"]["application_id"]}
    await board.say("membership.decided.v1.coop", decided)
    barleben = await log_in(cooperative, "member-10002")
    await barleben.hears(lambda told: told.get("causationid") == decided["id"])
    await barleben.connection.close()
    status, shown = await membership.ask("/show?kind=member&id=10002")
    assert (status, shown["name"]) == (200, "Gemeinde Barleben")
    for wrong in ("/show?kind=member&id=10003", "/show?kind=x&id=1", "/nothing"):
        status, told = await membership.ask(wrong)
        assert status == 404
        assert "/show?kind=member&id=…" in told["known"]
