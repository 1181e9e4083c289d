"""Framework contracts: their terms, what has been called from them, when they are full."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal
from uuid import UUID

from shared.refusal import Reason, Refused, refuse

LOW_PERCENT = 90
"""From this share of its maximum on a contract is reported as running low."""


@dataclass(frozen=True, slots=True)
class Item:
    """An article or solution that KID provides; `orderable` as last published."""

    number: str
    name: str
    category: str
    unit: str
    billing: Literal["once", "monthly"]
    cpv: str
    description: str
    orderable: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """Net prices (cents per piece, and month where billed monthly) from a threshold on.

    Exactly one threshold is set, by the contract's basis: pieces or turnover in cents.
    """

    from_quantity: int | None
    from_value: int | None
    prices: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says. Fees, values in cents; `vat_rate` in hundredths of a percent.

    `named_buyers` empty means every member. See `shared.events.kid.ContractTerms` for the
    meaning of basis, scope and mode and their sources in law.
    """

    reference: str
    title: str
    supplier: str
    valid_from: date
    valid_until: date
    basis: Literal["quantity", "turnover"]
    scope: Literal["contract", "item"]
    mode: Literal["all_units", "incremental"]
    tiers: tuple[Tier, ...]
    lead_days: int
    vat_rate: int
    named_buyers: tuple[str, ...] = ()
    packs: tuple[tuple[str, int], ...] = ()
    call_off_fee: int = 0
    delivery_fee: int = 0
    minimum_quantity: int | None = None
    minimum_value: int | None = None
    maximum_quantity: int | None = None
    maximum_value: int | None = None
    cascade: str | None = None
    rank: int | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """The item numbers that the contract prices."""
        return tuple(item for item, _ in self.tiers[0].prices)


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as it stands: newest terms, calls so far, and what was last said about it.

    `in_force` is what the published catalogue rests on, `stated` the highest warning given.
    """

    id: UUID
    version: int
    terms: Terms
    called_pieces: int = 0
    called_cents: int = 0
    in_force: bool = False
    stated: Literal["nothing", "low", "exhausted"] = "nothing"

    @property
    def remaining_pieces(self) -> int | None:
        """Pieces that may still be called; None without a maximum."""
        maximum = self.terms.maximum_quantity
        return None if maximum is None else maximum - self.called_pieces

    @property
    def remaining_cents(self) -> int | None:
        """Net cents that may still be called; None without a maximum."""
        maximum = self.terms.maximum_value
        return None if maximum is None else maximum - self.called_cents


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of a maximum is called, in pieces or cents."""

    measure: Literal["quantity", "value"]
    called: int
    maximum: int

    @property
    def percent(self) -> str:
        """The share called, cut off after two decimals so that only a full contract says 100.

        >>> Capacity("quantity", 4999999, 5000000).percent
        '99.99'
        """
        hundredths = self.called * 10_000 // self.maximum if self.maximum else 10_000
        return f"{hundredths // 100}.{hundredths % 100:02d}"


class CallExceedsMaximum(Exception):
    """A call would go above what the contract still allows (ECJ C-23/20); nothing was called."""


def check(terms: Terms, catalogue: Mapping[str, Item]) -> None:
    """Refuse terms that contradict themselves, naming every broken rule.

    Unit prices may not rise with the tier: only then does joining others never cost a member
    more than buying alone, which fair sharing rests on.

    Args:
        catalogue: KID's items by number, as far as the terms price them.

    Raises:
        Refused: with one reason per broken rule.
    """
    broken = [*_dates_and_limits(terms), *_thresholds(terms), *_prices(terms, catalogue)]
    if broken:
        raise Refused(*broken)


def _broken(field: str, value: object, rule: str) -> Reason:
    return refuse(field, value, rule).reasons[0]


def _dates_and_limits(terms: Terms) -> list[Reason]:
    broken = []
    if terms.valid_until < terms.valid_from:
        broken.append(_broken("valid_until", terms.valid_until, "must not lie before valid_from"))
    for kind in ("quantity", "value"):
        least, most = getattr(terms, f"minimum_{kind}"), getattr(terms, f"maximum_{kind}")
        if least is not None and most is not None and least > most:
            broken.append(_broken(f"minimum_{kind}", least, f"must not be above maximum_{kind}"))
    if terms.rank is not None and terms.cascade is None:
        broken.append(_broken("rank", terms.rank, "needs the cascade in which it counts"))
    if terms.cascade is not None and terms.rank is None:
        broken.append(_broken("cascade", terms.cascade, "needs the rank of this contract in it"))
    return broken


