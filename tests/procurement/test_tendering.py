"""Demand that no contract can serve becomes a tender need, on which a person decides."""

from datetime import timedelta
from typing import Any

import pytest

from services.procurement import store
from services.procurement.handlers import tendering
from shared.database import Database
from shared.events.kid import TenderDecided, TenderPlanned
from shared.events.procurement import TenderDecisionRecorded, TenderProposed
from shared.refusal import Refused
from tests.procurement.builders import an_id
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    announce,
    close,
    count,
    demand,
    only,
    order_round,
    parties,
    pass_time,
    stated,
    tell,
)

NOTHING_PLANNED: dict[str, Any] = {
    "framework_months": None,
    "renewal_months": 0,
    "options": "0.00",
    "unit_prices": [],
}


async def test_what_no_contract_can_serve_is_gathered_and_proposed_to_kid(
    database: Database,
) -> None:
    spoken = await order_round(
        database, ("10001", 200), ("10002", 100), maximum_quantity=60, tiers=ONE_PRICE
    )
    (need,) = only(TenderProposed, spoken)
    assert parties(TenderProposed, spoken) == ["kid"]
    assert (need.reference, need.category, need.year) == ("V-2026-0001", "hardware", 2026)
    assert sum(line.quantity for line in need.wanted) == 240
    assert {line.obstacle for line in need.wanted} == {"contract_exhausted"}
    assert need.net == 240 * 900_00 == 216_000_00
    assert need.procedure == "eu", "216,000 reaches the threshold of 2026"
    assert "§ 106 (2) Nr. 1 GWB" in need.rules[0].source


ONE_PRICE = [{"from_quantity": 1, "prices": [{"item": "NB-14", "unit_price": "900.00"}]}]


async def test_what_a_contract_could_serve_is_no_tender_need(database: Database) -> None:
    spoken = await order_round(database, ("10001", 5), lead_days=700)
    assert only(TenderProposed, spoken) == [], "too late is no want of a contract"


async def test_a_second_round_adds_to_the_same_need_until_it_is_decided(
    database: Database, clock: Clock
) -> None:
    (need,) = only(
        TenderProposed,
        await order_round(database, ("10001", 70), maximum_quantity=60, tiers=ONE_PRICE),
    )
    clock.now += timedelta(hours=1)
    await another_round(database, 21, 30)
    (added,) = only(TenderProposed, await pass_time(database))
    assert (added.tender_id, added.revision) == (need.tender_id, 2)
    assert sum(line.quantity for line in added.wanted) == 40

    decision = stated(
        TenderDecided,
        tender_id=need.tender_id,
        decided_on="2026-03-31",
        procedure="direct",
        information_on=None,
        award_on=None,
    )
    (recorded,) = only(
        TenderDecisionRecorded, await tell(database, tendering.record_decision, decision)
    )
    assert (recorded.decided_by, recorded.role) == ("M. Beispiel", "Vorstand")
    assert (recorded.net, recorded.proposed_procedure) == (40 * 900_00, "direct")

    await another_round(database, 22, 10)
    (fresh,) = only(TenderProposed, await pass_time(database))
    assert (fresh.reference, fresh.revision) == ("V-2026-0002", 1)


async def another_round(database: Database, number: int, pieces: int) -> None:
    """A round with one demand, counted and waiting to be bundled."""
    await announce(database, round_id=an_id(number))
    await demand(database, number, "10002", pieces, round_id=an_id(number))
    await close(database, an_id(number))
    await count(database, 1, pieces, an_id(number))


async def test_kid_plans_and_the_need_is_valued_over_the_whole_term(database: Database) -> None:
    (need,) = only(
        TenderProposed,
        await order_round(database, ("10001", 160), maximum_quantity=60, tiers=ONE_PRICE),
    )
    assert (need.net, need.procedure) == (90_000_00, "direct")
    planned = stated(
        TenderPlanned,
        tender_id=need.tender_id,
        **NOTHING_PLANNED
        | {"framework_months": 24, "renewal_months": 12, "unit_prices": [A_PRICE]},
    )
    (again,) = only(TenderProposed, await tell(database, tendering.plan_tender, planned))
    # 100 pieces a year at 800 euro, over three years: 240,000
    assert (again.net, again.procedure, again.revision) == (240_000_00, "eu", 2)
    assert (need.change, again.change) == ("new", "law")
    async with database.transaction() as tx:
        shown = await store.show_tender(tx.session, "V-2026-0001")
    assert shown is not None
    assert shown["outlook"]["framework_months"] == 24
    assert shown["proposal"]["procedure"] == "eu"


A_PRICE = {"item": "NB-14", "unit_price": "800.00"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_decision_on_an_unknown_need_is_refused(database: Database) -> None:
    with pytest.raises(Refused, match="tender_id"):
        await tell(database, tendering.record_decision, stated(TenderDecided))
