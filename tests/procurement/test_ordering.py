"""A closed round becomes orders, exactly once and exactly to the cent."""

import logging
from datetime import date

import pytest
from sqlalchemy import select

from services.procurement import store
from services.procurement.handlers import due, offering
from shared.database import Database
from shared.database.tables import outbox
from shared.events.kid import ContractChanged
from shared.events.procurement import (
    BundleApproved,
    BundleProposed,
    BundleShared,
    CataloguePublished,
    ContractCapacityLow,
    ContractExhausted,
    DemandAllocated,
    DemandUnfilled,
    OrderPlaced,
    RoundCompleted,
)
from tests.builders import decided
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
    order_round,
    parties,
    pass_time,
    stated,
    tell,
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_a_closed_round_becomes_orders_at_the_common_tier(database: Database) -> None:
    spoken = await order_round(database, ("10001", 60), ("10002", 40), ("10001", 5))
    orders = only(OrderPlaced, spoken)
    assert parties(OrderPlaced, spoken) == ["kid", "kid"]
    assert [order.reference for order in orders] == ["A-2026-0001", "A-2026-0002"]
    assert [[line.quantity for line in order.lines] for order in orders] == [[60, 5], [40]]
    assert [[line.line for line in order.lines] for order in orders] == [[1, 2], [1]]
    assert {line.unit_price for order in orders for line in order.lines} == {829_00}
    assert {order.place.name for order in orders} == {"Rathaus 10001", "Rathaus 10002"}
    assert {line.needed_by for order in orders for line in order.lines} == {date(2026, 6, 30)}
    assert orders[1].net == 40 * 829_00
    assert orders[1].vat == 40 * 829_00 * 19 // 100


async def test_members_hear_what_they_get_and_what_it_saves(database: Database) -> None:
    spoken = await order_round(database, ("10001", 60), ("10002", 40), ("10001", 5))
    assert parties(DemandAllocated, spoken) == ["10001", "10001", "10002"]
    first, second = only(BundleShared, spoken)
    assert parties(BundleShared, spoken) == ["10001", "10002"]
    assert (first.share, first.alone, first.saving) == (65 * 829_00, 65 * 899_00, 65 * 70_00)
    assert sum(shared.share for shared in (first, second)) == 105 * 829_00
    assert [line.demand_reference for line in second.lines] == ["B-2026-00002"]
    assert "829,00" in second.lines[0].explanation
    assert second.explanation
    assert "Das ergibt 33.160,00 €" in second.explanation


async def test_a_plan_proved_cheapest_is_approved_by_rule(database: Database) -> None:
    spoken = await order_round(database, ("10001", 60), ("10002", 40))
    (proposed,), (approved,) = only(BundleProposed, spoken), only(BundleApproved, spoken)
    assert (approved.total, approved.bound, approved.alone) == (8_290_000, 8_290_000, 8_990_000)
    assert (approved.members, approved.demands, approved.orders) == (2, 2, 2)
    assert approved.bundle_id == proposed.bundle_id
    assert approved.approved_by == "rule: gap to the bound at most 1.00 %"


async def test_a_plan_beyond_the_limit_stays_proposed_until_the_limit_is_wider(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10)
    with caplog.at_level(logging.WARNING):
        spoken = await pass_time(database, approve_ppm=-1)
    assert [type(event) for _, event in spoken] == [BundleProposed]
    assert "R-2026-0001 stays proposed" in caplog.text
    assert await pass_time(database, approve_ppm=-1) == []
    later = await pass_time(database)
    assert len(only(BundleApproved, later)) == len(only(OrderPlaced, later)) == 1


async def test_a_proposed_plan_whose_contract_changed_is_planned_anew(
    database: Database,
) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10)
    await pass_time(database, approve_ppm=-1)
    cheaper = [{"from_quantity": 1, "prices": [{"item": "NB-14", "unit_price": "800.00"}]}]
    changed = stated(ContractChanged, contract_id=CONTRACT, tiers=cheaper)
    await tell(database, offering.change_contract, changed)
    assert only(OrderPlaced, await pass_time(database)) == []
    spoken = await pass_time(database)
    assert [order.net for order in only(OrderPlaced, spoken)] == [10 * 800_00]


async def test_what_nobody_serves_is_named_with_its_reason(database: Database) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await demand(database, 2, "10002", 7, needed_by="2026-04-10")
    await close(database)
    await count(database, 2, 17)
    spoken = await pass_time(database)
    (unfilled,) = only(DemandUnfilled, spoken)
    assert parties(DemandUnfilled, spoken) == ["10002"]
    assert (unfilled.quantity, unfilled.reason) == (7, "too_late")
    shared = only(BundleShared, spoken)[1]
    assert (shared.share, shared.saving, len(shared.unfilled)) == (0, 0, 1)


async def test_a_round_that_nobody_serves_is_completed(database: Database) -> None:
    spoken = await order_round(database, ("10001", 10), named_buyers=["10002"])
    assert only(OrderPlaced, spoken) == []
    assert [event.unfilled for event in only(RoundCompleted, spoken)] == [1]


async def test_calls_never_exceed_the_maximum_and_the_last_pieces_are_told(
    database: Database,
) -> None:
    spoken = await order_round(database, ("10001", 60), ("10002", 60), maximum_quantity=100)
    assert sum(line.quantity for o in only(OrderPlaced, spoken) for line in o.lines) == 100
    assert sum(missing.quantity for missing in only(DemandUnfilled, spoken)) == 20
    (exhausted,) = only(ContractExhausted, spoken)
    assert (exhausted.called, exhausted.maximum, exhausted.percent) == (100, 100, "100.00")
    assert only(ContractCapacityLow, spoken) == []
    assert [item.orderable for item in only(CataloguePublished, spoken)] == [False]


