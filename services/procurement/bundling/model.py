"""What goes into a bundling round and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from services.procurement.bundling.words import count, euro


class BadRound(ValueError):
    """The lines or contracts of a round contradict themselves; the text names the field."""


class Reason(StrEnum):
    """Why pieces of a line stay unserved; the first rule that failed."""

    NO_OFFER = "no_offer"
    NOT_VALID = "contract_not_valid"
    NOT_ENTITLED = "not_entitled"
    TOO_LATE = "too_late"
    PRICE_CEILING = "price_ceiling"
    EXHAUSTED = "contract_exhausted"
    BELOW_MINIMUM = "below_contract_minimum"
    PACK = "no_full_pack"
    LINE_MINIMUM = "below_line_minimum"
    CASCADE = "cascade"


@dataclass(frozen=True, slots=True)
class Line:
    """One accepted demand: `quantity` pieces of `item` (or an equivalent) for one place.

    `ceiling_cents` bounds the net unit price (per month for recurring items). Fewer than
    `minimum` pieces are of no use to the member. Delivery may be from `earliest` to `latest`,
    in local days; a contract that could deliver before can also wait. With `months` the unit
    price is per piece and month and the line's value is unit * quantity * months. Equivalents
    are listed best first; price decides, the order only breaks ties.
    """

    id: str
    member: str
    item: str
    quantity: int
    place: str
    earliest: date | None = None
    latest: date | None = None
    ceiling_cents: int | None = None
    equivalents: tuple[str, ...] = ()
    minimum: int | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """Unit prices that hold from `lo` on: pieces or net cents of list value, by the basis."""

    lo: int
    unit_cents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Contract:
    """A framework contract as far as it decides a round's cost.

    Tiers ascend by `lo`, the first has `lo` 0 or 1 and is the price list; no unit price rises
    with the tier. `turnover` counts goods at list price, months included. `all_units`: the
    reached tier's price holds for every piece. `incremental`: it holds for what lies beyond the
    threshold; over several items every tier must then lower all prices by the same amount per
    piece (or the same rate of list value). With scope `contract` all items reach the tier
    together, with `item` each for itself.

    `call_off_fee_cents` falls due once per round, `place_fee_cents` once per place delivered.
    `pack`: pieces of an item per place come in multiples of it. `minimum_*` and `remaining_*`
    bound the round's goods, at prices paid, without fees; `remaining_by_item` bounds the pieces
    of single items. In a `cascade` a contract serves a line only once every better (smaller)
    `rank` that could serve it is exhausted.
    """

    id: str
    tiers: tuple[Tier, ...]
    basis: Literal["quantity", "turnover"] = "quantity"
    mode: Literal["all_units", "incremental"] = "all_units"
    scope: Literal["contract", "item"] = "contract"
    call_off_fee_cents: int = 0
    place_fee_cents: int = 0
    pack: Mapping[str, int] = field(default_factory=dict)
    minimum_pieces: int = 0
    minimum_cents: int = 0
    remaining_pieces: int | None = None
    remaining_cents: int | None = None
    lead_days: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    entitled: frozenset[str] | None = None
    rank: int | None = None
    cascade: str | None = None
    remaining_by_item: Mapping[str, int] = field(default_factory=dict)

    @property
    def items(self) -> tuple[str, ...]:
        """Items on the price list, sorted."""
        return tuple(sorted(self.tiers[0].unit_cents))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work a round may cost.

    `nodes` and `iterations` bound each search by work, so that equal input gives an equal plan.
    `seconds` is the emergency brake for a search that does not end: a plan it stopped says so
    in its certificate and may differ next time.
    """

    nodes: int = 200_000
    iterations: int = 20_000_000
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One item in one order; `surplus_cents` is what incremental tiers add to the last price."""

    item: str
    quantity: int
    unit_cents: int
    months: int | None
    amount_cents: int
    surplus_cents: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What one contract delivers to one place; the fee holds its part of the call-off fee."""

    contract: str
    place: str
    lines: tuple[OrderLine, ...]
    fee_cents: int
    total_cents: int


