"""What fails waits, is parked or buried, and holds up nobody else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from deploy.local.postgres import PrivatePostgres
from shared.database import Database
from shared.database.tables import inbox, parked
from shared.messaging.gate import Arrival
from shared.messaging.receiving import Receiver
from shared.messaging.topology import DEAD_LETTERS
from shared.refusal import refuse
from tests.builders import (
    AT_ONCE,
    OPERATORS,
    Clock,
    an_arrival,
    an_envelope,
    said,
)
from tests.shared.withdrawals import (
    NOBODYS,
    TRIES,
    Failed,
    confirm,
    current,
    effects,
    failing,
    give,
    receiver,
    withdrawn,
)


async def test_a_fault_that_passes_is_tried_again_at_once(database: Database) -> None:
    handle, calls = failing(TRIES - 1)
    await give(database, withdrawn(), handle)
    assert calls.total() == TRIES
    assert await effects(database) == 1
    assert len(await said(database)) == 1


async def test_a_fault_that_stays_parks_the_message_and_leaves_no_effect(
    database: Database,
) -> None:
    handle, calls = failing(99)
    await give(database, withdrawn(), handle)
    assert calls.total() == TRIES
    assert await effects(database) == 0
    assert await said(database) == []
    async with database.transaction() as tx:
        row = (await tx.session.execute(select(parked))).one()
        assert not await tx.session.scalar(select(func.count()).select_from(inbox))
    assert row.due_at == database.clock() + timedelta(seconds=AT_ONCE.delays[0])
    assert row.history == [{"at": "2026-02-03T12:00:00+00:00", "why": "Failed: no such thing"}]


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=366)], ids=["in time", "outage"])
async def test_a_parked_message_takes_effect_when_its_time_has_come(
    database: Database, clock: Clock, later: timedelta
) -> None:
    handle, calls = failing(TRIES)
    await give(database, withdrawn(), handle)
    await receiver(database).revive({"demand.withdrawn.v1": handle})
    assert calls.total() == TRIES
    clock.now += timedelta(seconds=AT_ONCE.delays[0]) + later
    await asyncio.gather(
        *(receiver(database).revive({"demand.withdrawn.v1": handle}) for _ in range(3))
    )
    assert calls.total() == TRIES + 1
    assert await effects(database) == 1
    await give(database, withdrawn(), handle)
    assert calls.total() == TRIES + 1


async def test_a_message_that_always_fails_is_buried_with_reason_trace_and_history(
    database: Database, clock: Clock
) -> None:
    handle, calls = failing(99)
    arrival = withdrawn()
    await give(database, arrival, handle)
    for delay in AT_ONCE.delays:
        assert await said(database) == []
        clock.now += timedelta(seconds=delay)
        await receiver(database).revive({"demand.withdrawn.v1": handle})
    (letter,) = await said(database)
    assert calls.total() == TRIES * (1 + len(AT_ONCE.delays))
    assert letter.exchange == DEAD_LETTERS
    assert letter.headers["kitu-reason"] == "Failed('no such thing')"
    assert "in handle\n" in letter.headers["kitu-trace"]
    assert letter.headers["kitu-history"].count("Failed: no such thing") == 3
    assert letter.headers["kitu-exchange"] == arrival.exchange
    assert letter.headers["kitu-routing-key"] == arrival.routing_key
    assert letter.headers["kitu-user"] == arrival.user
    assert await effects(database) == 0


async def test_later_messages_on_a_parked_subject_wait_behind_it_and_others_go_on(
    database: Database, clock: Clock
) -> None:
    order: list[str] = []
    broken = True

    async def handle(event: Any, _tx: Any) -> None:
        if event.reason == "1" and broken:
            raise Failed
        order.append(event.reason)

    for number, demand in ((1, 4), (2, 4), (3, 5), (4, 4)):
        await give(database, withdrawn(number, demand), handle)
    assert order == ["3"]
    broken = False
    for _ in range(3):
        clock.now += timedelta(seconds=AT_ONCE.delays[0])
        await receiver(database).revive({"demand.withdrawn.v1": handle})
    await give(database, withdrawn(5), handle)
    assert order == ["3", "1", "2", "4", "5"]


async def test_poison_does_not_hold_up_what_comes_after_it(database: Database) -> None:
    good = asyncio.Event()

    async def handle(event: Any, _tx: Any) -> None:
        if event.reason == "1":
            raise Failed
        good.set()

    patient = Receiver(database, OPERATORS)  # with its pauses
    poison = asyncio.create_task(patient.receive(withdrawn(1, 4), current(handle)))
    await patient.receive(withdrawn(2, 5), current(handle))
    assert good.is_set()
    assert not poison.done()
    await poison


async def test_a_service_cannot_refuse_a_fact_so_that_is_a_fault(database: Database) -> None:
    async def handle(_event: Any, _tx: Any) -> None:
        raise refuse("order_id", 1, "must be an order that was placed")

    await give(database, an_arrival(an_envelope("order.placed.v1")), handle)
    assert await said(database) == []
    async with database.transaction() as tx:
        assert await tx.session.scalar(select(func.count()).select_from(parked)) == 1


async def test_while_the_database_is_away_a_message_waits_and_then_takes_effect_once(
    postgres_database: Database, postgres: PrivatePostgres
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(event: Any, tx: Any) -> None:
        await confirm(event, tx)
        begun.set()
        await go_on.wait()

    caught = asyncio.create_task(give(postgres_database, withdrawn(1, 4), handle))
    await begun.wait()
    await asyncio.to_thread(postgres.stop)
    go_on.set()
    meanwhile = asyncio.create_task(give(postgres_database, withdrawn(2, 5), handle))
    done, _ = await asyncio.wait({caught, meanwhile}, timeout=5 * AT_ONCE.away)
    assert not done
    await asyncio.to_thread(postgres.start)
    async with asyncio.timeout(60):
        await asyncio.gather(caught, meanwhile)
    assert await effects(postgres_database) == 2
    assert len(await said(postgres_database)) == 2
    async with postgres_database.transaction() as tx:
        assert not await tx.session.scalar(select(func.count()).select_from(parked))


@pytest.mark.parametrize("arrival", [withdrawn(colour="red"), NOBODYS, withdrawn()])
async def test_a_message_that_cannot_even_be_set_aside_is_left_to_the_broker(
    sqlite_database: Database, arrival: Arrival
) -> None:
    async with sqlite_database.transaction() as tx:
        await tx.session.execute(text("DROP TABLE outbox"))
        await tx.session.execute(text("DROP TABLE parked"))
    with pytest.raises(DBAPIError):
        await give(sqlite_database, arrival, confirm)
