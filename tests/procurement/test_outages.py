"""What the clock makes due is done once: after a year without the service, by several replicas,
and on the days of 23 and of 25 hours."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from services.procurement.handlers import due, offering, piloting
from shared.database import Database
from shared.events.kid import CatalogueItemOffered, PilotAnnounced
from shared.events.procurement import (
    PilotLapsed,
    RoundClosed,
    SubscriptionCostStated,
    TenderProposed,
)
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    announce,
    demand,
    only,
    pass_time,
    said,
    stated,
    tell,
)
from tests.procurement.test_solutions import subscribed


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_year_is_caught_up_once_though_all_replicas_look_at_once(
    database: Database, clock: Clock
) -> None:
    await subscribed(database, 60, 40)
    await tell(database, offering.publish_item, stated(CatalogueItemOffered, item="SCAN-A4"))
    await demand(database, 1, "10001", 10, item="SCAN-A4", round_id=None, needed_by="2028-01-31")
    await tell(database, piloting.open_pilot, stated(PilotAnnounced))
    clock.now += timedelta(days=366)
    url = database.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, "procurement", clock, database.rules) for _ in range(3)]

    await asyncio.gather(*(due(replica) for replica in replicas))
    spoken = await said(database)
    await asyncio.gather(*(due(replica) for replica in replicas))
    for replica in replicas:
        await replica.close()
    months = [(each.month, each.member) for each in only(SubscriptionCostStated, spoken)]
    whole = [date(2026, month, 1) for month in range(4, 13)]
    whole += [date(2027, month, 1) for month in range(1, 4)]
    assert sorted(months) == [(month, member) for month in whole for member in ("10001", "10002")]
    assert len(only(PilotLapsed, spoken)) == 1
    assert len(only(TenderProposed, spoken)) == 1
    assert await said(database) == []


@pytest.mark.parametrize(
    ("interest_by", "midnight"),
    [
        ("2027-03-27", datetime(2027, 3, 27, 23, tzinfo=UTC)),
        ("2027-03-28", datetime(2027, 3, 28, 22, tzinfo=UTC)),
        ("2026-10-24", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
async def test_a_pilot_lapses_at_midnight_in_germany_on_the_days_that_clocks_change(
    interest_by: str, midnight: datetime, database: Database, clock: Clock
) -> None:
    await tell(database, piloting.open_pilot, stated(PilotAnnounced, interest_by=interest_by))
    clock.now = midnight - timedelta(seconds=1)
    assert only(PilotLapsed, await pass_time(database)) == []
    clock.now = midnight
    assert len(only(PilotLapsed, await pass_time(database))) == 1


@pytest.mark.parametrize("cut_off", ["2027-03-28T01:00", "2026-10-25T00:30", "2026-10-25T01:30"])
async def test_a_round_closes_at_its_moment_also_in_the_hour_that_clocks_change(
    cut_off: str, database: Database, clock: Clock
) -> None:
    await announce(database, cut_off=f"{cut_off}:00Z")
    clock.now = datetime.fromisoformat(f"{cut_off}:00+00:00") - timedelta(seconds=1)
    assert only(RoundClosed, await pass_time(database)) == []
    clock.now += timedelta(seconds=1)
    (closed,) = only(RoundClosed, await pass_time(database))
    assert closed.closed_at == clock.now
    assert only(RoundClosed, await pass_time(database)) == []


async def test_a_month_ends_at_midnight_in_germany_after_clocks_changed(
    database: Database, clock: Clock
) -> None:
    await subscribed(database, 60)
    clock.now = datetime(2026, 9, 30, 22, tzinfo=UTC)  # summer time
    await pass_time(database)
    for month, midnight in (
        (date(2026, 10, 1), datetime(2026, 10, 31, 23, tzinfo=UTC)),
        (date(2026, 11, 1), datetime(2026, 11, 30, 23, tzinfo=UTC)),
    ):
        clock.now = midnight - timedelta(seconds=1)
        assert only(SubscriptionCostStated, await pass_time(database)) == []
        clock.now = midnight
        (costs,) = only(SubscriptionCostStated, await pass_time(database))
        assert costs.month == month
