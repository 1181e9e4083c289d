"""KID answers, delivers and invoices; members hear their part and what they pay."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.procurement import store
from services.procurement.domain.orders import Order
from shared.database import Database
from shared.events.procurement import (
    CataloguePublished,
    CostStated,
    DeliveryRecorded,
    OrderConfirmed,
    OrderPlaced,
    OrderRefused,
    RoundCompleted,
)
from shared.refusal import Refused
from tests.procurement.builders import an_id, an_order, an_order_line
from tests.procurement.story import (
    CONTRACT,
    answer,
    deliver,
    invoice,
    only,
    parties,
    placed,
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def one_order(database: Database, *demands: tuple[str, int], **terms: Any) -> OrderPlaced:
    """An order of these members' pieces, else of twelve for 10001; 829 euro each."""
    (order,) = await placed(database, of(*demands or (("10001", 12),)), **terms)
    return order


async def two_orders(
    database: Database, *pieces: int, balances: dict[str, int] | None = None
) -> list[OrderPlaced]:
    """An order for 10001 and one for 10002."""
    first, second = of(("10001", pieces[0])), of(("10002", pieces[1]))
    other = {"id": an_id(8), "reference": "A-2026-0002"}
    return await placed(database, first, replace(second, **other), balances=balances)  # type: ignore[arg-type]  # by name


def of(*demands: tuple[str, int]) -> Order:
    """An order with a line for each member's pieces, 899 euro a piece when bought alone."""
    return an_order(
        *(
            an_order_line(at, member=member, quantity=pieces, alone=pieces * 899_00)
            for at, (member, pieces) in enumerate(demands, 1)
        )
    )


async def test_an_accepted_order_is_confirmed_to_each_member_with_its_own_lines(
    database: Database,
) -> None:
    order = await one_order(database, ("10001", 12), ("10002", 3))
    spoken = await answer(database, order, deliver_on=date(2026, 4, 30))
    assert parties(OrderConfirmed, spoken) == ["10001", "10002"]
    first, second = only(OrderConfirmed, spoken)
    assert [(line.ordered, line.confirmed) for line in first.lines] == [(12, 12)]
    assert [(line.ordered, line.confirmed) for line in second.lines] == [(3, 3)]
    assert second.deliver_on == date(2026, 4, 30)


async def test_a_member_without_an_accepted_piece_hears_a_refusal(database: Database) -> None:
    order = await one_order(database, ("10001", 12), ("10002", 3))
    spoken = await answer(database, order, "partly", 5, 0)
    assert parties(OrderConfirmed, spoken) == ["10001"]
    assert parties(OrderRefused, spoken) == ["10002"]
    assert [event.reason for event in only(OrderRefused, spoken)] == ["nicht lieferbar"]


async def test_what_is_refused_can_be_called_again(database: Database) -> None:
    order = await one_order(database, ("10001", 12), maximum_quantity=12)
    spoken = await answer(database, order, "refused")
    assert [item.orderable for item in only(CataloguePublished, spoken)] == [True]
    async with database.transaction() as tx:
        contract = await store.contract(tx.session, CONTRACT)
        assert contract is not None
        assert (contract.remaining_pieces, contract.called_cents) == (12, 0)


async def test_a_refused_round_costs_nothing_and_is_completed(database: Database) -> None:
    order = await one_order(database)
    spoken = await answer(database, order, "refused")
    assert [(cost.net, cost.lines) for cost in only(CostStated, spoken)] == [(0, [])]
    assert [done.net for done in only(RoundCompleted, spoken)] == [0]


@pytest.mark.parametrize("how", ["accepted", "refused"])
async def test_an_order_is_answered_once(database: Database, how: str) -> None:
    order = await one_order(database)
    await answer(database, order, how)
    with pytest.raises(Refused, match="await its answer"):
        await answer(database, order, "accepted")


async def test_messages_about_an_unknown_order_are_refused(database: Database) -> None:
    order = (await one_order(database)).model_copy(update={"order_id": an_id(99)})
    for told in (
        answer(database, order),
        deliver(database, order, 1),
        invoice(database, order, "1.00", "0.19"),
    ):
        with pytest.raises(Refused, match="order_id"):
            await told


async def test_deliveries_are_recorded_to_each_member_until_all_is_there(
    database: Database,
) -> None:
    order = await one_order(database, ("10001", 12), ("10002", 3))
    await answer(database, order)
    first = await deliver(database, order, 8, 3)
    assert parties(DeliveryRecorded, first) == ["10001", "10002"]
    assert [event.complete for event in only(DeliveryRecorded, first)] == [False, True]
    (rest,) = only(DeliveryRecorded, await deliver(database, order, 4, 0))
    (line,) = rest.lines
    assert (line.delivered, line.delivered_in_all, line.outstanding) == (4, 12, 0)
    assert rest.complete
    with pytest.raises(Refused, match=r"lines\.0\.quantity"):
        await deliver(database, order, 1)


