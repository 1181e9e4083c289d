"""What the clock makes due is told once: after a year without the service, by several replicas,
and on the days of 23 and of 25 hours."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from services.notifications.handlers import due
from shared.database import Database
from tests.builders import ENDS_OF_DAYS
from tests.notifications.conftest import Clock
from tests.notifications.story import HABITS, admit, hear, mails, text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_year_without_the_service_is_caught_up_once_by_several_replicas(
    database: Database, database_url: str, clock: Clock
) -> None:
    daily = {"role": "it", "name": "IT", "email": "it@x.example", "mails": "daily"}
    await admit(database, contacts=[daily])
    await hear(database, "round.opened.v1", party="coop", cut_off="2026-03-12T10:00:00Z")
    await hear(database, "order.confirmed.v1", deliver_on="2026-03-05")
    await hear(database, "demand.accepted.v1")
    await admit(database, "10003")
    await hear(database, "order.confirmed.v1", "10003", member="10003", deliver_on="2026-03-05")
    await mails(database)
    clock.forward(days=366)
    replicas = [Database(database_url, "notifications", clock) for _ in range(3)]
    for _ in range(3):  # what is gathered for the day is found while the mail is written
        await asyncio.gather(*(due(replica, HABITS) for replica in replicas))
        clock.forward(days=1)
    for replica in replicas:
        await replica.close()
    made = Counter(mail.kind for mail in await mails(database))
    twice = dict.fromkeys(("member_admitted", "round_opened", "order_confirmed"), 2)
    once = {"delivery_late": 1, "digest_it": 1}
    assert made == twice | once, "nobody is reminded of a cut-off that has passed"
    [day] = await mails(database, "digest_it")
    assert "B-2026-00017" in text(day)


@pytest.mark.parametrize(("day", "midnight"), ENDS_OF_DAYS)
async def test_a_delivery_is_late_at_midnight_in_germany_on_the_days_that_clocks_change(
    database: Database, clock: Clock, day: date, midnight: datetime
) -> None:
    await admit(database)
    await hear(database, "order.confirmed.v1", deliver_on=str(day))
    clock.now = midnight - timedelta(seconds=1)
    assert await mails(database, "delivery_late") == []
    clock.now = midnight
    await mails(database)
    assert len(await mails(database, "delivery_late")) == 1
