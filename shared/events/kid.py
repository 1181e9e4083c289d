"""What KID Magdeburg GmbH, the municipal IT provider, states."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.events.envelope import Incoming, StrictPart
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


class Category(StrEnum):
    """The fields of the cooperative's work."""

    OPERATIONS = "operations"
    PERSONNEL = "personnel"
    FINANCE = "finance"
    REGISTRATION = "registration"
    DOCUMENTS = "documents"
    REAL_ESTATE = "real_estate"
    COUNCIL = "council"
    HARDWARE = "hardware"
    HOTLINE_115 = "hotline_115"
    DE_MAIL = "de_mail"
    CLOUD = "cloud"


class CatalogueItemOffered(Incoming):
    """An article or solution that KID provides; states the whole item anew each time."""

    type = "catalogue.item_offered.v1"
    subject_field = "item"
    senders = frozenset({"kid"})
    example = {
        "item": "NB-14",
        "name": "Notebook 14 Zoll, 16 GB",
        "category": "hardware",
        "unit": "C62",
        "billing": "once",
        "cpv": "30213100",
        "description": "14 Zoll, 16 GB RAM, 512 GB SSD, 48 Monate Vor-Ort-Service",
    }

    item: Word
    name: Name
    category: Category
    unit: Unit
    billing: Literal["once", "monthly"]
    cpv: str = Field(pattern=r"^[0-9]{8}$")
    description: Text


class ItemPrice(StrictPart):
    """The net price of one piece (per month where the item is billed monthly)."""

    item: Word
    unit_price: Price


class PriceTier(StrictPart):
    """Prices that hold from a quantity (pieces) or turnover (euro) on, by the contract's basis."""

    from_quantity: Count | None = None
    from_value: Price | None = None
    prices: list[ItemPrice] = Field(min_length=1, max_length=500)


class Pack(StrictPart):
    """An item that is delivered in whole packs only."""

    item: Word
    pieces: Quantity


class Lot(StrictPart):
    """Which lot (Los) of a tender a contract was awarded for."""

    number: int = Field(ge=1, le=999)
    title: Name


class ContractTerms(Incoming):
    """A framework contract (Rahmenvereinbarung), whole.

    `basis` tells whether tiers count pieces or turnover, `scope` whether they count over the
    whole contract or for each item alone, `mode` whether a tier's price holds for all units or
    only for those above its threshold (of monthly items only with `basis` turnover, which counts
    their months).

    `named_buyers` empty means every member on the day of the award; who joins later may not call
    off (§ 21 (2) VgV, § 15 (3) UVgO). `awarded_on` is the day of registration where left out.
    `law` tells which term limit holds (§ 21 (6) VgV, § 15 (4) UVgO), the shorter where left out;
    a longer term needs its `term_reason`. `estimated_*` and `maximum_*` are the expected and the
    highest calls over the whole term (ECJ C-23/20), which `law: vgv` asks for. Each lot of a
    tender is a contract of its own; `agreement` is what they have in common. `notice_months` is
    how long before a month's end a solution must be given notice of.

    `supplier_register` is such as "HRB 12345 Amtsgericht Stendal"; `supplier_is_sme` tells whether
    the supplier is small or medium-sized (2003/361/EC).
    """

    contract_id: Id
    reference: Word
    title: Name
    supplier: Name
    supplier_register: Name | None = None
    supplier_city: Name | None = None
    supplier_is_sme: bool | None = None
    valid_from: Day
    valid_until: Day
    law: Literal["vgv", "uvgo"] | None = None
    awarded_on: Day | None = None
    term_reason: Text | None = None
    agreement: Word | None = None
    lot: Lot | None = None
    named_buyers: list[MemberNumber] = Field(default=[], max_length=500)
    basis: Literal["quantity", "turnover"] = "quantity"
    scope: Literal["contract", "item"] = "item"
    mode: Literal["all_units", "incremental"] = "all_units"
    tiers: list[PriceTier] = Field(min_length=1, max_length=20)
    packs: list[Pack] = Field(default=[], max_length=500)
    call_off_fee: Price = 0
    delivery_fee: Price = 0
    minimum_quantity: Count | None = None
    minimum_value: Price | None = None
    estimated_quantity: Count | None = None
    estimated_value: Price | None = None
    maximum_quantity: Count | None = None
    maximum_value: Price | None = None
    notice_months: int | None = Field(default=None, ge=0, le=60)
    lead_days: int = Field(ge=0, le=730)
    vat_rate: Percent
    cascade: Word | None = None
    rank: int | None = Field(default=None, ge=1, le=99)