async def test_a_delivery_counts_once(database: Database) -> None:
    order = await one_order(database)
    await answer(database, order)
    await deliver(database, order, 1, delivery_id=an_id(8))
    with pytest.raises(Refused, match="delivery_id"):
        await deliver(database, order, 1, delivery_id=an_id(8))


async def test_a_settled_member_hears_what_it_pays(database: Database) -> None:
    order = await one_order(database, ("10001", 60), ("10002", 40))
    await answer(database, order)
    spoken = await invoice(database, order, "82900.00", "15751.00")
    assert parties(CostStated, spoken) == ["10001", "10002"]
    first, second = only(CostStated, spoken)
    assert (first.net, first.vat, first.gross) == (49_740_00, 9_450_60, 59_190_60)
    assert (second.alone, second.saving) == (40 * 899_00, 40 * 70_00)
    (done,) = only(RoundCompleted, spoken)
    assert (done.net, done.saving) == (82_900_00, 100 * 70_00)
    assert (done.members, done.demands, done.orders, done.unfilled) == (2, 2, 1, 0)


async def test_costs_are_stated_when_the_last_order_of_a_member_is_settled(
    database: Database,
) -> None:
    first, second = await two_orders(database, 60, 40)
    await answer(database, first)
    await answer(database, second, "partly", 30)
    spoken = await invoice(database, second, "24870.00", "4725.30")
    assert parties(CostStated, spoken) == ["10002"]
    assert only(RoundCompleted, spoken) == []
    spoken = await invoice(database, first, "49740.00", "9450.60")
    assert parties(CostStated, spoken) == ["10001"]
    assert [done.net for done in only(RoundCompleted, spoken)] == [74_610_00]


@pytest.mark.parametrize(
    ("net", "vat", "expected"),
    [
        ("9948.01", "1890.12", "must be 9948.00"),
        ("9948.00", "1890.11", "must be 1890.12"),
    ],
)
async def test_an_invoice_over_another_sum_is_refused_with_the_sum_expected(
    database: Database, net: str, vat: str, expected: str
) -> None:
    order = await one_order(database)
    await answer(database, order)
    with pytest.raises(Refused, match=expected):
        await invoice(database, order, net, vat)


async def test_an_invoice_number_is_taken_once(database: Database) -> None:
    first, second = await two_orders(database, 10, 10)
    for order in (first, second):
        await answer(database, order)
    await invoice(database, first, "8290.00", "1575.10", number="RE-1")
    with pytest.raises(Refused, match="number"):
        await invoice(database, second, "8290.00", "1575.10", number="RE-1")


async def test_an_order_shows_all_that_happened_to_it(database: Database) -> None:
    order = await one_order(database)
    await answer(database, order)
    await deliver(database, order, 5)
    await invoice(database, order, "9948.00", "1890.12")
    async with database.transaction() as tx:
        shown = await store.show_order(tx.session, order.reference)
        assert shown is not None
        assert (shown["state"], shown["net_accepted"]) == ("invoiced", 9_948_00)
        assert [each["pieces"] for each in shown["deliveries"]] == [[[1, 5]]]
        assert await store.show_order(tx.session, str(UUID(int=1))) is None


async def test_balances_between_members_wait_for_all_answers_and_are_in_the_costs(
    database: Database,
) -> None:
    first, second = await two_orders(database, 10, 20, balances={"10001": 500, "10002": -500})
    await answer(database, first)
    assert only(CostStated, await invoice(database, first, "8290.00", "1575.10")) == []
    spoken = await answer(database, second)
    assert [cost.net for cost in only(CostStated, spoken)] == [8_290_00 + 500]
    spoken = await invoice(database, second, "16580.00", "3150.20")
    assert [cost.net for cost in only(CostStated, spoken)] == [16_580_00 - 500]
    assert [done.net for done in only(RoundCompleted, spoken)] == [24_870_00]


async def test_a_balance_lapses_with_the_order_it_was_for(database: Database) -> None:
    first, second = await two_orders(database, 10, 20, balances={"10001": 500, "10002": -500})
    await answer(database, first)
    await invoice(database, first, "8290.00", "1575.10")
    spoken = await answer(database, second, "refused")
    assert [(c.member, c.net) for c in only(CostStated, spoken)] == [
        ("10001", 8_290_00),
        ("10002", 0),
    ]
