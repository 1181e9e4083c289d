"""Two persons of a member decide on what is worth more than it trusts to one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from services.demand.domain.consultation import noted
from services.demand.domain.prices import euros, value, without_contract
from services.demand.domain.rules import check
from services.demand.domain.world import Demand, Known, Round, Status, Wish
from shared.refusal import Reason, Refused, refuse

NOBODY = "(gelöscht)"
"""The name of a person that wanted to be forgotten."""
LIMIT_SETTERS = frozenset({"management"})
"""The roles that may say from which value on a member wants two persons."""


def placed(demand: Demand, wish: Wish, cents: int | None, known: Known) -> Demand:
    """The demand with this checked wish: in consultation, awaiting approval, or open.

    `cents` is its expected net value, of the whole configuration where it is a part of one.

    Raises:
        Refused: two persons are needed, but the first is not named.
    """
    name = known.items[wish.item].name if wish.item else None
    made = replace(
        demand,
        wish=wish,
        name=name,
        value_cents=cents,
        above_cents=None,
        without_contract=without_contract(wish, known.items),
    )
    if cents is None:
        return replace(made, status=Status.CONSULTATION)
    above = known.approval_above_cents
    if cents <= above:
        return replace(made, status=Status.OPEN)
    if wish.stated_by is None:
        rule = (
            f"must be stated: {euros(cents)} net is expected, and above {euros(above)} "
            "a second person approves"
        )
        raise Refused(Reason("stated_by", "", rule))
    return replace(made, status=Status.AWAITING, above_cents=above)


def priced(demand: Demand, known: Known) -> Demand:
    """An open demand of which nobody knew what it is worth, once a contract prices it.

    It awaits the approval that it would have awaited, had its price been known when it was
    stated; but not after its round's books are closed (`known.round`), for then it is ordered.
    """
    if demand.status is not Status.OPEN or demand.value_cents != 0:
        return demand
    if known.round is not None and known.round.closed:
        return demand
    cents = value(demand.wish, known)
    lacks = without_contract(demand.wish, known.items)
    made = replace(demand, value_cents=cents, without_contract=lacks)
    if cents <= known.approval_above_cents:
        return made
    entry = {"kind": "priced", "expected": euros(cents), "at": known.now.isoformat()}
    waits = replace(made, status=Status.AWAITING, above_cents=known.approval_above_cents)
    return noted(waits, entry)


def joining_anew(wish: Wish, present: Round | None, now: datetime) -> Wish:
    """A wish that stays in the round it waited for while that is open, else looks for another."""
    is_open = present is not None and not present.closed and now < present.cut_off
    return wish if is_open else replace(wish, round_id=None)


def approved(demand: Demand, approver: Mapping[str, str], known: Known) -> Demand:
    """A demand that counts from now on, in the round that it waited for, else in the next.

    `known.round` is the one that it waited for while that is open, else the one that takes it now.

    Raises:
        Refused: it does not await an approval, the approver stated it or nobody can tell who did,
            or it breaks rules by now.
    """
    _second_person(demand, approver)
    if demand.wish.stated_by is not None and demand.wish.stated_by["name"] == NOBODY:
        rule = (
            f"whoever stated {demand.reference} is forgotten; send demand.changed to state it anew"
        )
        raise refuse("approver.name", "", rule)
    wish = replace(demand.wish, round_id=None)
    check(wish, known)
    takes = known.round and known.round.takes(known.items[wish.item or ""], known.now)
    if known.round and takes:
        wish = replace(wish, round_id=known.round.id)
    entry = {"kind": "approval", "approver": dict(approver), "at": known.now.isoformat()}
    lacks = without_contract(wish, known.items)
    return noted(replace(demand, wish=wish, status=Status.OPEN, without_contract=lacks), entry)


def refused(
    demand: Demand, approver: Mapping[str, str], reason: str | None, now: datetime
) -> Demand:
    """A demand that ends by the second person's word.

    Raises:
        Refused: it does not await an approval, or the approver stated it.
    """
    _second_person(demand, approver)
    entry = {
        "kind": "refusal",
        "approver": dict(approver),
        "reason": reason,
        "at": now.isoformat(),
    }
    return noted(replace(demand, status=Status.REFUSED), entry)


def _second_person(demand: Demand, approver: Mapping[str, str]) -> None:
    if demand.status is not Status.AWAITING:
        raise refuse("demand_id", demand.id, f"{demand.reference} is {demand.status}")
    first = demand.wish.stated_by
    if first is not None and _who(first) == _who(approver):
        rule = f"must be another person than the one who stated {demand.reference}"
        raise refuse("approver.name", "", rule)  # on record for ever, so that it names nobody


def forgotten(demand: Demand, names: Iterable[str]) -> Demand:
    """The demand with nobody where one of these names stands: who stated it, or decided on it."""
    gone = {_same(name) for name in names}

    def left(person: Mapping[str, str]) -> Mapping[str, str]:
        return {**person, "name": NOBODY} if _who(person) in gone else person

    stated_by = demand.wish.stated_by
    wish = replace(demand.wish, stated_by=left(stated_by) if stated_by else None)
    talk = tuple(
        {key: left(value) if key in {"by", "approver"} else value for key, value in entry.items()}
        for entry in demand.talk
    )
    return replace(demand, wish=wish, talk=talk)


def _who(person: Mapping[str, str]) -> str:
    return _same(person["name"])


def _same(name: str) -> str:
    """The same name, however it is capitalised or spaced."""
    return " ".join(name.split()).casefold()
