"""What demand knows: what can be asked for, what was, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


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
