"""The yearly report says what was ordered, saved and delivered, as a page and as a document."""

from datetime import date

import pytest

from services.procurement.report.figures import LATE, ON_TIME, OPEN, PARTLY, reliability, year
from services.procurement.report.ledger import Ledger
from services.procurement.report.year import yearly
from shared.database import Database
from shared.events.procurement import OrderPlaced
from tests.procurement.story import answer, deliver, only, order_round
from tests.procurement.test_ocds import ledger

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
TODAY, LATER = date(2026, 3, 31), date(2026, 6, 1)


async def played(database: Database) -> Ledger:
    """Two members order; one gets 20 of 60 pieces, the other has 10 of 40 accepted, all there."""
    spoken = await order_round(database, ("10001", 60), ("10002", 40), supplier_is_sme=True)
    first, second = only(OrderPlaced, spoken)
    await answer(database, first, deliver_on=date(2026, 4, 15))
    await answer(database, second, "partly", 10, deliver_on=date(2026, 4, 15))
    await deliver(database, first, 20)
    await deliver(database, second, 10)
    return await ledger(database)


async def test_the_cooperatives_year_is_the_sum_of_its_members(database: Database) -> None:
    book = await played(database)
    everybody = year(book, TODAY)
    members = [year(book, TODAY, number) for number in ("10001", "10002")]
    assert everybody.sums.net == sum(each.sums.net for each in members) == 70 * 829_00
    assert everybody.sums.alone == sum(each.sums.alone for each in members) == 70 * 899_00
    assert everybody.sums.list_price == 70 * 899_00
    assert everybody.sums.pieces == 70
    assert everybody.by_month[3] == everybody.sums.net
    assert everybody.volume_by_scale == {"sme": 70 * 829_00}
    assert (everybody.rounds_joined, everybody.rounds, everybody.members_ordering) == (1, 1, 2)
    assert sum(each.net for each in everybody.by_category.values()) == everybody.sums.net


async def test_deliveries_are_measured_by_the_promised_day(database: Database) -> None:
    book = await played(database)
    assert year(book, TODAY).deliveries == {PARTLY: 1, ON_TIME: 1}
    assert year(book, LATER).deliveries == {LATE: 1, ON_TIME: 1}
    order = book.orders[0].model_copy(update={"deliveries": []})
    assert reliability(order, order.lines[0], TODAY) == OPEN
    assert reliability(order, order.lines[0], LATER) == LATE


async def test_the_report_is_a_page_and_a_tagged_document(database: Database) -> None:
    book = await played(database)
    made = yearly(book, TODAY)
    page = made.html()
    assert "Jahresbericht 2026" in page
    assert "58.030,00 €" in page
    assert page.count("<svg") == 6
    document = made.pdf()
    assert document.startswith(b"%PDF")
    assert b"/StructTreeRoot" in document


async def test_a_members_report_tells_of_no_other(database: Database) -> None:
    page = yearly(await played(database), TODAY, "10002").html()
    assert "Gemeinde Barleben" in page
    assert "Magdeburg" not in page


async def test_a_year_without_orders_is_told_as_such(database: Database) -> None:
    made = yearly(await ledger(database, "2025"), TODAY)
    assert "0,00 €" in made.html()
    assert made.pdf().startswith(b"%PDF")