async def test_a_contract_that_runs_low_is_told_to_kid(database: Database) -> None:
    spoken = await order_round(database, ("10001", 90), maximum_quantity=100)
    (low,) = only(ContractCapacityLow, spoken)
    assert parties(ContractCapacityLow, spoken) == ["kid"]
    assert (low.measure, low.percent) == ("quantity", "90.00")


async def test_the_maximum_value_counts_goods_without_fees(database: Database) -> None:
    spoken = await order_round(
        database,
        ("10001", 10),
        maximum_quantity=None,
        maximum_value="8990.00",
        delivery_fee="50.00",
    )
    (exhausted,) = only(ContractExhausted, spoken)
    assert (exhausted.measure, exhausted.called) == ("value", 8990_00)
    assert [order.net for order in only(OrderPlaced, spoken)] == [8990_00 + 50_00]


async def test_fees_and_incremental_tiers_add_up_to_the_cent(database: Database) -> None:
    spoken = await order_round(
        database,
        ("10001", 70),
        ("10002", 40),
        ("10003", 1),
        mode="incremental",
        call_off_fee="100.00",
        delivery_fee="7.01",
    )
    orders = only(OrderPlaced, spoken)
    goods = 99 * 899_00 + 12 * 829_00
    assert sum(line.amount for order in orders for line in order.lines) == goods
    assert sum(order.fees for order in orders) == 100_00 + 3 * 7_01
    for order in orders:
        assert order.net == sum(line.amount for line in order.lines) + order.fees
    assert sum(s.share for s in only(BundleShared, spoken)) == sum(o.net for o in orders)


async def test_monthly_items_are_ordered_for_their_whole_term(database: Database) -> None:
    await admit_members(database)
    from_one = [{"from_quantity": 1, "prices": [{"item": "DMS", "unit_price": "11.40"}]}]
    await offer(database, "DMS", tiers=from_one)
    await announce(database)
    await demand(database, 1, "10001", 25, item="DMS", term_months=48)
    await close(database)
    await count(database, 1, 25)
    (order,) = only(OrderPlaced, await pass_time(database))
    assert (order.lines[0].term_months, order.net) == (48, 25 * 48 * 11_40)


async def test_the_bundle_can_be_shown_by_its_round(database: Database) -> None:
    await order_round(database, ("10001", 60), ("10002", 40))
    async with database.transaction() as tx:
        shown = await store.show_bundle(tx.session, "R-2026-0001")
        assert shown is not None
        assert (shown["total"], shown["orders"], shown["gap_ppm"]) == (8_290_000, 2, 0)
        assert shown["tiers"][0]["reached"] == 100
        assert await store.show_bundle(tx.session, str(shown["id"])) == shown
        assert await store.show_bundle(tx.session, "R-2026-0002") is None
        whole = await store.show_round(tx.session, "R-2026-0001")
        assert whole is not None
        assert (whole["bundle"], whole["orders"]) == (shown, {"placed": 2})


async def test_what_becomes_of_a_demand_belongs_to_its_way(database: Database) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10)
    await due(database)
    async with database.transaction() as tx:
        (known,) = await store.demands(tx.session, ROUND)
        rows = await tx.session.execute(select(outbox.c.properties))
    ways = {row.properties["type"]: row.properties["correlation_id"] for row in rows}
    assert ways[DemandAllocated.type] == str(known.way)


async def test_a_rounds_whole_way_is_on_record_with_rules_and_figures(database: Database) -> None:
    await order_round(database, ("10001", 60), ("10002", 40), ("10001", 5))
    record = await decided(database)
    assert {(each["kind"], each["outcome"]) for each in record} >= {
        ("contract", "registered"),
        ("round", "opened"),
        ("round", "closed"),
        ("bundle", "proposed"),
        ("threshold", "within"),
        ("bundle", "approved"),
        ("order", "placed"),
    }
    assert all(rule["version"] and rule["source"] for each in record for rule in each["rules"])
    proof = next(each["result"] for each in record if each["outcome"] == "proposed")
    assert proof["total"] == proof["bound"] == 105 * 829_00
    assert (proof["gap_ppm"], proof["proven"], len(proof["plan"])) == (0, True, 64)
    shares = [each for each in record if each["kind"] == "share"]
    assert [each["concerns"] for each in shares] == ["10001", "10002"]
    assert shares[0]["inputs"]["alone"] == 65 * 899_00
    assert shares[0]["result"]["share"] == 65 * 829_00
    parts = [each for each in record if each["kind"] == "allocation"]
    assert sum(each["result"]["share"] for each in parts) == 105 * 829_00
    assert "829,00" in parts[0]["result"]["explanation"]


async def test_what_goes_short_is_on_record_with_the_reason(database: Database) -> None:
    await order_round(database, ("10001", 60), ("10002", 60), maximum_quantity=100)
    short = await decided(database, "shortage")
    assert sum(each["result"]["unfilled"] for each in short) == 20
    assert {each["outcome"] for each in short} == {"contract_exhausted"}
    levels = [each for each in await decided(database, "threshold") if "%" in each["outcome"]]
    assert levels[-1]["rules"][0]["name"] == "warning_percents"
    assert levels[-1]["inputs"]["called"] == 100
