"""What demand knows: what can be asked for, what was, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.rules import Rules

Entry = Mapping[str, Any]
"""One thing that was said or done about a demand: its `kind`, when (`at`), and the rest of it."""


class Status(StrEnum):
    """Where a demand is. Open demands wait for a round or for its cut-off; only they count."""

    CONSULTATION = "consultation"
    AWAITING = "awaiting_approval"
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    LAPSED = "lapsed"
    ORDERED = "ordered"
    PARTLY_ORDERED = "partly_ordered"
    UNFILLED = "unfilled"


ALIVE = frozenset({Status.CONSULTATION, Status.AWAITING, Status.OPEN})
"""A demand that may still be changed or withdrawn, as far as its round allows."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a contract in force asks for an item.

    `tiers` are (threshold, net cents per piece and month), the threshold in pieces or cents of
    turnover by `basis`. `buyers` empty means every member.
    """

    contract: str
    basis: Literal["quantity", "turnover"]
    mode: Literal["all_units", "incremental"]
    tiers: tuple[tuple[int, int], ...]
    buyers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """What can be asked for; `monthly` items are solutions, paid per piece and month."""

    item: str
    name: str
    category: str
    unit: str
    monthly: bool
    orderable: bool
    offers: tuple[Offer, ...] = ()

    def is_priced_for(self, member: str) -> bool:
        """Whether a contract in force prices it from which this member may call off."""
        named = [offer for offer in self.offers if not offer.buyers or member in offer.buyers]
        return self.orderable and (bool(named) or not self.offers)


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
    """What a member states: an item, or a requirement in words. Quantities are pieces.

    `attributes` tell of the need by the questions of its category, `stated_by` who stated it for
    the member (`role`, `name`).
    """

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
    maximum_quantity: int | None
    cost_centre: str | None
    category: str | None
    attributes: Mapping[str, Any]
    stated_by: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Demand:
    """A wish that counts, or may come to. `revision` counts its changes from 1.

    `talk` is all that was said and done about it, oldest first. `value_cents` is what it was
    expected to cost in all, net, when it was stated, `above_cents` the value from which on the
    member then wanted two persons. `part_of` names the demand whose proposal made it.
    `without_contract`: no contract in force priced what it asks for when this was last looked at.
    """

    id: UUID
    reference: str
    wish: Wish
    status: Status
    submitted_at: datetime
    revision: int = 1
    name: str | None = None
    ordered: int = 0
    talk: tuple[Entry, ...] = field(default=())
    value_cents: int | None = None
    above_cents: int | None = None
    part_of: str | None = None
    without_contract: bool = False

    @property
    def title(self) -> str:
        """What people call it: the item's name, or the requirement."""
        return self.name or self.wish.requirement or self.reference


@dataclass(frozen=True, slots=True)
class Known:
    """What demand knows of the world when it decides on a wish."""

    member_is_active: bool
    items: Mapping[str, Item]
    round: Round | None
    """The named round, or the one the demand would join."""
    now: datetime
    today: date
    rules: Rules
    approval_above_cents: int
    """The expected net value above which this member wants two persons."""