CONTRACT_EXAMPLE = {
    "contract_id": "0190163d-8694-739b-aea5-966c26f8ad03",
    "reference": "RV-2026-NB",
    "title": "Notebooks und Zubehör",
    "supplier": "Notebookhaus Elbe GmbH",
    "valid_from": "2026-01-01",
    "valid_until": "2029-12-31",
    "tiers": [
        {"from_quantity": 1, "prices": [{"item": "NB-14", "unit_price": "899.00"}]},
        {"from_quantity": 100, "prices": [{"item": "NB-14", "unit_price": "829.00"}]},
    ],
    "maximum_quantity": 5000,
    "lead_days": 28,
    "vat_rate": "19.00",
}


class ContractOffered(ContractTerms):
    """KID offers a framework contract for joint call-offs."""

    type = "contract.offered.v1"
    subject_field = "contract_id"
    senders = frozenset({"kid"})
    example = CONTRACT_EXAMPLE


class ContractChanged(ContractTerms):
    """A contract's terms are others now; states all of them. Orders placed keep their terms.

    What widens it (a buyer more, a higher maximum, a longer term) needs a `reason` (§ 132 GWB).
    """

    type = "contract.changed.v1"
    subject_field = "contract_id"
    senders = frozenset({"kid"})
    example = {
        **CONTRACT_EXAMPLE,
        "valid_until": "2028-12-31",
        "law": "vgv",
        "agreement": "VV-2025-07",
        "lot": {"number": 1, "title": "Notebooks"},
        "estimated_quantity": 4000,
        "reason": "Laufzeit verkürzt: Der Hersteller stellt die Baureihe ein",
    }

    reason: Text | None = None


class RoundAnnounced(Incoming):
    """A bundling round (Bündelungsrunde): demand of these categories until the cut-off."""

    type = "round.announced.v1"
    subject_field = "round_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "round_id": "0190163d-8694-739b-aea5-966c26f8ad02",
        "title": "Frühjahrsbeschaffung 2026",
        "categories": ["hardware", "finance"],
        "cut_off": "2026-03-31T10:00:00Z",
    }

    round_id: Id
    title: Name
    categories: list[Category] = Field(min_length=1, max_length=len(Category))
    cut_off: Instant


class ConsultationAsked(Incoming):
    """KID's consultant asks what a member needs (Bedarfsberatung)."""

    type = "consultation.asked.v1"
    subject_field = "demand_id"
    senders = frozenset({"kid"})
    example = {
        "demand_id": "0190163d-8694-739b-aea5-966c26f8ad04",
        "question_id": "0190163d-8694-739b-aea5-966c26f8ad05",
        "question": "Wie viele Arbeitsplätze sollen das Verfahren nutzen?",
        "answer_by": "2026-02-20",
    }

    demand_id: Id
    question_id: Id
    question: Text
    answer_by: Day


class FurtherItem(StrictPart):
    """One more item of a configuration; its price is net, per piece (and month)."""

    item: Word
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price


class ProposalMade(Incoming):
    """KID proposes a configuration that would meet a requirement: an item, or several (`further`).

    The member accepts, declines or counters it. Several proposals are alternatives.
    """

    type = "proposal.made.v1"
    subject_field = "demand_id"
    senders = frozenset({"kid"})
    example = {
        "demand_id": "0190163d-8694-739b-aea5-966c26f8ad04",
        "proposal_id": "0190163d-8694-739b-aea5-966c26f8ad06",
        "item": "DMS-USER",
        "quantity": 25,
        "unit_price": "11.40",
        "answer_by": "2026-03-01",
    }

    demand_id: Id
    proposal_id: Id
    item: Word
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price
    answer_by: Day
    note: Text | None = None
    further: list[FurtherItem] = Field(default=[], max_length=20)


class LineAnswer(StrictPart):
    """How much of an order's line KID accepts; the line's number is the order's."""

    line: Quantity
    accepted: Count


class OrderAnswered(Incoming):
    """KID accepts an order, accepts it partly (naming each line's pieces) or refuses it."""

    type = "order.answered.v1"
    subject_field = "order_id"
    senders = frozenset({"kid"})
    example = {
        "order_id": "0190163d-8694-739b-aea5-966c26f8ad07",
        "answer": "partly",
        "lines": [{"line": 1, "accepted": 20}, {"line": 2, "accepted": 0}],
        "deliver_on": "2026-04-30",
        "reason": "Position 2 ist abgekündigt",
    }

    order_id: Id
    answer: Literal["accepted", "partly", "refused"]
    lines: list[LineAnswer] = Field(default=[], max_length=5000)
    deliver_on: Day | None = None
    reason: Text | None = None


class DeliveredLine(StrictPart):
    """Pieces of an order's line that were delivered."""

    line: Quantity
    quantity: Quantity


