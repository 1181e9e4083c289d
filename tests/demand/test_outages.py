"""What the clock makes due is done once: after a year without the service, by several replicas,
and on the days of 23 and of 25 hours."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from services.demand.handlers import due
from shared.database import Database
from tests.builders import ENDS_OF_DAYS, Clock, an_event, an_id, deliver, said
from tests.demand.world import ROUND, found, open_round, state, submit, submit_in_words

FIRST = {"role": "it", "name": "M. Schulz"}


@pytest.mark.parametrize("service", ["demand"])
async def test_a_year_is_caught_up_once_though_all_replicas_look_at_once(
    postgres_database: Database, clock: Clock
) -> None:
    await found(postgres_database)
    await submit_in_words(postgres_database, 4)
    await state(postgres_database, "consultation.asked.v1", 4, question_id=str(an_id(50)))
    await submit_in_words(postgres_database, 5)
    await submit(postgres_database, 6)
    await deliver(postgres_database, an_event("approval.limit_set.v1", above="1.00"))
    await open_round(postgres_database, ROUND, "hardware", "documents")
    await submit(postgres_database, 7, stated_by=FIRST)
    clock.now += timedelta(days=366)
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, "demand", clock, postgres_database.rules) for _ in range(3)]

    await asyncio.gather(*(due(replica) for replica in replicas))
    spoken = await said(postgres_database)
    await asyncio.gather(*(due(replica) for replica in replicas))
    for replica in replicas:
        await replica.close()
    lapsed = [(each.type, each.data["demand_id"], each.party) for each in spoken]
    assert sorted(lapsed) == sorted(
        ("demand.lapsed.v1", str(an_id(number)), party)
        for number, parties in ((4, ("10002", "kid")), (5, ("10002", "kid")), (7, ("10002",)))
        for party in parties
    ), "no reminder comes after its end; what is in a round is that round's business"
    assert await said(postgres_database) == []


@pytest.mark.parametrize(("day", "midnight"), ENDS_OF_DAYS)
async def test_a_demand_lapses_at_midnight_in_germany_on_the_days_that_clocks_change(
    day: date, midnight: datetime, database: Database, clock: Clock
) -> None:
    await found(database)
    await submit(database, needed_by=str(day + timedelta(days=1)))
    clock.now = midnight - timedelta(seconds=1)
    await due(database)
    assert await said(database) == []
    clock.now = midnight
    await due(database)
    assert [each.type for each in await said(database)] == ["demand.lapsed.v1"]
