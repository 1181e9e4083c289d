"""What the clock makes due is done once: after a year without the service, by several replicas,
and on the days of 23 and of 25 hours."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from services.membership import handlers
from shared.database import Database
from tests.builders import ENDS_OF_DAYS, Clock, an_event, deliver, said
from tests.membership.people import apply, decide, join


async def test_a_year_is_caught_up_once_though_all_replicas_look_at_once(
    postgres_database: Database, clock: Clock
) -> None:
    clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    await join(postgres_database)
    await deliver(postgres_database, an_event("membership.notice_given.v1"))
    await join(postgres_database, "10020", number=2, ends_on="2026-12-31")
    await apply(postgres_database, 3, kind="district", ags=None, name="Landkreis 10030")
    await decide(postgres_database, 3, decision="refused", reason="Sitz außerhalb des Landes")
    clock.now += timedelta(days=366)
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, "membership", clock, postgres_database.rules) for _ in range(3)]

    await asyncio.gather(*(handlers.due(replica) for replica in replicas))
    spoken = await said(postgres_database)
    await asyncio.gather(*(handlers.due(replica) for replica in replicas))
    for replica in replicas:
        await replica.close()
    assert sorted((each.type, each.party) for each in spoken) == [
        ("application.erased.v1", "coop"),
        ("member.left.v1", "10002"),
        ("member.left.v1", "10020"),
        ("repayment.due.v1", "10002"),
        ("repayment.due.v1", "10020"),
        ("repayment.due.v1", "coop"),
        ("repayment.due.v1", "coop"),
    ], "nobody is reminded of a term that has ended"
    assert await said(postgres_database) == []


@pytest.mark.parametrize(("day", "midnight"), ENDS_OF_DAYS)
async def test_a_term_ends_at_midnight_in_germany_on_the_days_that_clocks_change(
    day: date, midnight: datetime, database: Database, clock: Clock
) -> None:
    await join(database, ends_on=str(day))
    clock.now = midnight - timedelta(seconds=1)
    await handlers.due(database)
    assert "member.left.v1" not in [each.type for each in await said(database)]
    clock.now = midnight
    await handlers.due(database)
    assert [each.type for each in await said(database)].count("member.left.v1") == 1
