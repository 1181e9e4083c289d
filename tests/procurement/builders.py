"""Contracts, demands and orders with ordinary values, so that a test names only what matters."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.procurement.domain.contracts import Contract
from services.procurement.domain.orders import Order, OrderLine
from services.procurement.domain.rounds import Demand, Place
from services.procurement.domain.terms import Item, Terms, Tier

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = date(2026, 3, 31)
TOWN_HALL = Place("Rathaus, Raum 12", "Ernst-Thälmann-Straße 22", "39179", "Barleben")


def an_id(number: int) -> UUID:
    """A UUID that a reader of a failure recognises."""
    return UUID(int=0x0190163D_0000_7000_8000_000000000000 + number)


def an_item(number: str = "NB-14", **other: Any) -> Item:
    """A catalogue item, paid once unless told."""
    values: dict[str, Any] = {
        "name": f"Artikel {number}",
        "category": "hardware",
        "unit": "C62",
        "billing": "once",
        "cpv": "30213100",
        "description": "wie beschrieben",
    }
    return Item(number=number, **values | other)


CATALOGUE = {item.number: item for item in (an_item("NB-14"), an_item("DOCK"))}


def a_tier(start: int, **prices: int) -> Tier:
    """A tier by pieces; `NB_14=89900` prices the item NB-14."""
    named = tuple((item.replace("_", "-"), cents) for item, cents in prices.items())
    return Tier(from_quantity=start, from_value=None, prices=named)


def some_terms(**other: Any) -> Terms:
    """A contract on notebooks: 899 euro each, 829 from 100 on, at most 5,000."""
    values: dict[str, Any] = {
        "reference": "RV-2026-NB",
        "title": "Notebooks und Zubehör",
        "supplier": "Notebookhaus Elbe GmbH",
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2029, 12, 31),
        "basis": "quantity",
        "scope": "item",
        "mode": "all_units",
        "tiers": (a_tier(1, NB_14=89_900), a_tier(100, NB_14=82_900)),
        "lead_days": 28,
        "vat_rate": 1900,
        "maximum_quantity": 5000,
    }
    return Terms(**values | other)


def a_contract(**other: Any) -> Contract:
    """A contract with some_terms(); what is no field of a contract is one of its terms."""
    own: dict[str, Any] = {"id": an_id(3), "version": 1}
    own |= {name: other.pop(name) for name in list(other) if name in Contract.__slots__}
    return Contract(**own, terms=some_terms(**other))


def an_order_line(line: int = 1, **other: Any) -> OrderLine:
    """Twelve notebooks at 829 euro for Barleben."""
    values: dict[str, Any] = {
        "demand_id": an_id(400 + line),
        "demand_reference": f"B-2026-{line:05d}",
        "member": "10002",
        "item": "NB-14",
        "name": "Notebook 14 Zoll",
        "unit": "C62",
        "quantity": 12,
        "months": None,
        "unit_cents": 82_900,
    }
    values |= {"line": line} | other
    amount = values["unit_cents"] * values["quantity"] * (values["months"] or 1)
    amounts = dict.fromkeys(("amount", "share", "alone", "list_price"), amount)
    return OrderLine(**amounts | values)


def a_demand(line: OrderLine) -> Demand:
    """The demand that a line of an order serves."""
    return Demand(
        id=line.demand_id,
        reference=line.demand_reference,
        member=line.member,
        item=line.item,
        name=line.name,
        quantity=line.quantity,
        unit=line.unit,
        place=TOWN_HALL,
        needed_from=None,
        needed_by=date(2026, 6, 30),
        round_id=None,
        term_months=line.months,
        ceiling_cents=None,
        equivalents=(),
        minimum_quantity=None,
        way=None,
    )


def an_order(*lines: OrderLine, **other: Any) -> Order:
    """An order with these lines, else with one of twelve notebooks."""
    values: dict[str, Any] = {
        "id": an_id(7),
        "reference": "A-2026-0001",
        "round_id": an_id(2),
        "contract_id": an_id(3),
        "contract_reference": "RV-2026-NB",
        "contract_version": 1,
        "place": TOWN_HALL,
        "placed_at": NOON,
        "placed_on": TODAY,
        "vat_rate": 1900,
        "fees": 0,
        "lines": lines or (an_order_line(),),
    }
    return Order(**values | other)
