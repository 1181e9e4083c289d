"""Solutions from order to end, charged once a month; pilots that start or lapse."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.procurement import store
from services.procurement.handlers import due, piloting, subscribing
from shared.database import Database
from shared.events import Event
from shared.events.kid import PilotAnnounced, RolloutPlanned
from shared.events.member import (
    PilotInterestStated,
    SubscriptionNoticeGiven,
    SubscriptionUsersChanged,
)
from shared.events.procurement import (
    CataloguePublished,
    ContractExhausted,
    PilotLapsed,
    PilotOpened,
    PilotStarted,
    RoundOpened,
    SubscriptionChanged,
    SubscriptionCostStated,
)
from shared.refusal import Refused
from tests.procurement.builders import an_order, an_order_line
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    CONTRACT,
    admit_members,
    answer,
    deliver,
    only,
    parties,
    pass_time,
    placed,
    said,
    stated,
    tell,
)

TIERS = [
    {"from_quantity": 1, "prices": [{"item": "NB-14", "unit_price": "12.80"}]},
    {"from_quantity": 100, "prices": [{"item": "NB-14", "unit_price": "11.40"}]},
]


async def subscribed(database: Database, *users: int, **terms: Any) -> list[SubscriptionChanged]:
    """One order of a solution with a line for each member, accepted whole."""
    lines = [
        an_order_line(at, member=f"1000{at}", quantity=count, months=36, unit_cents=11_40)
        for at, count in enumerate(users, 1)
    ]
    (order,) = await placed(database, an_order(*lines), tiers=TIERS, **terms)
    begun = only(SubscriptionChanged, await answer(database, order))
    started = await deliver(database, order, *users)
    assert [each.change for each in only(SubscriptionChanged, started)] == ["running"] * len(users)
    return begun


async def test_a_confirmed_solution_is_subscribed_rolled_out_and_runs(database: Database) -> None:
    first, second = await subscribed(database, 60, 40)
    assert [each.reference for each in (first, second)] == ["S-2026-0001", "S-2026-0002"]
    assert (first.change, first.member, first.users, first.term_months) == (
        "subscribed",
        "10001",
        60,
        36,
    )
    planned = stated(RolloutPlanned, subscription_id=first.subscription_id)
    planned = planned.model_copy(update={"steps": planned.steps[1:]})
    (told,) = only(SubscriptionChanged, await tell(database, subscribing.keep_rollout, planned))
    assert [step.name for step in told.steps] == ["Anwender schulen"]
    async with database.transaction() as tx:
        shown = await store.show_subscription(tx.session, "S-2026-0001")
    assert shown is not None
    assert (shown["started_on"], shown["first_month"]) == ("2026-03-31", "2026-04-01")


async def test_every_month_is_stated_once_and_caught_up_after_an_outage(
    database: Database, clock: Clock
) -> None:
    first, _ = await subscribed(database, 60, 40)
    clock.now = datetime(2026, 4, 30, 21, 59, tzinfo=UTC)
    assert only(SubscriptionCostStated, await pass_time(database)) == [], "still April in Berlin"
    clock.now = datetime(2026, 4, 30, 22, 0, tzinfo=UTC)
    april = only(SubscriptionCostStated, await pass_time(database))
    assert [(each.member, each.month, each.net) for each in april] == [
        ("10001", date(2026, 4, 1), 60 * 11_40),
        ("10002", date(2026, 4, 1), 40 * 11_40),
    ]
    assert (april[0].alone, april[0].saving) == (60 * 12_80, 60 * 1_40)
    assert (april[0].difference, april[0].pool_users, april[0].pool_net) == (0, 100, 1140_00)
    assert april[0].vat == 60 * 11_40 * 19 // 100
    assert only(SubscriptionCostStated, await pass_time(database)) == []

    changed = stated(
        SubscriptionUsersChanged, member="10001", subscription_id=first.subscription_id, users=30
    )
    await tell(database, subscribing.change_users, changed)
    clock.now = datetime(2026, 8, 2, 8, tzinfo=UTC)  # an outage of two months
    late = only(SubscriptionCostStated, await pass_time(database))
    assert [(each.month.month, each.member) for each in late] == [
        (month, member) for month in (5, 6, 7) for member in ("10001", "10002")
    ]
    may, june = late[0], late[2]
    assert may.net == 60 * 11_40
    assert (june.net, june.lines[0].users) == (30 * 12_80, 30), "70 users are below the tier"
    assert june.difference == 30 * 12_80 - 60 * 11_40
    assert sum(each.net for each in late if each.month == june.month) == june.pool_net


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_replicas_state_a_month_once(database: Database, clock: Clock) -> None:
    await subscribed(database, 60, 40)
    clock.now = datetime(2026, 7, 1, 8, tzinfo=UTC)
    url = database.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, "procurement", clock, database.rules) for _ in range(3)]

    await asyncio.gather(*(due(replica) for replica in replicas))
    for replica in replicas:
        await replica.close()
    spoken = only(SubscriptionCostStated, await said(database))
    assert sorted((each.month.month, each.member) for each in spoken) == [
        (month, member) for month in (4, 5, 6) for member in ("10001", "10002")
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_more_users_are_called_from_the_contract_up_to_its_maximum(
    database: Database,
) -> None:
    first, second = await subscribed(database, 60, 40, maximum_quantity=110)
    more = {"member": "10001", "subscription_id": first.subscription_id}
    with pytest.raises(Refused, match="must not be above 70"):
        await tell(
            database, subscribing.change_users, stated(SubscriptionUsersChanged, **more, users=71)
        )
    await tell(
        database, subscribing.change_users, stated(SubscriptionUsersChanged, **more, users=70)
    )
    async with database.transaction() as tx:
        contract = await store.contract(tx.session, CONTRACT)
    assert contract is not None
    assert contract.remaining_pieces == 0
    other = stated(
        SubscriptionUsersChanged, member="10001", subscription_id=second.subscription_id, users=1
    )
    with pytest.raises(Refused, match="of this member"):
        await tell(database, subscribing.change_users, other)


async def test_a_notice_ends_the_charges_with_its_last_month(
    database: Database, clock: Clock
) -> None:
    (only_one,) = await subscribed(database, 60, notice_months=6)
    clock.now = datetime(2029, 2, 10, 8, tzinfo=UTC)
    await pass_time(database)
    notice = stated(
        SubscriptionNoticeGiven, member="10001", subscription_id=only_one.subscription_id
    )
    (told,) = only(SubscriptionChanged, await tell(database, subscribing.end_subscription, notice))
    assert told.ends_on == date(2029, 8, 31)
    clock.now = datetime(2030, 1, 10, 8, tzinfo=UTC)
    last = only(SubscriptionCostStated, await pass_time(database))
    assert [each.month for each in last] == [date(2029, month, 1) for month in range(2, 9)]
    assert last[0].lines[0].agreed == 60 * 11_40, "the 35th month of the term"
    assert last[-1].lines[0].agreed == 0
    clock.now += timedelta(days=400)
    assert only(SubscriptionCostStated, await pass_time(database)) == []


async def test_months_beyond_the_ordered_term_are_called_from_the_contract_too(
    database: Database, clock: Clock
) -> None:
    most = 36 * 60 * 12_80 + 60 * 12_80  # the term, and one month more
    await subscribed(database, 60, maximum_value=f"{most // 100}.{most % 100:02d}")
    clock.now = datetime(2029, 4, 2, 8, tzinfo=UTC)
    await pass_time(database)
    assert (before := await called(database)) == 36 * 60 * 11_40, "as it was ordered"
    clock.now = datetime(2029, 5, 2, 8, tzinfo=UTC)
    await pass_time(database)
    assert await called(database) == before + 60 * 12_80
    clock.now = datetime(2029, 10, 2, 8, tzinfo=UTC)
    spoken = await pass_time(database)
    months = only(SubscriptionCostStated, spoken)
    assert [each.month.month for each in months] == [5, 6, 7, 8, 9], "what runs is paid"
    assert await called(database) == before + 6 * 60 * 12_80
    assert [each.measure for each in only(ContractExhausted, spoken)] == ["value"] * 1
    assert [item.orderable for item in only(CataloguePublished, spoken)] == [False]


async def called(database: Database) -> int:
    """Net cents called from the contract so far."""
    async with database.transaction() as tx:
        contract = await store.contract(tx.session, CONTRACT)
    assert contract is not None
    return contract.called_cents


async def test_enough_members_start_a_pilot_and_open_its_round(database: Database) -> None:
    await admit_members(database)
    announced = stated(PilotAnnounced, least_members=2)
    assert parties(PilotOpened, await tell(database, piloting.open_pilot, announced)) == ["coop"]
    await interest(database, "10001")
    spoken = await interest(database, "10002")
    (started,), (opened,) = only(PilotStarted, spoken), only(RoundOpened, spoken)
    assert (started.members, started.interested) == (["10001", "10002"], 2)
    assert (opened.reference, opened.categories) == (started.round_reference, ["hotline_115"])
    with pytest.raises(Refused, match="started"):
        await interest(database, "10003")


async def interest(database: Database, member: str) -> list[tuple[str, Event]]:
    """A member is interested in the pilot."""
    event = stated(PilotInterestStated, member=member, interested=True)
    return await tell(database, piloting.note_interest, event)


async def test_a_pilot_with_too_few_members_lapses_the_day_after(
    database: Database, clock: Clock
) -> None:
    await admit_members(database)
    await tell(database, piloting.open_pilot, stated(PilotAnnounced))
    await interest(database, "10001")
    clock.now = datetime(2026, 6, 30, 21, 59, tzinfo=UTC)
    assert only(PilotLapsed, await pass_time(database)) == []
    clock.now = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
    (lapsed,) = only(PilotLapsed, await pass_time(database))
    assert (lapsed.interested, lapsed.least_members) == (1, 5)
    assert only(PilotLapsed, await pass_time(database)) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_only_members_are_interested(database: Database) -> None:
    await tell(database, piloting.open_pilot, stated(PilotAnnounced))
    with pytest.raises(Refused, match="member"):
        await interest(database, "10001")
