"""To the cent: what members pay together is what KID invoices, whatever KID answers."""

from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest

from services.procurement import store
from shared.database import Database
from shared.events.procurement import BundleShared, CostStated, OrderPlaced, RoundCompleted
from tests.procurement.conftest import Clock
from tests.procurement.story import answer, invoice, only, order_round, said


@pytest.mark.parametrize("seed", range(4))
async def test_members_together_pay_what_kid_invoices_whatever_kid_answers(
    database: Database, clock: Clock, seed: int
) -> None:
    """Fees, incremental tiers and balances between members, under random answers."""
    random = Random(seed)  # noqa: S311 - nothing secret
    demands = [
        (random.choice(("10001", "10002", "10003")), random.randint(1, 80)) for _ in range(9)
    ]
    spoken = await order_round(
        database,
        *demands,
        mode=random.choice(("all_units", "incremental")),
        call_off_fee="333.33",
        delivery_fee="41.07",
    )
    orders = only(OrderPlaced, spoken)
    assert sum(s.share for s in only(BundleShared, spoken)) == sum(o.net for o in orders)

    clock.now += timedelta(days=9)
    stated: list[CostStated] = []
    completed: list[RoundCompleted] = []
    net = vat = 0
    for order in random.sample(orders, len(orders)):
        pieces = [random.randint(0, line.quantity) for line in order.lines]
        how = "partly"
        if not any(pieces) or pieces == [line.quantity for line in order.lines]:
            how, pieces = ("accepted" if any(pieces) else "refused"), []
        heard = await answer(database, order, how, *pieces)
        if how != "refused":
            due, tax = await expected(database, order)
            net, vat = net + due, vat + tax
            heard += await invoice(database, order, euros(due), euros(tax))
        stated += only(CostStated, heard)
        completed += only(RoundCompleted, heard)
    assert sorted(cost.member for cost in stated) == sorted({m for m, _ in demands})
    assert sum(cost.net for cost in stated) == net
    assert sum(cost.vat for cost in stated) == vat
    assert [done.net for done in completed] == [net]
    assert await said(database) == []


async def expected(database: Database, order: OrderPlaced) -> tuple[int, int]:
    """Net and VAT of an answered order, by the order as it is shown, half a cent up."""
    async with database.transaction() as tx:
        shown = await store.show_order(tx.session, order.reference)
    assert shown is not None
    half = Fraction(1, 2)
    net = order.fees + sum(
        int(Fraction(line["amount"] * line["accepted"], line["quantity"]) + half)
        for line in shown["lines"]
    )
    return net, int(Fraction(net * 19, 100) + half)


def euros(cents: int) -> str:
    """Cents as the wire has them."""
    return f"{cents // 100}.{cents % 100:02d}"
