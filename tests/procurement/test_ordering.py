"""A closed round becomes orders, exactly once and exactly to the cent."""

from shared.database import Database
from shared.events.procurement import (
    BundleApproved,
    BundleShared,
    DemandAllocated,
    OrderPlaced,
)
from tests.procurement.story import only, order_round, parties


async def test_a_closed_round_becomes_orders_at_the_common_tier(database: Database) -> None:
    spoken = await order_round(database, ("10001", 60), ("10002", 40), ("10001", 5))
    orders = only(OrderPlaced, spoken)
    assert parties(OrderPlaced, spoken) == ["kid", "kid"]
    assert [order.reference for order in orders] == ["A-2026-0001", "A-2026-0002"]
    assert [[line.quantity for line in order.lines] for order in orders] == [[60, 5], [40]]
    assert {line.unit_price for order in orders for line in order.lines} == {829_00}
    assert parties(DemandAllocated, spoken) == ["10001", "10001", "10002"]
    assert parties(BundleShared, spoken) == ["10001", "10002"]
    assert sum(s.share for s in only(BundleShared, spoken)) == sum(o.net for o in orders)
    assert [b.total for b in only(BundleApproved, spoken)] == [sum(o.net for o in orders)]
