"""Demand that waits for no round, and requirements in words, reach a tender need too."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.procurement import store
from services.procurement.handlers import collecting, offering, tendering
from services.procurement.handlers.gathering import SOON, gather_waiting
from shared.database import Database
from shared.events import Event
from shared.events.demand import DemandReferred
from shared.events.kid import CatalogueItemOffered, ContractOffered, TenderDecided, TenderPlanned
from shared.events.membership import MemberAdmitted
from shared.events.procurement import TenderDropped, TenderProposed
from shared.refusal import Refused
from tests.procurement.builders import an_id
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    CONTRACT,
    admit_members,
    announce,
    close,
    count,
    demand,
    offer,
    only,
    parties,
    pass_time,
    said,
    stated,
    tell,
    withdraw,
)

ONE_PRICE = [{"from_quantity": 1, "prices": [{"item": "NB-14", "unit_price": "900.00"}]}]


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    """Three members, and a notebook in the catalogue that no contract prices."""
    await admit_members(database)
    await tell(database, offering.publish_item, stated(CatalogueItemOffered))


async def waits(database: Database, number: int, pieces: int, **other: Any) -> UUID:
    """A demand that is in no round."""
    values: dict[str, Any] = {"round_id": None, "price_ceiling": "700.00"} | other
    return await demand(database, number, "10001", pieces, **values)


async def soon(database: Database, clock: Clock, **wait: int) -> list[tuple[str, Event]]:
    """What is said once things had time to come together, and nothing more after that."""
    clock.now += timedelta(**wait) if wait else SOON
    spoken = await pass_time(database)
    assert await pass_time(database) == []
    return spoken


async def refer(database: Database, sequence: int = 2, **other: Any) -> None:
    """The demand service states that KID found no contract for a requirement."""
    values: dict[str, Any] = {"demand_id": an_id(404), "category": "documents"} | other
    await tell(database, collecting.keep_requirement, stated(DemandReferred, **values), sequence)


async def test_what_comes_together_is_gathered_together_at_the_members_ceiling(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    await waits(database, 2, 10)
    assert await pass_time(database) == [], "more may come"
    spoken = await soon(database, clock)
    (need,) = only(TenderProposed, spoken)
    assert parties(TenderProposed, spoken) == ["kid"]
    assert (need.category, need.year, need.revision, need.net) == ("hardware", 2026, 1, 21_000_00)
    assert {line.obstacle for line in need.wanted} == {"no_offer"}
    assert "keine Rahmenvereinbarung" in need.wanted[0].explanation


async def test_a_requirement_in_words_is_valued_by_kids_estimate_and_can_be_planned(
    database: Database, clock: Clock
) -> None:
    await refer(database)
    (need,) = only(TenderProposed, await soon(database, clock))
    (line,) = need.wanted
    assert (line.item, line.cpv, line.obstacle) == (line.demand_reference, "48311000", "no_offer")
    assert need.net == 25 * 48 * 18_50, "25 workplaces, 48 months"
    price = {"item": line.item, "unit_price": "20.00"}
    plan = {"framework_months": None, "renewal_months": 12, "options": "0.00"}
    planned = stated(TenderPlanned, tender_id=need.tender_id, **plan, unit_prices=[price])
    (again,) = only(TenderProposed, await tell(database, tendering.plan_tender, planned))
    assert (again.net, again.change) == (25 * 60 * 20_00, "planned")


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"valid_from": "2026-06-01"},
    ],
)
async def test_what_a_contract_serves_by_the_day_of_need_is_left_to_wait(
    database: Database, clock: Clock, terms: dict[str, Any]
) -> None:
    await offer(database, tiers=ONE_PRICE, **terms)
    await waits(database, 1, 20)
    assert await soon(database, clock) == []


@pytest.mark.parametrize(
    "terms",
    [
        {"valid_from": "2026-07-01"},
        {"named_buyers": ["10003"]},
    ],
)
async def test_a_contract_that_comes_too_late_or_for_others_helps_nobody(
    database: Database, clock: Clock, terms: dict[str, Any]
) -> None:
    await offer(database, tiers=ONE_PRICE, **terms)
    await waits(database, 1, 20)
    assert only(TenderProposed, await soon(database, clock))


async def test_an_equivalent_with_a_contract_is_enough(database: Database, clock: Clock) -> None:
    tiers = [{"from_quantity": 1, "prices": [{"item": "NB-15", "unit_price": "900.00"}]}]
    await offer(database, "NB-15", tiers=tiers)
    await waits(database, 1, 20, equivalents=["NB-15"])
    assert await soon(database, clock) == []


async def test_a_contract_that_comes_meanwhile_lets_it_go_and_drops_an_empty_need(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    (need,) = only(TenderProposed, await soon(database, clock))
    contract = stated(ContractOffered, contract_id=CONTRACT, tiers=ONE_PRICE)
    await tell(database, offering.register_contract, contract)
    spoken = await soon(database, clock)
    (dropped,) = only(TenderDropped, spoken)
    assert (dropped.tender_id, dropped.reference) == (need.tender_id, "V-2026-0001")
    assert parties(TenderDropped, spoken) == ["kid"]
    with pytest.raises(Refused, match="wanted by somebody"):
        await tell(
            database,
            tendering.record_decision,
            stated(TenderDecided, tender_id=need.tender_id),
        )


async def test_what_is_changed_or_withdrawn_is_so_in_the_need_too(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    await waits(database, 2, 10)
    await soon(database, clock)
    await waits(database, 1, 30, sequence=2)
    (changed,) = only(TenderProposed, await soon(database, clock))
    assert sorted(line.quantity for line in changed.wanted) == [10, 30]
    await withdraw(database, 1, 3)
    (less,) = only(TenderProposed, await soon(database, clock))
    assert [line.quantity for line in less.wanted] == [10]
    assert (less.revision, changed.change, less.change) == (3, "demand", "demand")


async def test_what_is_needed_in_another_year_moves_to_that_years_need(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    await waits(database, 2, 10)
    await soon(database, clock)
    await waits(database, 1, 20, sequence=2, needed_by="2027-03-01")
    by_year = {need.year: need for need in only(TenderProposed, await soon(database, clock))}
    assert [line.quantity for line in by_year[2026].wanted] == [10]
    assert [line.quantity for line in by_year[2027].wanted] == [20]


async def test_nothing_is_said_again_while_nothing_changes(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    await refer(database)
    await soon(database, clock)
    assert await soon(database, clock, days=2) == []


async def test_it_stays_in_the_need_while_a_round_takes_it_and_counts_there_once(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    await soon(database, clock)
    await announce(database)
    await demand(database, 1, "10001", 20, sequence=2, price_ceiling="700.00")
    assert await soon(database, clock) == [], "the need holds it all the same"
    await close(database)
    await count(database, 1, 20)
    (need,) = only(TenderProposed, await pass_time(database))
    assert [(line.quantity, line.obstacle) for line in need.wanted] == [(20, "no_offer")]
    assert need.reference == "V-2026-0001"
    assert await soon(database, clock, days=2) == []


async def test_what_a_round_serves_after_all_leaves_the_need(
    database: Database, clock: Clock
) -> None:
    await waits(database, 1, 20)
    await refer(database, category="hardware")
    await soon(database, clock)
    await announce(database)
    await demand(database, 1, "10001", 20, sequence=2)
    contract = stated(ContractOffered, contract_id=CONTRACT, tiers=ONE_PRICE)
    await tell(database, offering.register_contract, contract)
    await close(database)
    await count(database, 1, 20)
    (need,) = only(TenderProposed, await soon(database, clock))
    assert [line.item for line in need.wanted] == ["B-2026-00017"]


async def test_what_is_tendered_is_not_gathered_twice(database: Database, clock: Clock) -> None:
    await waits(database, 1, 20)
    (need,) = only(TenderProposed, await soon(database, clock))
    decision = stated(
        TenderDecided,
        tender_id=need.tender_id,
        decided_on="2026-03-31",
        procedure="direct",
        information_on=None,
        award_on=None,
    )
    await tell(database, tendering.record_decision, decision)
    await waits(database, 1, 25, sequence=2)
    assert await soon(database, clock) == []
    await announce(database)
    await demand(database, 1, "10001", 25, sequence=3)
    await close(database)
    await count(database, 1, 25)
    assert only(TenderProposed, await pass_time(database)) == []


async def test_a_requirement_that_becomes_an_item_leaves_the_need(
    database: Database, clock: Clock
) -> None:
    await refer(database)
    await soon(database, clock)
    await offer(database, tiers=ONE_PRICE)
    await demand(database, 4, "10001", 20, sequence=3, round_id=None)
    assert only(TenderDropped, await soon(database, clock))
    async with database.transaction() as tx:
        shown = await store.show_tender(tx.session, "V-2026-0001")
    assert shown is not None
    assert shown["state"] == "dropped"


async def test_who_joined_after_the_award_waits_without_a_contract(
    database: Database, clock: Clock
) -> None:
    late = stated(MemberAdmitted, member="10004", name="Burg", joined_on="2026-02-15")
    await tell(database, collecting.keep_member, late)
    await offer(database, tiers=ONE_PRICE, awarded_on="2026-01-01")
    await demand(database, 7, "10004", 5, round_id=None)
    (need,) = only(TenderProposed, await soon(database, clock))
    assert need.net == 5 * 900_00, "at the list price of the contract that others have"


async def test_replicas_gather_what_waits_once(database: Database, clock: Clock) -> None:
    for number in range(1, 6):
        await waits(database, number, 10)
    clock.now += SOON
    await asyncio.gather(*(gather_waiting(database) for _ in range(4)))
    (need,) = only(TenderProposed, await said(database))
    assert sum(line.quantity for line in need.wanted) == 50
