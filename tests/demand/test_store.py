"""What demand keeps, it gives back unchanged, and projections keep the newest, on both
databases."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from services.demand import store
from services.demand.domain import Demand, Item, Round, Status
from shared.database import Database
from tests.builders import NOON, an_id
from tests.demand.test_domain import CUT_OFF, ITEMS, SPRING, a_demand, a_wish, in_words

TODAY = NOON.date()


async def keep(database: Database, *demands: Demand) -> None:
    """Keep demands, and the catalogue's items."""
    async with database.transaction() as tx:
        for sequence, item in enumerate(ITEMS.values(), 1):
            await store.save_item(tx.session, item, sequence)
        for demand in demands:
            await store.save_demand(tx.session, demand)


async def test_a_demand_is_kept_whole(database: Database) -> None:
    wish = a_wish(
        needed_from=date(2026, 5, 1),
        round_id=an_id(2),
        term_months=36,
        price_ceiling_cents=999_999_999_999,
        equivalents=("NB-15",),
        minimum_quantity=3,
        cost_centre="11130",
    )
    full = a_demand(talk=({"kind": "question", "id": "1", "question": "Wie viele?"},))
    for demand in (full, replace(full, wish=wish, revision=2, ordered=5, status=Status.ORDERED)):
        await keep(database, demand)
        async with database.transaction() as tx:
            assert await store.demand(tx.session, an_id(4)) == demand
    async with database.transaction() as tx:
        assert await store.demand(tx.session, an_id(5)) is None


async def test_open_demand_of_the_categories_in_no_round_waits(database: Database) -> None:
    waiting = a_demand()
    await keep(
        database,
        waiting,
        a_demand(a_wish(item="DMS", term_months=12), id=an_id(5), reference="B-2"),
        a_demand(in_words(), id=an_id(6), reference="B-3"),
        a_demand(id=an_id(7), reference="B-4", status=Status.WITHDRAWN),
        a_demand(id=an_id(8), reference="B-5", wish=a_wish(round_id=an_id(2))),
    )
    async with database.transaction() as tx:
        assert await store.waiting(tx.session, {"hardware"}) == [waiting]
        assert len(await store.waiting(tx.session, {"hardware", "documents"})) == 2
        assert await store.waiting(tx.session, {"cloud"}) == []


async def test_a_rounds_count_is_of_its_open_demands(database: Database) -> None:
    mine = a_wish(round_id=an_id(2))
    await keep(
        database,
        a_demand(wish=mine),
        a_demand(wish=replace(mine, quantity=30), id=an_id(5), reference="B-2", revision=3),
        a_demand(wish=mine, id=an_id(6), reference="B-3", status=Status.WITHDRAWN),
        a_demand(wish=replace(mine, round_id=an_id(3)), id=an_id(7), reference="B-4"),
    )
    async with database.transaction() as tx:
        counting = sorted(await store.counting(tx.session, an_id(2)))
        assert counting == [(an_id(4), 12, 1), (an_id(5), 30, 3)]
        assert await store.counting(tx.session, an_id(9)) == []


async def test_a_member_is_active_up_to_its_last_day(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_member(
            tx.session, number="10002", name="Barleben", leaves_on=TODAY, sequence=1
        )
        assert await store.member_is_active(tx.session, "10002", TODAY)
        assert not await store.member_is_active(tx.session, "10002", TODAY + timedelta(days=1))
        assert not await store.member_is_active(tx.session, "10003", TODAY)


async def test_an_older_state_of_a_member_or_item_is_ignored(database: Database) -> None:
    async with database.transaction() as tx:
        for leaves_on, sequence in ((None, 3), (TODAY - timedelta(days=1), 2), (TODAY, 3)):
            await store.save_member(
                tx.session, number="10002", name="x", leaves_on=leaves_on, sequence=sequence
            )
        assert await store.member_is_active(tx.session, "10002", TODAY + timedelta(days=1))
        for name, sequence in (("new", 5), ("old", 4)):
            item = Item("NB-14", name, "hardware", "C62", monthly=False, orderable=True)
            await store.save_item(tx.session, item, sequence)
        assert (await store.items(tx.session, {"NB-14"}))["NB-14"].name == "new"


async def test_a_closed_round_stays_closed_whichever_message_comes_first(
    database: Database,
) -> None:
    for round_ in (replace(SPRING, closed=True), SPRING):
        async with database.transaction() as tx:
            await store.save_round(tx.session, round_)
    async with database.transaction() as tx:
        kept = await store.round_of(tx.session, SPRING.id)
        assert kept == replace(SPRING, closed=True)
        assert await store.open_round(tx.session, "hardware", NOON) is None


async def test_the_open_round_that_closes_first_collects(database: Database) -> None:
    later = Round(an_id(8), "R-3", frozenset({"hardware", "cloud"}), CUT_OFF + timedelta(days=9))
    async with database.transaction() as tx:
        for round_ in (later, SPRING):
            await store.save_round(tx.session, round_)
        assert await store.open_round(tx.session, "hardware", NOON) == SPRING
        assert await store.open_round(tx.session, "cloud", NOON) == later
        assert await store.open_round(tx.session, "hardware", CUT_OFF) == later
        assert await store.open_round(tx.session, "personnel", NOON) is None


async def test_a_round_does_not_close_under_who_relies_on_it(postgres_database: Database) -> None:
    async with postgres_database.transaction() as tx:
        await store.save_round(tx.session, SPRING)
    order: list[str] = []
    relied = asyncio.Event()

    async def rely() -> None:
        async with postgres_database.transaction() as tx:
            assert await store.open_round(tx.session, "hardware", NOON)
            relied.set()
            await asyncio.sleep(0.1)
            order.append("relied")

    async def close() -> None:
        await relied.wait()
        async with postgres_database.transaction() as tx:
            await store.round_of(tx.session, SPRING.id, alone=True)
            order.append("closed")

    await asyncio.gather(rely(), close())
    assert order == ["relied", "closed"]


async def test_a_demand_is_shown_by_its_id_and_by_its_reference(database: Database) -> None:
    await keep(database, a_demand())
    async with database.transaction() as tx:
        by_id = await store.show_demand(tx.session, str(an_id(4)))
        assert by_id == await store.show_demand(tx.session, "B-2026-00001")
        assert await store.show_demand(tx.session, "B-2026-00002") is None
    assert by_id is not None
    assert (by_id["member"], by_id["quantity"], by_id["status"]) == ("10002", 12, "open")
