"""What procurement states about buying rounds and the bundles they end with."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Event, Part
from shared.events.fields import Count, Id, Instant, Money, Name, Percent, Price, Text, Word
from shared.events.kid import Category
from shared.events.procurement.contracts import Amount
from shared.events.procurement.examples import BUNDLE, ROUND


class RoundOpened(Event):
    """Members may state demand of these categories until the cut-off (Meldeschluss)."""

    type = "round.opened.v1"
    subject_field = "round_id"
    example = {
        **ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "categories": ["hardware"],
        "cut_off": "2026-03-31T10:00:00Z",
    }

    round_id: Id
    reference: Word
    title: Name
    categories: list[Category]
    cut_off: Instant


class NearTier(Part):
    """A price tier (Staffel) or a contract's minimum call-off that a round's demand almost reaches.

    `reached`, `threshold` and `missing` are pieces, or net cents of list value where `measure` is
    value; of `item`, or of all the contract's items together. `saving` and `percent` are what the
    goods already demanded would cost less there. A contract below its minimum serves nobody; beyond
    it, it would serve `unserved` pieces that no other does.
    """

    contract_reference: Word
    contract_title: Name
    item: Word | None = None
    name: Name | None = None
    measure: Literal["quantity", "value"]
    reached: Amount
    threshold: Amount
    missing: Amount
    saving: Price
    percent: Percent
    goal: Literal["tier", "minimum"] = "tier"
    unserved: Amount = 0


class RoundInvited(Event):
    """A round closes soon and its demand is near a tier or a contract's minimum: a little more
    lowers the price for all, or lets a contract serve at all."""

    type = "round.invited.v1"
    subject_field = "round_id"
    example = {
        **ROUND,
        "title": "Frühjahrsbeschaffung 2026",
        "cut_off": "2026-03-31T10:00:00Z",
        "tiers": [
            {
                "contract_reference": "RV-2026-NB",
                "contract_title": "Notebooks und Zubehör",
                "item": "NB-14",
                "name": "Notebook 14 Zoll, 16 GB",
                "measure": "quantity",
                "reached": 88,
                "threshold": 100,
                "missing": 12,
                "saving": "6160.00",
                "percent": "7.79",
            },
            {
                "contract_reference": "RV-2026-MO",
                "contract_title": "Monitore",
                "measure": "quantity",
                "reached": 46,
                "threshold": 50,
                "missing": 4,
                "saving": "0.00",
                "percent": "0.00",
                "goal": "minimum",
                "unserved": 46,
            },
        ],
    }

    round_id: Id
    reference: Word
    title: Name
    cut_off: Instant
    tiers: list[NearTier] = Field(min_length=1)


class RoundClosed(Event):
    """A round takes no more demand."""

    type = "round.closed.v1"
    subject_field = "round_id"
    example = {
        **ROUND,
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


class BundleProposed(BundleState):
    """A round's demand was bundled (Sammelbestellung)."""

    type = "bundle.proposed.v1"
    subject_field = "bundle_id"
    example = BUNDLE


class BundleApproved(BundleState):
    """A bundle was approved; its orders are placed. `approved_by` names the rule or the person."""

    type = "bundle.approved.v1"
    subject_field = "bundle_id"
    example = {**BUNDLE, "approved_by": "rule: gap to the bound at most 0.10 %"}

    approved_by: Text


class RoundCompleted(Event):
    """All orders of a round are answered, invoiced and shared out, in figures."""

    type = "round.completed.v1"
    subject_field = "round_id"
    example = {
        **ROUND,
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
