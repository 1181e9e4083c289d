"""What procurement states about contracts and what can be ordered from them."""

from typing import Literal

from shared.events.envelope import Event
from shared.events.fields import Count, Id, Name, Percent, Quantity, Unit, Word
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
    **CONTRACT,
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
