"""What the procurement service states."""

from typing import Literal

from shared.events.common import Place
from shared.events.envelope import Event, Part
from shared.events.fields import (
    Count,
    Day,
    Id,
    Instant,
    MemberNumber,
    Money,
    Months,
    Name,
    Percent,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.kid import Category
from shared.events.member import PLACE_EXAMPLE

_ROUND = {"round_id": "0190163d-8694-739b-aea5-966c26f8ad02", "reference": "R-2026-0001"}
_CONTRACT = {"contract_id": "0190163d-8694-739b-aea5-966c26f8ad03", "reference": "RV-2026-NB"}
_ORDER = {"order_id": "0190163d-8694-739b-aea5-966c26f8ad07", "reference": "A-2026-0001"}
_DEMAND_ID = "0190163d-8694-739b-aea5-966c26f8ad04"
_DEMAND = {
    "demand_id": _DEMAND_ID,
    "demand_reference": "B-2026-00017",
    "item": "NB-14",
    "name": "Notebook 14 Zoll, 16 GB",
}


class ContractRegistered(Event):
    """A contract's terms were entered; `version` counts them from 1."""

    type = "contract.registered.v1"
    subject_field = "contract_id"
    example = {**_CONTRACT, "title": "Notebooks und Zubehör", "version": 1}

    contract_id: Id
    reference: Word
    title: Name
    version: Quantity


class CataloguePublished(Event):
    """An item members may ask for. `orderable` while a contract in force prices it."""

    type = "catalogue.published.v1"
    subject_field = "item"
    example = {
        "item": "NB-14",
        "name": "Notebook 14 Zoll, 16 GB",
        "category": "hardware",
        "unit": "C62",
        "billing": "once",
        "orderable": True,
    }

    item: Word
    name: Name
    category: Category
    unit: Unit
    billing: Literal["once", "monthly"]
    orderable: bool


class CapacityState(Event):
    """How much of a contract's maximum is called, in pieces or net value."""

    contract_id: Id
    reference: Word
    title: Name
    measure: Literal["quantity", "value"]
    called: Count
    maximum: Count
    percent: Percent


_CAPACITY = {
    **_CONTRACT,
    "title": "Notebooks und Zubehör",
    "measure": "quantity",
    "called": 4600,
    "maximum": 5000,
    "percent": "92.00",
}


class ContractCapacityLow(CapacityState):
    """More than 90 % of a contract's maximum is called (value in cents)."""

    type = "contract.capacity_low.v1"
    subject_field = "contract_id"
    example = _CAPACITY


class ContractExhausted(CapacityState):
    """A contract's maximum is reached: no more calls (ECJ C-23/20)."""

    type = "contract.exhausted.v1"
    subject_field = "contract_id"
    example = {**_CAPACITY, "called": 5000, "percent": "100.00"}


class RoundOpened(Event):
    """Members may state demand of these categories until the cut-off (Meldeschluss)."""

    type = "round.opened.v1"
    subject_field = "round_id"
    example = {
        **_ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "categories": ["hardware"],
        "cut_off": "2026-03-31T10:00:00Z",
    }

    round_id: Id
    reference: Word
    title: Name
    categories: list[Category]
    cut_off: Instant


class RoundClosed(Event):
    """A round takes no more demand."""

    type = "round.closed.v1"
    subject_field = "round_id"
    example = {
        **_ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "closed_at": "2026-03-31T10:00:00Z",
        "reason": "cut_off",
    }

    round_id: Id
    reference: Word
    title: Name
    closed_at: Instant
    reason: Literal["cut_off", "requested"]


class BundleState(Event):
    """A round's cheapest plan, in figures; `bound` is what no plan can go below."""

    bundle_id: Id
    round_id: Id
    reference: Word
    members: Count
    demands: Count
    orders: Count
    unfilled: Count
    total: Price
    bound: Price
    alone: Price
    fingerprint: Word


_BUNDLE = {
    **_ROUND,
    "bundle_id": "0190163d-8694-739b-aea5-966c26f8ad0a",
    "members": 22,
    "demands": 214,
    "orders": 61,
    "unfilled": 3,
    "total": "412309.40",
    "bound": "412309.40",
    "alone": "451220.10",
    "fingerprint": "9f86d081884c7d65",
}


class BundleProposed(BundleState):
    """A round's demand was bundled (Sammelbestellung)."""

    type = "bundle.proposed.v1"
    subject_field = "bundle_id"
    example = _BUNDLE


class BundleApproved(BundleState):
    """A bundle was approved; its orders are placed. `approved_by` names the rule or the person."""

    type = "bundle.approved.v1"
    subject_field = "bundle_id"
    example = {**_BUNDLE, "approved_by": "rule: gap to the bound at most 0.10 %"}

    approved_by: Text


class Allocation(Part):
    """What a member gets of one order for one demand, and what that costs it.

    `share` is what the member pays (net, whole term), `alone` what it would pay buying by
    itself under the same contracts, `list_price` at the contracts' list price.
    """

    order_id: Id
    order_reference: Word
    contract_reference: Word
    item: Word
    name: Name
    quantity: Quantity
    unit_price: Price
    share: Price
    alone: Price
    list_price: Price
    explanation: Text


_ALLOCATION = {
    "order_id": _ORDER["order_id"],
    "order_reference": "A-2026-0001",
    "contract_reference": "RV-2026-NB",
    "item": "NB-14",
    "name": "Notebook 14 Zoll, 16 GB",
    "quantity": 12,
    "unit_price": "829.00",
    "share": "9948.00",
    "alone": "10788.00",
    "list_price": "10788.00",
    "explanation": "Vertrag RV-2026-NB, Staffel ab 100 Stück: 829,00 € statt 899,00 €.",
}


class DemandAllocated(Event):
    """A demand is ordered, in one or more orders (Zuteilung)."""

    type = "demand.allocated.v1"
    subject_field = "demand_id"
    example = {
        "demand_id": _DEMAND_ID,
        "demand_reference": "B-2026-00017",
        "member": "10002",
        "round_id": _ROUND["round_id"],
        "allocations": [_ALLOCATION],
    }

    demand_id: Id
    demand_reference: Word
    member: MemberNumber
    round_id: Id
    allocations: list[Allocation]


class DemandUnfilled(Event):
    """A demand, or a part of it, could not be ordered; with the reason that binds."""

    type = "demand.unfilled.v1"
    subject_field = "demand_id"
    example = {
        **_DEMAND,
        "member": "10002",
        "round_id": _ROUND["round_id"],
        "quantity": 12,
        "reason": "lead_time",
        "explanation": "Lieferzeit 28 Tage, gebraucht in 10 Tagen.",
    }

    demand_id: Id
    demand_reference: Word
    member: MemberNumber
    round_id: Id
    item: Word
    name: Name
    quantity: Quantity
    reason: Word
    explanation: Text


class SharedLine(Allocation):
    """One allocation with the demand it belongs to."""

    demand_id: Id
    demand_reference: Word


class UnfilledLine(Part):
    """A demand, or a part of it, that is not ordered, and why."""

    demand_id: Id
    demand_reference: Word
    item: Word
    name: Name
    quantity: Quantity
    explanation: Text


class BundleShared(Event):
    """A member's whole result of a round: what it gets, what it pays, what it saves.

    `share` is the sum of the lines' shares and of `balance`, which moves money between members
    so that nobody pays more than alone; all members' balances sum to zero.
    """

    type = "bundle.shared.v1"
    subject_field = "bundle_id"
    example = {
        **_ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "bundle_id": _BUNDLE["bundle_id"],
        "member": "10002",
        "lines": [{**_ALLOCATION, "demand_id": _DEMAND_ID, "demand_reference": "B-2026-00017"}],
        "unfilled": [],
        "share": "9948.00",
        "alone": "10788.00",
        "list_price": "10788.00",
        "saving": "840.00",
    }

    round_id: Id
    reference: Word
    title: Name
    bundle_id: Id
    member: MemberNumber
    lines: list[SharedLine]
    unfilled: list[UnfilledLine]
    balance: Money = 0
    share: Price
    alone: Price
    list_price: Price
    saving: Money


class OrderLine(Part):
    """One member's piece of an order; KID answers and delivers by its `line` number."""

    line: Quantity
    demand_id: Id
    demand_reference: Word
    member: MemberNumber
    member_name: Name
    item: Word
    name: Name
    quantity: Quantity
    unit: Unit
    term_months: Months | None = None
    unit_price: Price
    amount: Price


class OrderPlaced(Event):
    """A call-off (Abruf) from one contract to one place of delivery, for KID to fulfil."""

    type = "order.placed.v1"
    subject_field = "order_id"
    example = {
        **_ORDER,
        "contract_id": _CONTRACT["contract_id"],
        "contract_reference": "RV-2026-NB",
        "round_reference": "R-2026-0001",
        "place": PLACE_EXAMPLE,
        "placed_at": "2026-03-31T10:00:09Z",
        "lines": [
            {
                **_DEMAND,
                "line": 1,
                "member": "10002",
                "member_name": "Gemeinde Barleben",
                "quantity": 12,
                "unit": "C62",
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
        **_ORDER,
        "member": "10002",
        "deliver_on": "2026-04-30",
        "reason": None,
        "lines": [{**_DEMAND, "ordered": 12, "confirmed": 12}],
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
        **_ORDER,
        "member": "10002",
        "reason": "Hersteller liefert nicht mehr",
        "lines": [{**_DEMAND, "ordered": 12, "confirmed": 0}],
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
        **_ORDER,
        "delivery_id": "0190163d-8694-739b-aea5-966c26f8ad08",
        "member": "10002",
        "delivered_on": "2026-04-28",
        "complete": False,
        "lines": [{**_DEMAND, "delivered": 8, "delivered_in_all": 8, "outstanding": 4}],
    }

    order_id: Id
    reference: Word
    delivery_id: Id
    member: MemberNumber
    delivered_on: Day
    complete: bool
    lines: list[RecordedLine]


class CostLine(Part):
    """What a member pays for a demand's accepted pieces."""

    order_reference: Word
    demand_id: Id
    demand_reference: Word
    item: Word
    name: Name
    quantity: Quantity
    unit_price: Price
    share: Price
    vat: Price
    alone: Price


class CostStated(Event):
    """What a member pays for a round, once all its orders are invoiced (Kostenmitteilung).

    `net` is the sum of the lines' shares and of `balance`; all members' balances sum to zero.
    """

    type = "cost.stated.v1"
    subject_field = "round_id"
    example = {
        **_ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "member": "10002",
        "lines": [
            {
                **_DEMAND,
                "order_reference": "A-2026-0001",
                "quantity": 12,
                "unit_price": "829.00",
                "share": "9948.00",
                "vat": "1890.12",
                "alone": "10788.00",
            }
        ],
        "net": "9948.00",
        "vat": "1890.12",
        "gross": "11838.12",
        "alone": "10788.00",
        "saving": "840.00",
    }

    round_id: Id
    reference: Word
    title: Name
    member: MemberNumber
    lines: list[CostLine]
    balance: Money = 0
    net: Price
    vat: Price
    gross: Price
    alone: Price
    saving: Money


class RoundCompleted(Event):
    """All orders of a round are answered, invoiced and shared out, in figures."""

    type = "round.completed.v1"
    subject_field = "round_id"
    example = {
        **_ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "members": 22,
        "demands": 214,
        "orders": 61,
        "unfilled": 3,
        "net": "401200.40",
        "alone": "440000.00",
        "saving": "38799.60",
    }

    round_id: Id
    reference: Word
    title: Name
    members: Count
    demands: Count
    orders: Count
    unfilled: Count
    net: Price
    alone: Price
    saving: Money
