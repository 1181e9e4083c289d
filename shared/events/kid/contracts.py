"""What can be had, and under which framework contracts."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Incoming, StrictPart
from shared.events.fields import (
    Count,
    Day,
    Id,
    MemberNumber,
    Name,
    Percent,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.kid.categories import Category


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