@dataclass(frozen=True, slots=True)
class Award:
    """Pieces of one line served by one contract.

    `share_cents` is this award's part of the order's invoice (goods and fees); over an order the
    parts sum exactly to its total; `surplus_cents` and `fee_cents` are in it. `alone_cents` is its
    part of what the member would pay buying alone, `list_cents` the goods at the contract's first
    tier. `note` says in German what it has in common with other awards of the kind, `fee_note` what
    it has with others of the order.
    """

    line_id: str
    member: str
    item: str
    contract: str
    place: str
    quantity: int
    unit_cents: int
    share_cents: int
    alone_cents: int
    list_cents: int
    months: int | None = None
    note: str = ""
    surplus_cents: int = 0
    fee_cents: int = 0
    fee_note: str = ""

    @property
    def explanation(self) -> str:
        """Why this price and share, in a few German sentences with the figures."""
        goods = self.share_cents - self.surplus_cents - self.fee_cents
        parts = [f"Ware {euro(goods)}"]
        if self.surplus_cents:
            parts.append(f"Aufschlag {euro(self.surplus_cents)}")
        if self.fee_cents:
            parts.append(f"Gebühren {euro(self.fee_cents)} {self.fee_note}")
        made_of = f" ({', '.join(parts)})" if len(parts) > 1 else ""
        return (
            f"{count(self.quantity)} Stück über {self.note} Anteil an der Rechnung "
            f"{euro(self.share_cents)}{made_of}; allein wären es {euro(self.alone_cents)}."
        )


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Pieces of one line that nobody serves, and what would have made it possible (German)."""

    line_id: str
    quantity: int
    reason: Reason
    explanation: str
    member: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What one member pays in the round.

    `share_cents` = its awards' `share_cents` + `balance_cents`; the balances of all members sum
    to zero. `alone_cents` is the proven cost of the same pieces under the same contracts without
    the others; pieces it could not get alone (`alone_missing`) count at their highest list price.
    `explanation` says in German how the share came about.
    """

    member: str
    share_cents: int
    alone_cents: int
    list_cents: int
    balance_cents: int = 0
    alone_missing: int = 0
    explanation: str = ""

    @property
    def saving_cents(self) -> int:
        """What joining saved against buying alone."""
        return self.alone_cents - self.share_cents


@dataclass(frozen=True, slots=True)
class TierResult:
    """Where a tier group stands: `reached` pieces or list cents, the next step and its worth.

    `saving_cents` is what today's goods would cost less at the next tier, `saving_percent` the
    same of their cost. `item` is None where all items of the contract count together.
    """

    contract: str
    item: str | None
    basis: Literal["quantity", "turnover"]
    tier: int
    reached: int
    thresholds: tuple[int, ...]
    next_threshold: int | None
    missing: int | None
    saving_cents: int
    saving_percent: float
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class MinimumResult:
    """A contract that is not called off since less is asked of it than its minimum, in pieces or
    net cents at list price; it would serve `unserved` pieces, and save `saving_cents` of the
    `served_cents` that the other pieces it could serve cost now.
    """

    contract: str
    basis: Literal["quantity", "value"]
    reached: int
    minimum: int
    missing: int
    unserved: int
    saving_cents: int
    served_cents: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """How good the plan is, and why one may believe it.

    No plan serves more than `most_pieces`, and none that serves the same pieces of every line costs
    less than `bound_cents`; `gap` = total / bound - 1. `proven` says that none serves more and none
    as much for less. `bound_cents` rests on the solver's search; `exact_bound_cents` on none: it
    bounds the cost of the pieces that were awarded, by the plan's multipliers (see `certify`). No
    group of members could save more than `delta` (a fraction of its shares) by leaving: by the same
    multipliers or, where groups were searched (`subgroups_checked`) and that says less, by that
    search's branch-and-bound bound. `alone_bounds` are lower bounds of each member's cost alone;
    `rational` says that each share stays within them.
    """

    total_cents: int
    bound_cents: int
    gap: float
    proven: bool
    delta: float
    rational: bool
    alone_bounds: Mapping[str, int]
    subgroups_checked: int
    solver: str
    stopped_by: Literal["", "work", "clock"] = ""
    exact_bound_cents: int = 0
    most_pieces: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A round's result; `fingerprint` is equal for equal results.

    `multipliers`, by row of the programme of what was awarded, prove its `exact_bound_cents`, and
    its `delta` too where there are no `group_multipliers`.
    """

    orders: tuple[Order, ...]
    awards: tuple[Award, ...]
    unfilled: tuple[Unfilled, ...]
    members: tuple[MemberResult, ...]
    tiers: tuple[TierResult, ...]
    certificate: Certificate
    fingerprint: str
    minimums: tuple[MinimumResult, ...] = ()
    multipliers: Mapping[int, int] = field(default_factory=dict)
    group_multipliers: Mapping[int, int] = field(default_factory=dict)

    @property
    def total_cents(self) -> int:
        """Sum of all orders, fees included."""
        return self.certificate.total_cents
