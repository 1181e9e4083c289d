"""KID and a member talk about a wish in words until it is an item (Bedarfsberatung)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.demand.domain.world import Demand, Item, Round, Status, Wish
from shared.refusal import refuse


def talked(demand: Demand, entry: Mapping[str, Any]) -> Demand:
    """A consultation with one more thing said.

    Raises:
        Refused: the demand is not in consultation.
    """
    if demand.status is not Status.CONSULTATION:
        raise refuse("demand_id", demand.id, f"{demand.reference} is {demand.status}")
    if "id" in entry and any(before.get("id") == entry["id"] for before in demand.talk):
        raise refuse(f"{entry['kind']}_id", entry["id"], "was used before; use a new id")
    return replace(demand, talk=(*demand.talk, dict(entry)))


def said(demand: Demand, kind: str, id: UUID) -> Mapping[str, Any]:  # noqa: A002
    """A question or proposal of this consultation by its id.

    Raises:
        Refused: there is none, or it was answered before.
    """
    entry = next((e for e in demand.talk if e["kind"] == kind and e["id"] == str(id)), None)
    if entry is None:
        raise refuse(f"{kind}_id", id, f"must be a {kind} of {demand.reference}")
    if any(e.get("to") == str(id) for e in demand.talk):
        raise refuse(f"{kind}_id", id, "was answered before")
    return entry


def as_proposed(
    wish: Wish,
    item: Item,
    quantity: int,
    term_months: int | None,
    present: Round | None,
    now: datetime,
) -> Wish:
    """What a wish in words becomes by a proposal; it stays in its round while that takes it."""
    return replace(
        wish,
        item=item.item,
        requirement=None,
        quantity=quantity,
        term_months=term_months,
        unit=item.unit,
        minimum_quantity=None,
        equivalents=(),
        round_id=wish.round_id if present and present.takes(item, now) else None,
    )
