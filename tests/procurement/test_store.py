"""What is kept comes back as it was, on both databases."""

import asyncio
from dataclasses import replace
from datetime import date
from fractions import Fraction

from services.procurement import app, store
from services.procurement.bundling import Contract, Line, Tier, plan_round
from services.procurement.domain.costs import Share
from shared.database import Database
from tests.procurement.builders import (
    NOON,
    a_contract,
    an_id,
    an_item,
    an_order,
    an_order_line,
)
from tests.procurement.story import ROUND, a_bundle, announce, placed, said


async def test_a_contract_comes_back_with_all_its_terms(database: Database) -> None:
    kept = a_contract(
        named_buyers=("10001", "10002"),
        packs=(("NB-14", 5),),
        maximum_value=100_000_00,
        called_pieces=7,
        cascade="server",
        rank=2,
    )
    async with database.transaction() as tx:
        await store.save_contract(tx.session, kept, NOON)
    async with database.transaction() as tx:
        assert await store.contract(tx.session, kept.id) == kept
        assert await store.contracts(tx.session, lock=True) == [kept]
        assert await store.contract_with_reference(tx.session, "RV-2026-NB") == kept.id


async def test_items_come_back_by_number(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_item(tx.session, an_item("NB-14"))
        await store.save_item(tx.session, an_item("DOCK", orderable=True))
    async with database.transaction() as tx:
        found = await store.items(tx.session, ["NB-14", "DOCK", "NONE"], lock=True)
    assert found == {"NB-14": an_item("NB-14"), "DOCK": an_item("DOCK", orderable=True)}


async def test_an_order_comes_back_with_its_lines_in_order(database: Database) -> None:
    order = an_order(*(an_order_line(number) for number in (1, 2, 10)), fees=17)
    await placed(database, order)
    changed = replace(
        order,
        state="confirmed",
        deliver_on=date(2026, 5, 1),
        lines=tuple(replace(line, accepted=3, charged=5) for line in order.lines),
    )
    async with database.transaction() as tx:
        assert await store.order(tx.session, order.id) == order
        await store.save_order(tx.session, changed)
    async with database.transaction() as tx:
        assert await store.order(tx.session, order.id) == changed


async def test_a_plan_comes_back_as_it_was_computed(database: Database) -> None:
    contract = Contract("RV", (Tier(1, {"NB-14": 900}),), place_fee_cents=7)
    lines = [
        Line("1", "10001", "NB-14", 3, "Rathaus", latest=date(2026, 9, 1), months=None),
        Line("2", "10002", "NB-99", 4, "Rathaus"),
    ]
    plan = plan_round(lines, [contract], on=date(2026, 3, 31))
    await announce(database)
    bundle = replace(a_bundle(), plan=plan, approved_by=None)
    async with database.transaction() as tx:
        await store.save_bundle(tx.session, bundle, NOON)
        await store.save_bundle(tx.session, replace(bundle, approved_by="rule"), NOON)
    async with database.transaction() as tx:
        assert await store.bundle_of(tx.session, ROUND) == replace(bundle, approved_by="rule")
        page = await app.report_page(tx.session, {"round": "R-2026-0001"})
        assert page is not None
        assert "Frühjahrsbeschaffung 2026 (R-2026-0001)" in page
        assert await app.report_page(tx.session, {"round": "R-2026-0002"}) is None


async def test_a_member_is_settled_once_and_only_when_all_its_orders_are(
    database: Database,
) -> None:
    first = an_order(an_order_line(1), an_order_line(2, member="10003"))
    second = an_order(an_order_line(1), id=an_id(8), reference="A-2026-0002")
    await placed(database, first, second)
    async with database.transaction() as tx:
        await store.save_order(tx.session, replace(first, state="refused"))
    async with database.transaction() as tx:
        assert await store.newly_settled(tx.session, ROUND) == ["10003"]
        assert await store.newly_settled(tx.session, ROUND) == []
        assert not await store.is_round_settled(tx.session, ROUND)
        assert not await store.is_round_answered(tx.session, ROUND)
        await store.save_order(tx.session, replace(second, state="invoiced"))
    async with database.transaction() as tx:
        assert await store.newly_settled(tx.session, ROUND) == ["10002"]
        assert await store.is_round_settled(tx.session, ROUND)


async def test_the_accepted_part_is_by_value_and_at_most_all(database: Database) -> None:
    half = an_order_line(1, share=100, charged=50)
    more = an_order_line(2, member="10003", share=100, charged=101)
    free = an_order_line(3, member="10001", share=0, charged=0)
    await placed(database, an_order(half, more, free))
    async with database.transaction() as tx:
        parts = await store.accepted_parts(tx.session, ROUND)
    assert parts == {"10002": Fraction(1, 2), "10003": Fraction(1), "10001": Fraction(0)}


async def test_shares_come_back_by_member(database: Database) -> None:
    await announce(database)
    kept = [Share("10001", 90, 100, 110, -5), Share("10002", 95, 100, 110, 5)]
    async with database.transaction() as tx:
        await store.add_shares(tx.session, ROUND, kept)
    async with database.transaction() as tx:
        assert await store.shares(tx.session, ROUND) == kept


async def test_references_given_at_the_same_time_are_different(database: Database) -> None:
    async def give(count: int) -> list[str]:
        async with database.transaction() as tx:
            return await store.next_references(tx.session, "A", 2026, count)

    given = await asyncio.gather(*(give(count) for count in (1, 3, 0, 2, 2)))
    together = [reference for references in given for reference in references]
    assert sorted(together) == [f"A-2026-{number:04d}" for number in range(1, 9)]
    assert await said(database) == []
