"""What KID offers: items, and the terms of a framework contract, with the rules they keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from shared.refusal import Reason, Refused, refuse
from shared.rules import Rules


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
class Lot:
    """Which lot of a tender a contract was awarded for."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says. Fees, values in cents; `vat_rate` in hundredths of a percent.

    See `shared.events.kid.ContractTerms` for the meaning of each and its source in law.
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
    estimated_quantity: int | None = None
    estimated_value: int | None = None
    maximum_quantity: int | None = None
    maximum_value: int | None = None
    cascade: str | None = None
    rank: int | None = None
    law: Literal["vgv", "uvgo"] | None = None
    awarded_on: date | None = None
    term_reason: str | None = None
    agreement: str | None = None
    lot: Lot | None = None
    supplier_register: str | None = None
    supplier_city: str | None = None
    supplier_is_sme: bool | None = None
    notice_months: int | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """The item numbers that the contract prices."""
        return tuple(item for item, _ in self.tiers[0].prices)


def check(terms: Terms, catalogue: Mapping[str, Item], rules: Rules) -> None:
    """Refuse terms that contradict themselves or the law, naming every broken rule.

    Unit prices may not rise with the tier: only then does joining others never cost a member
    more than buying alone, which fair sharing rests on.

    Args:
        catalogue: KID's items by number, as far as the terms price them.

    Raises:
        Refused: with one reason per broken rule.
    """
    broken = [
        *_dates_and_limits(terms),
        *_law(terms, rules),
        *_thresholds(terms),
        *_prices(terms, catalogue),
    ]
    if broken:
        raise Refused(*broken)


def last_day(begins: date, years: int) -> date:
    """The last day of a term of whole years that begins with a day (§§ 187 (2), 188 (2), (3) BGB).

    >>> last_day(date(2026, 1, 1), 4), last_day(date(2024, 2, 29), 6)
    (datetime.date(2029, 12, 31), datetime.date(2030, 2, 28))
    """
    try:
        return begins.replace(year=begins.year + years) - timedelta(days=1)
    except ValueError:
        return date(begins.year + years, 2, 28)


def _broken(field: str, value: object, rule: str) -> Reason:
    return refuse(field, value, rule).reasons[0]


def _dates_and_limits(terms: Terms) -> list[Reason]:
    broken = []
    if terms.valid_until < terms.valid_from:
        broken.append(_broken("valid_until", terms.valid_until, "must not lie before valid_from"))
    for kind in ("quantity", "value"):
        most = getattr(terms, f"maximum_{kind}")
        for field in (f"minimum_{kind}", f"estimated_{kind}"):
            less = getattr(terms, field)
            if less is not None and most is not None and less > most:
                broken.append(_broken(field, less, f"must not be above maximum_{kind}"))
    if terms.rank is not None and terms.cascade is None:
        broken.append(_broken("rank", terms.rank, "needs the cascade in which it counts"))
    if terms.cascade is not None and terms.rank is None:
        broken.append(_broken("cascade", terms.cascade, "needs the rank of this contract in it"))
    return broken


def _law(terms: Terms, rules: Rules) -> list[Reason]:
    broken = []
    limit = rules.at(f"framework_years_{terms.law or 'vgv'}", terms.valid_from)
    longest = last_day(terms.valid_from, limit.value)
    if terms.valid_until > longest and terms.term_reason is None:
        rule = f"must not be after {longest} without a term_reason: {limit.value} years"
        broken.append(_broken("valid_until", terms.valid_until, f"{rule} by {limit.source}"))
    if terms.lot is not None and terms.agreement is None:
        broken.append(_broken("lot", terms.lot.number, "needs the agreement of which it is a lot"))
    if terms.law == "vgv":
        for limits in ("estimated", "maximum"):
            if (getattr(terms, f"{limits}_quantity"), getattr(terms, f"{limits}_value")) == (
                None,
                None,
            ):
                rule = f"or {limits}_value is needed by EU law (ECJ C-23/20)"
                broken.append(_broken(f"{limits}_quantity", "", rule))
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
    billing = {catalogue[item].billing for item in terms.items if item in catalogue}
    if len(billing) > 1:
        broken.append(
            _broken("tiers.0.prices", "", "items paid once and monthly need separate contracts")
        )
    # Members' terms differ: of pieces by the month nobody can tell which are the dearer first ones.
    if "monthly" in billing and (terms.mode, terms.basis) == ("incremental", "quantity"):
        rule = "must be all_units, or basis turnover, which counts the months, for monthly items"
        broken.append(_broken("mode", terms.mode, rule))
    packed = [item for item, _ in terms.packs]
    for at, item in enumerate(packed):
        if item not in terms.items:
            broken.append(_broken(f"packs.{at}.item", item, "must be an item of this contract"))
        if item in packed[:at]:
            broken.append(_broken(f"packs.{at}.item", item, "has a pack already"))
    return broken
