"""What procurement states about orders to KID and their deliveries."""

from shared.events.common import Place
from shared.events.envelope import Event, Part
from shared.events.fields import (
    Count,
    Day,
    Id,
    Instant,
    MemberNumber,
    Months,
    Name,
    Percent,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.member import PLACE_EXAMPLE
from shared.events.procurement.examples import CONTRACT, DEMAND, ORDER


class OrderLine(Part):
    """One member's piece of an order; KID answers and delivers by its `line` number.

    It is wanted by `needed_by`, and not before `needed_from` where that is stated.
    """

    line: Quantity
    demand_id: Id
    demand_reference: Word
    member: MemberNumber
    member_name: Name
    item: Word
    name: Name
    quantity: Quantity
    unit: Unit
    needed_from: Day | None = None
    needed_by: Day | None = None
    term_months: Months | None = None
    unit_price: Price
    amount: Price


class OrderPlaced(Event):
    """A call-off (Abruf) from one contract to one place of delivery, for KID to fulfil."""

    type = "order.placed.v1"
    subject_field = "order_id"
    example = {
        **ORDER,
        "contract_id": CONTRACT["contract_id"],
        "contract_reference": "RV-2026-NB",
        "round_reference": "R-2026-0001",
        "place": PLACE_EXAMPLE,
        "placed_at": "2026-03-31T10:00:09Z",
        "lines": [
            {
                **DEMAND,
                "line": 1,
                "member": "10002",
                "member_name": "Gemeinde Barleben",
                "quantity": 12,
                "unit": "C62",
                "needed_by": "2026-06-30",
                "unit_price": "829.00",
                "amount": "9948.00",
            }
        ],
        "fees": "0.00",
        "net": "9948.00",
        "vat_rate": "19.00",
        "vat": "1890.12",
    }

    order_id: Id
    reference: Word
    contract_id: Id
    contract_reference: Word
    round_reference: Word
    place: Place
    placed_at: Instant
    lines: list[OrderLine]
    fees: Price
    net: Price
    vat_rate: Percent
    vat: Price


class ConfirmedLine(Part):
    """How much of a member's line KID accepted."""

    demand_id: Id
    demand_reference: Word
    item: Word
    name: Name
    ordered: Quantity
    confirmed: Count


class OrderConfirmed(Event):
    """KID accepted an order, wholly or partly; as far as it concerns one member."""

    type = "order.confirmed.v1"
    subject_field = "order_id"
    example = {
        **ORDER,
        "member": "10002",
        "deliver_on": "2026-04-30",
        "reason": None,
        "lines": [{**DEMAND, "ordered": 12, "confirmed": 12}],
    }

    order_id: Id
    reference: Word
    member: MemberNumber
    lines: list[ConfirmedLine]
    deliver_on: Day | None = None
    reason: Text | None = None


class OrderRefused(Event):
    """KID refused an order; as far as it concerns one member."""

    type = "order.refused.v1"
    subject_field = "order_id"
    example = {
        **ORDER,
        "member": "10002",
        "reason": "Hersteller liefert nicht mehr",
        "lines": [{**DEMAND, "ordered": 12, "confirmed": 0}],
    }

    order_id: Id
    reference: Word
    member: MemberNumber
    lines: list[ConfirmedLine]
    reason: Text


class RecordedLine(Part):
    """Pieces delivered now and in all, and those still to come."""

    demand_id: Id
    demand_reference: Word
    item: Word
    name: Name
    delivered: Quantity
    delivered_in_all: Quantity
    outstanding: Count


class DeliveryRecorded(Event):
    """A delivery was recorded; as far as it concerns one member."""

    type = "delivery.recorded.v1"
    subject_field = "order_id"
    example = {
        **ORDER,
        "delivery_id": "0190163d-8694-739b-aea5-966c26f8ad08",
        "member": "10002",
        "delivered_on": "2026-04-28",
        "complete": False,
        "lines": [{**DEMAND, "delivered": 8, "delivered_in_all": 8, "outstanding": 4}],
    }

    order_id: Id
    reference: Word
    delivery_id: Id
    member: MemberNumber
    delivered_on: Day
    complete: bool
    lines: list[RecordedLine]
