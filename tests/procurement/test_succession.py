"""A successor takes over demand, orders, costs and the right to call off (§ 77a GenG)."""

import pytest

from services.procurement import store
from services.procurement.domain import contracts
from services.procurement.handlers import collecting
from services.procurement.store.successors import successors
from shared.database import Database
from shared.events import Event
from shared.events.fields import euros
from shared.events.membership import MemberAdmitted, MemberSucceeded
from shared.events.procurement import (
    CataloguePublished,
    CostStated,
    DemandUnfilled,
    OrderConfirmed,
    OrderPlaced,
)
from tests.procurement.builders import some_terms
from tests.procurement.story import (
    admit_members,
    announce,
    answer,
    close,
    count,
    demand,
    invoice,
    offer,
    only,
    order_round,
    pass_time,
    stated,
    tell,
)

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def merge(
    database: Database, member: str, successor: str, sequence: int = 9
) -> list[tuple[str, Event]]:
    """A member is merged into another."""
    event = stated(MemberSucceeded, member=member, successor=successor)
    return await tell(database, collecting.pass_on, event, sequence)


def members_of(spoken: list[tuple[str, Event]]) -> list[str]:
    """Who gets something of the orders placed."""
    return [line.member for order in only(OrderPlaced, spoken) for line in order.lines]


@on_sqlite
async def test_the_successor_of_a_named_buyer_may_call_off(database: Database) -> None:
    await admit_members(database)
    late = stated(MemberAdmitted, member="10044", name="Stadt Genthin", joined_on="2026-05-04")
    await tell(database, collecting.keep_member, late)
    await offer(database, named_buyers=["10001"])
    await announce(database)
    await demand(database, 1, "10001", 5)
    merged = await merge(database, "10001", "10044")
    assert [
        [offered.buyers for offered in published.offers]
        for published in only(CataloguePublished, merged)
    ] == [[["10001", "10044"]]]
    await close(database)
    await count(database, 1, 5)
    spoken = await pass_time(database)
    assert members_of(spoken) == ["10044"]
    assert not only(DemandUnfilled, spoken)
    async with database.transaction() as tx:
        assert await successors(tx.session) == {"10001": "10044"}
        shown = await store.show_contract(tx.session, "RV-2026-NB")
    assert shown is not None
    assert shown["buyers"] == ["10001", "10044"]


def test_successors_of_successors_may_call_off_too_and_a_circle_ends() -> None:
    named = some_terms(named_buyers=("10001",))
    chain = {"10001": "10002", "10002": "10003", "10004": "10005"}
    assert contracts.buyers(named, {}, chain) == frozenset({"10001", "10002", "10003"})
    assert contracts.buyers(named, {}, {"10001": "10002", "10002": "10001"}) == frozenset(
        {"10001", "10002"}
    )


async def test_orders_and_costs_not_stated_yet_are_the_successors(database: Database) -> None:
    spoken = await order_round(database, ("10001", 10), ("10002", 20))
    orders = only(OrderPlaced, spoken)
    await merge(database, "10001", "10002")
    confirmed, costs = [], []
    for order in orders:
        confirmed += only(OrderConfirmed, await answer(database, order))
    for order in orders:
        net, vat = euros(order.net), euros(order.vat)
        costs += only(CostStated, await invoice(database, order, net, vat))
    assert {each.member for each in confirmed} == {"10002"}
    (cost,) = costs
    assert cost.member == "10002"
    assert cost.net == sum(order.net for order in orders)
    assert sum(line.quantity for line in cost.lines) == 30


@on_sqlite
async def test_a_plan_from_before_the_merger_is_made_anew(database: Database) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 5)
    await close(database)
    await count(database, 1, 5)
    await pass_time(database, approve_ppm=-1)
    await merge(database, "10001", "10003")
    spoken = await pass_time(database)
    spoken += await pass_time(database)
    assert members_of(spoken) == ["10003"]
