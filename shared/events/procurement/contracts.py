"""What procurement states about contracts and what can be ordered from them."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events.envelope import Event, Part
from shared.events.fields import (
    Count,
    Id,
    MemberNumber,
    Name,
    Percent,
    Price,
    Quantity,
    Unit,
    Word,
)
from shared.events.kid import Category
from shared.events.procurement.examples import CONTRACT


class ContractRegistered(Event):
    """A contract's terms were entered; `version` counts them from 1."""

    type = "contract.registered.v1"
    subject_field = "contract_id"
    example = {**CONTRACT, "title": "Notebooks und Zubehör", "version": 1}

    contract_id: Id
    reference: Word
    title: Name
    version: Quantity


class OfferTier(Part):
    """The net price of one piece (and month) from a threshold on: pieces, or cents of turnover."""

    threshold: Count
    unit_price: Price


class Offer(Part):
    """What a contract in force asks for an item; `buyers` (whom it names, and who stands in
    their place) empty means every member."""

    contract_reference: Word
    basis: Literal["quantity", "turnover"]
    mode: Literal["all_units", "incremental"]
    tiers: list[OfferTier]
    buyers: list[MemberNumber] = []


class CataloguePublished(Event):
    """An item members may ask for. `orderable` while a contract in force prices it, by `offers`."""

    type = "catalogue.published.v1"
    subject_field = "item"
    example = {
        "item": "NB-14",
        "name": "Notebook 14 Zoll, 16 GB",
        "category": "hardware",
        "unit": "C62",
        "billing": "once",
        "orderable": True,
        "offers": [
            {
                "contract_reference": "RV-2026-NB",
                "basis": "quantity",
                "mode": "all_units",
                "tiers": [
                    {"threshold": 1, "unit_price": "899.00"},
                    {"threshold": 100, "unit_price": "829.00"},
                ],
            }
        ],
    }

    item: Word
    name: Name
    category: Category
    unit: Unit
    billing: Literal["once", "monthly"]
    orderable: bool
    offers: list[Offer] = []


Amount = Annotated[int, Field(ge=0, le=10**12)]
"""Pieces, or net cents."""


class CapacityState(Event):
    """How much of a contract's maximum or estimate is called, in pieces or net value (cents).

    `limit` tells which of the two `maximum` holds, `level` the percentage whose passing is told;
    `percent` is at most 100, also where an estimate is exceeded.
    """

    contract_id: Id
    reference: Word
    title: Name
    measure: Literal["quantity", "value"]
    called: Amount
    maximum: Amount
    percent: Percent
    limit: Literal["estimate", "maximum"] = "maximum"
    level: Count = 90


_CAPACITY = {
    **CONTRACT,
    "title": "Notebooks und Zubehör",
    "measure": "quantity",
    "called": 4600,
    "maximum": 5000,
    "percent": "92.00",
}


class ContractCapacityLow(CapacityState):
    """70 or 90 % of a contract's estimate or maximum is called; each is told once."""

    type = "contract.capacity_low.v1"
    subject_field = "contract_id"
    example = {**_CAPACITY, "limit": "maximum", "level": 90}


class ContractExhausted(CapacityState):
    """A contract's maximum is reached: no more calls (ECJ C-23/20)."""

    type = "contract.exhausted.v1"
    subject_field = "contract_id"
    example = {**_CAPACITY, "called": 5000, "percent": "100.00", "level": 100}
