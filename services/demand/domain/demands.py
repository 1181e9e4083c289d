"""What becomes of a demand, and what may still be done with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.demand.domain.approval import placed
from services.demand.domain.consultation import noted
from services.demand.domain.prices import value, without_contract
from services.demand.domain.questions import OWN, read
from services.demand.domain.rules import check
from services.demand.domain.world import ALIVE, Demand, Item, Known, Round, Status, Wish
from shared.refusal import Refused, refuse


def joined(wish: Wish, known: Known) -> Wish:
    """The wish in the round it joins: the named one, else the one that would take it."""
    item = known.items.get(wish.item or "")
    if wish.round_id or known.round is None or item is None:
        return wish
    return replace(wish, round_id=known.round.id) if known.round.takes(item, known.now) else wish


def submitted(
    id: UUID,  # noqa: A002
    reference: str,
    wish: Wish,
    known: Known,
    *,
    cents: int | None = None,
    part_of: str | None = None,
) -> Demand:
    """A new demand: open, awaiting approval, or in consultation where it is in words.

    `cents` is the expected value of the configuration that it is a part of.

    Raises:
        Refused: the wish breaks rules.
    """
    wish = read(wish, known.rules, known.today)
    check(wish, known)
    wish = joined(wish, known)
    entry = {"kind": "submitted", "at": known.now.isoformat(), **_by(wish)}
    made = Demand(id, reference, wish, Status.OPEN, known.now, talk=(entry,), part_of=part_of)
    return placed(made, wish, _worth(wish, known, cents), known)


def changed(
    demand: Demand,
    wish: Wish,
    present: Round | None,
    known: Known,
    *,
    cents: int | None = None,
) -> Demand:
    """A demand that is another from now on; `present` is the round it is in.

    Raises:
        Refused: it can no longer be changed, or the wish breaks rules.
    """
    _changeable(demand, wish.member, present, known.now)
    wish = read(_with_what_was_told(wish, demand), known.rules, known.today)
    check(wish, known)
    if demand.wish.item is not None and wish.item is None:
        rule = f"{demand.reference} asks for an item; withdraw it and submit what you need in words"
        raise refuse("requirement", wish.requirement, rule)
    wish = joined(wish, known)
    entry = {"kind": "changed", "at": known.now.isoformat(), **_by(wish)}
    made = replace(noted(demand, entry), revision=demand.revision + 1)
    return placed(made, wish, _worth(wish, known, cents), known)


def _with_what_was_told(wish: Wish, demand: Demand) -> Wish:
    """A requirement stated anew keeps what was told in its consultation, but for what differs."""
    before = demand.wish
    if wish.item is not None or wish.category not in {None, before.category}:
        return wish
    own = {field: getattr(wish, field) or getattr(before, field) for field in OWN}
    attributes = {**before.attributes, **wish.attributes}
    return replace(wish, category=before.category, attributes=attributes, **own)


def _worth(wish: Wish, known: Known, cents: int | None) -> int | None:
    if wish.item is None:
        return None
    return value(wish, known) if cents is None else cents


def _by(wish: Wish) -> dict[str, object]:
    return {"by": dict(wish.stated_by)} if wish.stated_by else {}


def withdrawn(demand: Demand, member: str, present: Round | None, now: datetime) -> Demand:
    """A demand that no longer counts.

    Raises:
        Refused: it can no longer be withdrawn.
    """
    _changeable(demand, member, present, now)
    entry = {"kind": "withdrawn", "at": now.isoformat()}
    return noted(replace(demand, status=Status.WITHDRAWN), entry)


def _changeable(demand: Demand, member: str, present: Round | None, now: datetime) -> None:
    owned(demand, member)
    if demand.status not in ALIVE:
        raise refuse("demand_id", demand.id, f"{demand.reference} is {demand.status} already")
    if demand.status is not Status.OPEN or present is None:
        return
    if present.closed or now >= present.cut_off:
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


def passed_on(demand: Demand, successor: str, items: Mapping[str, Item]) -> Demand:
    """A demand that is now its member's successor's, with the right to call off (§ 77a GenG).

    A contract prices it that did before, and one that the successor may call off from.
    """
    wish = replace(demand.wish, member=successor)
    lacks = demand.without_contract and without_contract(wish, items)
    return replace(demand, wish=wish, revision=demand.revision + 1, without_contract=lacks)


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
