"""KID and a member talk about a wish in words until it is orderable (Bedarfsberatung)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.demand.domain.world import Demand, Entry, Item, Round, Status, Wish
from shared.refusal import refuse

ANSWERED = frozenset({"answer", "acceptance", "decline", "counter", "proposal_lapsed"})
"""What ends a question or a proposal."""


def noted(demand: Demand, *entries: Entry) -> Demand:
    """A demand with more said or done about it."""
    return replace(demand, talk=(*demand.talk, *(dict(entry) for entry in entries)))


def talked(demand: Demand, entry: Entry) -> Demand:
    """A consultation with one more thing said.

    Raises:
        Refused: the demand is not in consultation, or the entry's id was used before.
    """
    if demand.status is not Status.CONSULTATION:
        raise refuse("demand_id", demand.id, f"{demand.reference} is {demand.status}")
    if "id" in entry and any(before.get("id") == entry["id"] for before in demand.talk):
        raise refuse(f"{entry['kind']}_id", entry["id"], "was used before; use a new id")
    return noted(demand, entry)


def said(demand: Demand, kind: str, id: UUID, today: date) -> Entry:  # noqa: A002
    """A question or proposal of this consultation by its id, while it can be answered.

    Questions may be answered late; a proposal's price holds until its day.

    Raises:
        Refused: there is none, it was answered before, or its day is over.
    """
    entry = next((e for e in demand.talk if e["kind"] == kind and e["id"] == str(id)), None)
    if entry is None:
        raise refuse(f"{kind}_id", id, f"must be a {kind} of {demand.reference}")
    if any(e["kind"] in ANSWERED - {"proposal_lapsed"} and e["to"] == str(id) for e in demand.talk):
        raise refuse(f"{kind}_id", id, "was answered before")
    if kind == "proposal" and today > answer_by(entry):
        raise refuse(f"{kind}_id", id, f"took answers until {answer_by(entry)}")
    return entry


def referral(demand: Demand) -> Entry | None:
    """What KID said when it found no contract for a requirement, while that still holds.

    A requirement that the member states anew is KID's to look at again.
    """
    if demand.status is not Status.CONSULTATION:
        return None
    last = [entry for entry in demand.talk if entry["kind"] in {"referral", "changed"}][-1:]
    return next((entry for entry in last if entry["kind"] == "referral"), None)


def referred(demand: Demand, stated: Entry, now: datetime) -> Demand:
    """A requirement that no contract can serve; what KID leaves out is the requirement's own.

    Raises:
        Refused: it is not in consultation, nobody names a category, or a term is stated for what
            is bought once.
    """
    wish, monthly = demand.wish, stated["billing"] == "monthly"
    if not monthly and stated["term_months"] is not None:
        rule = "must be left out for what is bought once"
        raise refuse("term_months", stated["term_months"], rule)
    entry = {
        **stated,
        "kind": "referral",
        "category": stated["category"] or wish.category,
        "quantity": stated["quantity"] or wish.quantity,
        "term_months": stated["term_months"] or (wish.term_months if monthly else None),
        "at": now.isoformat(),
    }
    told = talked(demand, entry)
    if entry["category"] is None:
        raise refuse("category", "", f"must be stated: {demand.reference} names none")
    return told


def answer_by(entry: Entry) -> date:
    """The last day on which something asked can be answered."""
    return date.fromisoformat(entry["answer_by"])


def unanswered(demand: Demand, *kinds: str) -> list[Entry]:
    """The questions or proposals that wait for the member, oldest first."""
    closed = {entry["to"] for entry in demand.talk if entry["kind"] in ANSWERED}
    return [e for e in demand.talk if e["kind"] in kinds and e["id"] not in closed]


@dataclass(frozen=True, slots=True)
class Proposed:
    """One item of a configuration."""

    item: str
    quantity: int
    term_months: int | None


def as_proposed(
    wish: Wish, proposed: Sequence[tuple[Proposed, Item]], present: Round | None, now: datetime
) -> list[Wish]:
    """What a wish in words becomes by a proposal: one wish for each item of the configuration.

    Each stays in the wish's round while that takes it.
    """
    return [
        replace(
            wish,
            item=item.item,
            requirement=None,
            quantity=each.quantity,
            term_months=each.term_months,
            unit=item.unit,
            minimum_quantity=None,
            maximum_quantity=None,
            equivalents=(),
            category=item.category,
            attributes=wish.attributes if item.category == wish.category else {},
            round_id=wish.round_id if present and present.takes(item, now) else None,
        )
        for each, item in proposed
    ]


def twice(proposed: Iterable[Proposed]) -> str | None:
    """An item that a configuration names more than once."""
    seen = set[str]()
    for each in proposed:
        if each.item in seen:
            return each.item
        seen.add(each.item)
    return None
