"""Pilots of new topics: begun once enough members are interested, else lapsed by their date."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from shared.refusal import refuse


@dataclass(frozen=True, slots=True)
class Pilot:
    """A topic to try out together; `interested` are member numbers in the order they came.

    Once it starts, a round collects demand of its category for `collect_days`.
    """

    id: UUID
    reference: str
    title: str
    category: str
    least_members: int
    interest_by: date
    collect_days: int
    interested: tuple[str, ...] = ()
    state: Literal["open", "started", "lapsed"] = "open"


def announce(pilot: Pilot, today: date) -> Pilot:
    """A new pilot.

    Raises:
        Refused: its date has passed.
    """
    if pilot.interest_by < today:
        raise refuse("interest_by", pilot.interest_by, f"must not lie before today ({today})")
    return pilot


def note_interest(pilot: Pilot, member: str, is_interested: bool, today: date) -> Pilot:
    """The pilot with a member's interest stated or withdrawn; it starts with the last one needed.

    Raises:
        Refused: it is decided, its date has passed, or the member said the same before.
    """
    if pilot.state != "open" or today > pilot.interest_by:
        state = "lapsed" if pilot.state == "open" else pilot.state
        raise refuse("pilot_id", pilot.id, f"must be open; this one is {state}")
    if is_interested == (member in pilot.interested):
        rule = "was stated before" if is_interested else "was not stated, so it cannot be withdrawn"
        raise refuse("interested", is_interested, rule)
    others = tuple(each for each in pilot.interested if each != member)
    noted = replace(pilot, interested=(*others, member) if is_interested else others)
    enough = len(noted.interested) >= noted.least_members
    return replace(noted, state="started") if enough else noted


def lapse(pilot: Pilot) -> Pilot:
    """The pilot that found too few members."""
    return replace(pilot, state="lapsed")
