"""When a demand counts, and what may still be done with it. Dates are local (Europe/Berlin)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.refusal import Reason, Refused, refuse

LATEST_YEARS = 5
"""How far ahead a need may lie: longer than any framework contract runs (UVgO § 15 (4))."""


class Status(StrEnum):
    """Where a demand is. Open demands wait for a round or for its cut-off."""

    CONSULTATION = "consultation"
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    ORDERED = "ordered"
    PARTLY_ORDERED = "partly_ordered"
    UNFILLED = "unfilled"


@dataclass(frozen=True, slots=True)
class Item:
    """What can be asked for; `monthly` items are solutions, paid per piece and month."""

    item: str
    name: str
    category: str
    unit: str
    monthly: bool
    orderable: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A bundling round as far as demand needs it."""

    id: UUID
    reference: str
    categories: frozenset[str]
    cut_off: datetime
    closed: bool = False

    def takes(self, item: Item, now: datetime) -> bool:
        """Whether demand of this item can still join."""
        return not self.closed and now < self.cut_off and item.category in self.categories


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member states: an item, or a requirement in words. Quantities are pieces."""

    member: str
    item: str | None
    requirement: str | None
    quantity: int
    unit: str
    place: Mapping[str, str]
    needed_from: date | None
    needed_by: date
    round_id: UUID | None
    term_months: int | None
    price_ceiling_cents: int | None
    equivalents: tuple[str, ...]
    minimum_quantity: int | None
    cost_centre: str | None


@dataclass(frozen=True, slots=True)
class Demand:
    """A wish that counts. `revision` counts its changes from 1.

    `talk` is all that was asked, answered and proposed, oldest first.
    """

    id: UUID
    reference: str
    wish: Wish
    status: Status
    submitted_at: datetime
    revision: int = 1
    name: str | None = None
    ordered: int = 0
    talk: tuple[Mapping[str, Any], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Known:
    """What demand knows of the world when it decides on a wish."""

    member_is_active: bool
    items: Mapping[str, Item]
    round: Round | None
    """The named round, or the one the demand would join."""
    now: datetime
    today: date


def check(wish: Wish, known: Known) -> None:
    """Let a wish count or refuse it.

    Raises:
        Refused: with every rule that it breaks.
    """
    reasons = [
        *_member_rules(wish, known),
        *_quantity_rules(wish),
        *_date_rules(wish, known.today),
        *_item_rules(wish, known),
        *_round_rules(wish, known),
    ]
    if reasons:
        raise Refused(*reasons)


def _member_rules(wish: Wish, known: Known) -> list[Reason]:
    rule = "must be a member of the cooperative today"
    return [] if known.member_is_active else [Reason("member", wish.member, rule)]


def _quantity_rules(wish: Wish) -> list[Reason]:
    least = wish.minimum_quantity
    if least is not None and least > wish.quantity:
        return [Reason("minimum_quantity", str(least), f"must be at most {wish.quantity}")]
    return []


def _date_rules(wish: Wish, today: date) -> list[Reason]:
    reasons = []
    last = today.replace(year=today.year + LATEST_YEARS, day=min(today.day, 28))
    if not today < wish.needed_by <= last:
        rule = f"must be after {today} and at most {last}"
        reasons.append(Reason("needed_by", str(wish.needed_by), rule))
    if wish.needed_from is not None and wish.needed_from > wish.needed_by:
        rule = f"must be at most needed_by, {wish.needed_by}"
        reasons.append(Reason("needed_from", str(wish.needed_from), rule))
    return reasons


def _item_rules(wish: Wish, known: Known) -> list[Reason]:
    if (wish.item is None) == (wish.requirement is None):
        return [Reason("item", wish.item or "", "state either an item or a requirement in words")]
    if wish.item is None:
        return []
    item = known.items.get(wish.item)
    if item is None:
        return [Reason("item", wish.item, "must be an item of the catalogue")]
    reasons = []
    if not item.orderable:
        reasons.append(Reason("item", item.item, "no contract in force prices it at present"))
    if wish.unit != item.unit:
        reasons.append(Reason("unit", wish.unit, f"must be {item.unit}, the unit of {item.item}"))
    if item.monthly and wish.term_months is None:
        reasons.append(Reason("term_months", "", "must be stated for what is paid monthly"))
    if not item.monthly and wish.term_months is not None:
        rule = f"must be left out: {item.item} is bought once"
        reasons.append(Reason("term_months", str(wish.term_months), rule))
    return reasons + _equivalent_rules(wish, item, known.items)


def _equivalent_rules(wish: Wish, item: Item, items: Mapping[str, Item]) -> list[Reason]:
    reasons = []
    for place, code in enumerate(wish.equivalents):
        other = items.get(code)
        if other is None or code == item.item or code in wish.equivalents[:place]:
            rule = "must be another item of the catalogue, named once"
            reasons.append(Reason(f"equivalents.{place}", code, rule))
        elif (other.unit, other.monthly) != (item.unit, item.monthly):
            rule = f"must have the unit and billing of {item.item}"
            reasons.append(Reason(f"equivalents.{place}", code, rule))
    return reasons


def _round_rules(wish: Wish, known: Known) -> list[Reason]:
    if wish.round_id is None:
        return []
    if known.round is None:
        return [Reason("round_id", str(wish.round_id), "must be a round that was opened")]
    item = known.items.get(wish.item or "")
    if known.round.closed or known.now >= known.round.cut_off:
        rule = (
            f"round {known.round.reference} took demand until {known.round.cut_off:%Y-%m-%d %H:%M}Z"
        )
        return [Reason("round_id", str(wish.round_id), rule)]
    if item is not None and item.category not in known.round.categories:
        rule = f"round {known.round.reference} does not collect {item.category}"
        return [Reason("round_id", str(wish.round_id), rule)]
    return []


def joined(wish: Wish, known: Known) -> Wish:
    """The wish in the round it joins: the named one, else the one that would take it."""
    item = known.items.get(wish.item or "")
    if wish.round_id or known.round is None or item is None:
        return wish
    return replace(wish, round_id=known.round.id) if known.round.takes(item, known.now) else wish


def submitted(id: UUID, reference: str, wish: Wish, known: Known) -> Demand:  # noqa: A002
    """A new demand: open, or in consultation where it is in words.

    Raises:
        Refused: the wish breaks rules.
    """
    check(wish, known)
    wish = joined(wish, known)
    status = Status.OPEN if wish.item else Status.CONSULTATION
    return Demand(id, reference, wish, status, known.now, name=_name(wish, known))


def changed(demand: Demand, wish: Wish, present: Round | None, known: Known) -> Demand:
    """A demand that is another from now on; `present` is the round it is in.

    Raises:
        Refused: it can no longer be changed, or the wish breaks rules.
    """
    _changeable(demand, wish.member, present, known.now)
    check(wish, known)
    wish = joined(wish, known)
    status = Status.OPEN if wish.item else Status.CONSULTATION
    return replace(
        demand, wish=wish, status=status, revision=demand.revision + 1, name=_name(wish, known)
    )


def withdrawn(demand: Demand, member: str, present: Round | None, now: datetime) -> Demand:
    """A demand that no longer counts.

    Raises:
        Refused: it can no longer be withdrawn.
    """
    _changeable(demand, member, present, now)
    return replace(demand, status=Status.WITHDRAWN)


def _changeable(demand: Demand, member: str, present: Round | None, now: datetime) -> None:
    owned(demand, member)
    if demand.status not in {Status.OPEN, Status.CONSULTATION}:
        raise refuse("demand_id", demand.id, f"{demand.reference} is {demand.status} already")
    if present is not None and (present.closed or now >= present.cut_off):
        rule = (
            f"{demand.reference} counts in round {present.reference}, "
            f"which took changes until {present.cut_off:%Y-%m-%d %H:%M}Z"
        )
        raise refuse("demand_id", demand.id, rule)


def owned(demand: Demand, member: str) -> Demand:
    """The demand, where it is this member's.

    Raises:
        Refused: it is another's; says no more than if there were none.
    """
    if demand.wish.member != member:
        raise no_such_demand(demand.id)
    return demand


def no_such_demand(id: UUID) -> Refused:  # noqa: A002
    """There is no such demand of this member."""
    return refuse("demand_id", id, "must be a demand of this member")


def _name(wish: Wish, known: Known) -> str | None:
    return known.items[wish.item].name if wish.item else None


def talked(demand: Demand, entry: Mapping[str, Any]) -> Demand:
    """A consultation with one more thing said.

    Raises:
        Refused: the demand is not in consultation.
    """
    if demand.status is not Status.CONSULTATION:
        raise refuse("demand_id", demand.id, f"{demand.reference} is {demand.status}")
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


def ordered(demand: Demand, pieces: int) -> Demand:
    """A demand of which pieces were ordered: all, or a part."""
    total = demand.ordered + pieces
    done = total >= demand.wish.quantity
    status = Status.ORDERED if done else Status.PARTLY_ORDERED
    return replace(demand, ordered=total, status=status)


def unfilled(demand: Demand) -> Demand:
    """A demand that a round could not serve, or not wholly."""
    status = Status.PARTLY_ORDERED if demand.ordered else Status.UNFILLED
    return replace(demand, status=status)