class DeliveryMade(Incoming):
    """Goods arrived, or a solution went into operation; may be a part of the order."""

    type = "delivery.made.v1"
    subject_field = "order_id"
    senders = frozenset({"kid"})
    example = {
        "order_id": "0190163d-8694-739b-aea5-966c26f8ad07",
        "delivery_id": "0190163d-8694-739b-aea5-966c26f8ad08",
        "delivered_on": "2026-04-28",
        "lines": [{"line": 1, "quantity": 12}],
    }

    order_id: Id
    delivery_id: Id
    delivered_on: Day
    lines: list[DeliveredLine] = Field(min_length=1, max_length=5000)


class InvoiceReceived(Incoming):
    """KID's invoice for an order: net and VAT; it must equal what was ordered and accepted."""

    type = "invoice.received.v1"
    subject_field = "order_id"
    senders = frozenset({"kid"})
    example = {
        "order_id": "0190163d-8694-739b-aea5-966c26f8ad07",
        "invoice_id": "0190163d-8694-739b-aea5-966c26f8ad09",
        "number": "RE-2026-00412",
        "invoiced_on": "2026-05-05",
        "net": "16580.00",
        "vat": "3150.20",
    }

    order_id: Id
    invoice_id: Id
    number: Word
    invoiced_on: Day
    net: Price
    vat: Price


class TenderPlanned(Incoming):
    """What is planned for a tender need: a framework's term, renewals, options, known prices.

    States all of it anew; the proposal is made anew too. Renewals and options count as if they
    were used (§ 3 (1) VgV).
    """

    type = "tender.planned.v1"
    subject_field = "tender_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "tender_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
        "framework_months": 24,
        "renewal_months": 24,
        "options": "12000.00",
        "unit_prices": [{"item": "NB-14", "unit_price": "910.00"}],
    }

    tender_id: Id
    framework_months: Months | None = None
    renewal_months: int = Field(default=0, ge=0, le=120)
    options: Price = 0
    unit_prices: list[ItemPrice] = Field(default=[], max_length=500)


class DecidedLot(StrictPart):
    """A lot as decided; `of` are the numbers of the proposed lots that it takes in."""

    title: Name
    of: list[Quantity] = Field(min_length=1, max_length=500)


class TenderDecided(Incoming):
    """A person decided how a tender need is to be met; no `lots` means those proposed.

    Where the procedure differs from the proposal, `reason` says why; where proposed lots are put
    together, `not_split_because` does (§ 97 (4) GWB). `information_on` is when bidders are
    informed (§ 134 GWB).
    """

    type = "tender.decided.v1"
    subject_field = "tender_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "tender_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
        "decided_by": "M. Beispiel",
        "role": "Vorstand",
        "decided_on": "2026-04-20",
        "procedure": "eu",
        "information_on": "2026-07-01",
        "award_on": "2026-07-13",
    }

    tender_id: Id
    decided_by: Name
    role: Name
    decided_on: Day
    procedure: Literal["direct", "restricted", "public", "eu"]
    lots: list[DecidedLot] = Field(default=[], max_length=500)
    reason: Text | None = None
    not_split_because: Text | None = None
    information_on: Day | None = None
    electronic: bool = True
    award_on: Day | None = None


class RolloutStep(StrictPart):
    """A step of a solution's rollout; done on `done_on`, or only planned."""

    name: Name
    planned_on: Day
    done_on: Day | None = None


class RolloutPlanned(Incoming):
    """The steps by which a subscribed solution is rolled out; states all of them anew."""

    type = "rollout.planned.v1"
    subject_field = "subscription_id"
    senders = frozenset({"kid"})
    example = {
        "subscription_id": "0190163d-8694-739b-aea5-966c26f8ad0d",
        "steps": [
            {"name": "Daten übernehmen", "planned_on": "2026-05-11", "done_on": "2026-05-12"},
            {"name": "Anwender schulen", "planned_on": "2026-05-20"},
        ],
    }

    subscription_id: Id
    steps: list[RolloutStep] = Field(min_length=1, max_length=100)


class PilotAnnounced(Incoming):
    """A new topic to try out together, if enough members are interested by a day.

    Once they are, a round collects demand of the category for `collect_days`.
    """

    type = "pilot.announced.v1"
    subject_field = "pilot_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "pilot_id": "0190163d-8694-739b-aea5-966c26f8ad0e",
        "title": "Behördennummer 115 für kleine Gemeinden",
        "category": "hotline_115",
        "least_members": 5,
        "interest_by": "2026-06-30",
    }

    pilot_id: Id
    title: Name
    category: Category
    least_members: int = Field(ge=1, le=1000)
    interest_by: Day
    collect_days: int = Field(default=30, ge=1, le=365)
