"""Several replicas, one dead, contracts that change meanwhile: still each round once."""

import asyncio
from datetime import timedelta

from services.procurement import store
from services.procurement.handlers import due, offering
from shared.database import Database
from shared.events.kid import ContractChanged
from shared.events.procurement import (
    OrderPlaced,
)
from tests.procurement.builders import an_id
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    CONTRACT,
    ROUND,
    admit_members,
    announce,
    close,
    count,
    demand,
    offer,
    only,
    pass_time,
    said,
    stated,
)


async def test_a_contract_that_changes_while_its_round_is_planned_counts_as_changed(
    database: Database,
) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10)

    async def change_meanwhile() -> None:
        shown = None
        while not (shown and shown["being_bundled_until"]):
            async with database.transaction() as tx:
                shown = await store.show_round(tx.session, "R-2026-0001")
        cheaper = [{"from_quantity": 1, "prices": [{"item": "NB-14", "unit_price": "800.00"}]}]
        changed = stated(ContractChanged, contract_id=CONTRACT, tiers=cheaper)
        async with database.transaction() as tx:
            await offering.change_contract(changed, tx)

    await asyncio.gather(due(database), change_meanwhile())
    orders = only(OrderPlaced, await said(database))
    assert [order.net for order in orders] == [10 * 800_00]


async def test_replicas_order_a_round_once(database: Database, clock: Clock) -> None:
    await admit_members(database)
    await offer(database)
    for round_id in (ROUND, an_id(22)):
        await announce(database, round_id=round_id)
    await demand(database, 1, "10001", 10)
    await demand(database, 2, "10002", 20, round_id=an_id(22))
    clock.now += timedelta(days=2)
    await said(database)
    url = database.engine.url.render_as_string(False)
    replica = Database(url, "procurement", clock, database.rules)
    await asyncio.gather(due(database), due(replica))
    await count(database, 1, 10)
    await count(database, 1, 20, an_id(22))
    await asyncio.gather(due(database), due(replica))
    await asyncio.gather(due(database), due(replica))
    await replica.close()
    orders = only(OrderPlaced, await said(database))
    assert sorted(order.net for order in orders) == [10 * 899_00, 20 * 899_00]
    assert sorted(order.reference for order in orders) == ["A-2026-0001", "A-2026-0002"]


async def test_a_round_left_by_a_dead_replica_is_taken_up_again(
    database: Database, clock: Clock
) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10)
    async with database.transaction() as tx:
        await store.take(tx.session, ROUND, clock.now.replace(minute=1))
    assert await pass_time(database) == []
    clock.now = clock.now.replace(minute=1)
    assert len(only(OrderPlaced, await pass_time(database))) == 1
