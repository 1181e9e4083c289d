"""What procurement states about who gets what, and what each pays."""

from shared.events.envelope import Event, Part
from shared.events.fields import (
    Id,
    MemberNumber,
    Money,
    Months,
    Name,
    Price,
    Quantity,
    Text,
    Word,
)
from shared.events.procurement.examples import BUNDLE, DEMAND, DEMAND_ID, ORDER, ROUND


class Allocation(Part):
    """What a member gets of one order for one demand, and what that costs it.

    `share` is what the member pays (net, whole term), `alone` what it would pay buying by
    itself under the same contracts, `list_price` at the contracts' list price. With `term_months`
    the `unit_price` is that of a month.
    """

    order_id: Id
    order_reference: Word
    contract_reference: Word
    item: Word
    name: Name
    quantity: Quantity
    unit_price: Price
    term_months: Months | None = None
    share: Price
    alone: Price
    list_price: Price
    explanation: Text


_ALLOCATION = {
    "order_id": ORDER["order_id"],
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
        "demand_id": DEMAND_ID,
        "demand_reference": "B-2026-00017",
        "member": "10002",
        "round_id": ROUND["round_id"],
        "allocations": [_ALLOCATION],
    }

    demand_id: Id
    demand_reference: Word
    member: MemberNumber
    round_id: Id
    allocations: list[Allocation]


class DemandUnfilled(Event):
    """A demand, or a part of it, could not be ordered; with the reason that binds.

    `for_tender`: no contract can serve it, so it is gathered for a tender (Vergabebedarf).
    """

    type = "demand.unfilled.v1"
    subject_field = "demand_id"
    example = {
        **DEMAND,
        "member": "10002",
        "round_id": ROUND["round_id"],
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
    for_tender: bool = False


class SharedLine(Allocation):
    """One allocation with the demand it belongs to."""

    demand_id: Id
    demand_reference: Word


class UnfilledLine(Part):
    """A demand, or a part of it, that is not ordered, why, and whether a tender is to help."""

    demand_id: Id
    demand_reference: Word
    item: Word
    name: Name
    quantity: Quantity
    explanation: Text
    for_tender: bool = False


class BundleShared(Event):
    """A member's whole result of a round: what it gets, what it pays, what it saves.

    `share` is the sum of the lines' shares and of `balance`, which moves money between members
    so that nobody pays more than alone; all members' balances sum to zero. `explanation` says in
    German how the share came about, to be recomputed.
    """

    type = "bundle.shared.v1"
    subject_field = "bundle_id"
    example = {
        **ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "bundle_id": BUNDLE["bundle_id"],
        "member": "10002",
        "lines": [{**_ALLOCATION, "demand_id": DEMAND_ID, "demand_reference": "B-2026-00017"}],
        "unfilled": [],
        "share": "9948.00",
        "alone": "10788.00",
        "list_price": "10788.00",
        "saving": "840.00",
        "explanation": "Alle Rechnungen zusammen sind 148.300,40 €. Der Bedarf dieses Mitglieds "
        "ist zu den Preisen der Runde 9.948,00 € von 148.300,40 € wert; in diesem Verhältnis wird "
        "geteilt, niemand zahlt mehr als allein (hier 10.788,00 €). Das ergibt 9.948,00 €: "
        "9.948,00 € aus den Bestellungen, 0,00 € Ausgleich unter den Mitgliedern.",
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
    explanation: Text | None = None


class CostLine(Part):
    """What a member pays for a demand's accepted pieces; `unit_price` of a month, if for a term."""

    order_reference: Word
    demand_id: Id
    demand_reference: Word
    item: Word
    name: Name
    quantity: Quantity
    unit_price: Price
    term_months: Months | None = None
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
        **ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "member": "10002",
        "lines": [
            {
                **DEMAND,
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