def _thresholds(terms: Terms) -> list[Reason]:
    wanted, unwanted = (
        ("from_quantity", "from_value")
        if terms.basis == "quantity"
        else ("from_value", "from_quantity")
    )
    broken = []
    for place, tier in enumerate(terms.tiers):
        if getattr(tier, wanted) is None:
            broken.append(
                _broken(f"tiers.{place}.{wanted}", "", f"is needed where basis is {terms.basis}")
            )
        if (other := getattr(tier, unwanted)) is not None:
            broken.append(
                _broken(f"tiers.{place}.{unwanted}", other, f"does not fit basis {terms.basis}")
            )
    if broken:
        return broken
    starts = [getattr(tier, wanted) for tier in terms.tiers]
    if starts[0] > 1:
        broken.append(_broken(f"tiers.0.{wanted}", starts[0], "the first tier starts at 0 or 1"))
    broken += [
        _broken(f"tiers.{place}.{wanted}", after, "must be above the tier before")
        for place, (before, after) in enumerate(pairwise(starts), 1)
        if after <= before
    ]
    return broken


def _prices(terms: Terms, catalogue: Mapping[str, Item]) -> list[Reason]:
    broken = []
    for place, tier in enumerate(terms.tiers):
        numbers = [item for item, _ in tier.prices]
        if len(set(numbers)) < len(numbers):
            twice = next(item for item in numbers if numbers.count(item) > 1)
            broken.append(_broken(f"tiers.{place}.prices", twice, "prices an item twice"))
        if odd := set(numbers) ^ set(terms.items):
            broken.append(
                _broken(
                    f"tiers.{place}.prices", min(odd), "must price the same items in every tier"
                )
            )
    for place, (before, after) in enumerate(pairwise(terms.tiers), 1):
        lower = dict(before.prices)
        broken += [
            _broken(f"tiers.{place}.prices.{at}.unit_price", cents, "must not rise with the tier")
            for at, (item, cents) in enumerate(after.prices)
            if cents > lower.get(item, cents)
        ]
    broken += [
        _broken(f"tiers.0.prices.{at}.item", item, "must be an item of KID's catalogue")
        for at, item in enumerate(terms.items)
        if item not in catalogue
    ]
    if len({catalogue[item].billing for item in terms.items if item in catalogue}) > 1:
        broken.append(
            _broken("tiers.0.prices", "", "items paid once and monthly need separate contracts")
        )
    packed = [item for item, _ in terms.packs]
    for at, item in enumerate(packed):
        if item not in terms.items:
            broken.append(_broken(f"packs.{at}.item", item, "must be an item of this contract"))
        if item in packed[:at]:
            broken.append(_broken(f"packs.{at}.item", item, "has a pack already"))
    return broken


def change(contract: Contract, terms: Terms) -> Contract:
    """The contract under new terms; what was called stays called.

    A raised maximum lets the warnings be given anew.

    Raises:
        Refused: the new maximum is below what is already called.
    """
    for field, called, maximum in (
        ("maximum_quantity", contract.called_pieces, terms.maximum_quantity),
        ("maximum_value", contract.called_cents, terms.maximum_value),
    ):
        if maximum is not None and maximum < called:
            raise refuse(field, maximum, f"must not be below what is called already ({called})")
    changed = replace(contract, version=contract.version + 1, terms=terms)
    return replace(changed, stated=min(changed.stated, _level(changed), key=_LEVELS.index))


def call(contract: Contract, pieces: int, cents: int) -> Contract:
    """The contract after a call-off.

    Raises:
        CallExceedsMaximum: it would go above the maximum in pieces or net cents.
    """
    called = replace(
        contract,
        called_pieces=contract.called_pieces + pieces,
        called_cents=contract.called_cents + cents,
    )
    for left in (called.remaining_pieces, called.remaining_cents):
        if left is not None and left < 0:
            raise CallExceedsMaximum(f"{contract.terms.reference}: {-left} above its maximum")
    return called


def release(contract: Contract, pieces: int, cents: int) -> Contract:
    """The contract after KID gave a call-off back, wholly or in part."""
    return replace(
        contract,
        called_pieces=contract.called_pieces - pieces,
        called_cents=contract.called_cents - cents,
    )


def capacity(contract: Contract) -> Capacity | None:
    """How full a contract is by the maximum that binds first; None without a maximum."""
    terms = contract.terms
    measures = []
    if terms.maximum_quantity is not None:
        measures.append(Capacity("quantity", contract.called_pieces, terms.maximum_quantity))
    if terms.maximum_value is not None:
        measures.append(Capacity("value", contract.called_cents, terms.maximum_value))
    return max(
        measures, key=lambda each: each.called / each.maximum if each.maximum else 1, default=None
    )


_LEVELS = ("nothing", "low", "exhausted")


def _level(contract: Contract) -> Literal["nothing", "low", "exhausted"]:
    full = capacity(contract)
    if full is None or full.called * 100 < full.maximum * LOW_PERCENT:
        return "nothing"
    return "exhausted" if full.called >= full.maximum else "low"


def warned(contract: Contract) -> Contract:
    """The contract with the warning that its calls ask for; each level is stated once."""
    return replace(contract, stated=max(contract.stated, _level(contract), key=_LEVELS.index))


def is_in_force(contract: Contract, day: date) -> bool:
    """Whether something can be called on a day: within its term and below its maximum."""
    terms = contract.terms
    return (
        terms.valid_from <= day <= terms.valid_until
        and contract.remaining_pieces != 0
        and contract.remaining_cents != 0
    )
