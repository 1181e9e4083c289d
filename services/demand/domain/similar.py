"""Demand that may be meant twice: same member, same item, same place, near in time."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.demand.domain.world import ALIVE, Demand, Wish


@dataclass(frozen=True, slots=True)
class Similar:
    """A demand like another; `exact` where nothing of what was stated differs."""

    demand: Demand
    exact: bool


def similar(demand: Demand, others: Iterable[Demand], within_days: int) -> list[Similar]:
    """The member's other demands like this one that were not told of before, by reference."""
    told = {ref for entry in demand.talk if entry["kind"] == "similar" for ref in entry["like"]}
    family = {demand.reference, demand.part_of} - {None}
    found = [
        Similar(other, _stated(other.wish) == _stated(demand.wish))
        for other in others
        if other.id != demand.id
        and other.status in ALIVE
        and other.reference not in told
        and not family & {other.reference, other.part_of}
        and _alike(demand.wish, other.wish, within_days)
    ]
    return sorted(found, key=lambda each: each.demand.reference)


def _alike(one: Wish, other: Wish, within_days: int) -> bool:
    return (
        one.member == other.member
        and _same_thing(one, other)
        and _where(one) == _where(other)
        and abs((one.needed_by - other.needed_by).days) <= within_days
    )


def _same_thing(one: Wish, other: Wish) -> bool:
    if one.item is None or other.item is None:
        return one.item == other.item and _plain(one.requirement) == _plain(other.requirement)
    return one.item == other.item or one.item in other.equivalents or other.item in one.equivalents


def _where(wish: Wish) -> tuple[str, str]:
    """A house, whatever room of it is named."""
    return wish.place["postal_code"], _plain(wish.place["street"]).replace("straße", "str.")


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).casefold().replace("strasse", "straße")


def _stated(wish: Wish) -> tuple[object, ...]:
    words = _plain(wish.requirement)
    return (wish.item, words, wish.quantity, wish.needed_by, wish.term_months, dict(wish.place))
