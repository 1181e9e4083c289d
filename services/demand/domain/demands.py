"""What becomes of a demand, and what may still be done with it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.demand.domain.rules import check
from services.demand.domain.world import Demand, Known, Round, Status, Wish
from shared.refusal import Refused, refuse


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
    if demand.wish.item is not None and wish.item is None:
        rule = f"{demand.reference} asks for an item; withdraw it and submit what you need in words"
        raise refuse("requirement", wish.requirement, rule)
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


def _name(wish: Wish, known: Known) -> str | None:
    return known.items[wish.item].name if wish.item else None


def passed_on(demand: Demand, successor: str) -> Demand:
    """A demand that is now its member's successor's (§ 77a GenG)."""
    wish = replace(demand.wish, member=successor)
    return replace(demand, wish=wish, revision=demand.revision + 1)


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
