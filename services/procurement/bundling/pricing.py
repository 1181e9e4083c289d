"""What goods cost under a contract: the only authority on prices, in integers."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.model import BadRound, Contract, Order, OrderLine


class Goods(NamedTuple):
    """What is bought where; pieces are the value it maps to."""

    place: str
    item: str
    months: int | None


@dataclass(frozen=True, slots=True)
class Priced:
    """A contract's call-off in a round: its orders by place and the tier of each group."""

    orders: tuple[Order, ...]
    tiers: Mapping[str | None, int]
    reached: Mapping[str | None, int]
    goods_cents: int
    total_cents: int


def weight(contract: Contract, item: str, months: int | None) -> int:
    """What one piece counts towards the tiers: 1, or its list value in cents."""
    if contract.basis == "quantity":
        return 1
    return contract.tiers[0].unit_cents[item] * (months or 1)


def tier_at(contract: Contract, reached: int) -> int:
    """Index of the highest tier whose threshold `reached` meets."""
    return max(
        (index for index, tier in enumerate(contract.tiers) if tier.lo <= reached), default=0
    )


def surplus(contract: Contract, item: str | None, tier: int) -> int:
    """Cents that incremental tiers add to the reached tier's unit prices.

    The pieces before each threshold keep their dearer price: the step between two tiers times
    what lies before the threshold. For a group of items the step is the same for each, by the
    contract's rules (see `check_contract`); a rate is taken of the list value.
    """
    if contract.mode == "all_units":
        return 0
    whole = Fraction(0)
    items = [item] if item is not None else list(contract.items)
    for before, after in zip(contract.tiers[:tier], contract.tiers[1 : tier + 1], strict=True):
        step = sum(before.unit_cents[i] - after.unit_cents[i] for i in items)
        if contract.basis == "quantity":
            whole += Fraction(step, len(items)) * (after.lo - 1)
        else:
            whole += Fraction(step, sum(contract.tiers[0].unit_cents[i] for i in items)) * after.lo
    return round(whole)


def price(contract: Contract, bought: Mapping[Goods, int]) -> Priced:
    """Price a round's call-off under `contract`, to the cent.

    The surplus of incremental tiers and the call-off fee are spread over order lines and places
    in proportion to their amounts (largest remainder).
    """
    goods = {key: bought[key] for key in sorted(bought, key=str) if bought[key]}
    reached: dict[str | None, int] = {}
    for key, pieces in goods.items():
        group = None if contract.scope == "contract" else key.item
        reached[group] = reached.get(group, 0) + pieces * weight(contract, key.item, key.months)
    tiers = {group: tier_at(contract, value) for group, value in reached.items()}

    units: dict[Goods, int] = {}
    extra: dict[Goods, int] = {}
    for group, tier in tiers.items():
        members = [k for k in goods if group is None or k.item == group]
        for key in members:
            units[key] = contract.tiers[tier].unit_cents[key.item]
        whole = surplus(contract, group, tier)
        if whole:
            amounts = {str(k): goods[k] * units[k] * (k.months or 1) for k in members}
            parts = apportion(whole, amounts)
            extra |= {k: parts[str(k)] for k in members}

    by_place: dict[str, list[OrderLine]] = {}
    for key, pieces in goods.items():
        part = extra.get(key, 0)
        amount = pieces * units[key] * (key.months or 1) + part
        line = OrderLine(key.item, pieces, units[key], key.months, amount, part)
        by_place.setdefault(key.place, []).append(line)
    if not by_place:
        return Priced((), {}, {}, 0, 0)
    sums = {place: sum(line.amount_cents for line in ls) for place, ls in by_place.items()}
    fees = apportion(contract.call_off_fee_cents, sums)
    orders = tuple(
        Order(
            contract.id,
            place,
            tuple(lines),
            fees[place] + contract.place_fee_cents,
            sums[place] + fees[place] + contract.place_fee_cents,
        )
        for place, lines in sorted(by_place.items())
    )
    goods_cents = sum(sums.values())
    return Priced(orders, tiers, reached, goods_cents, sum(o.total_cents for o in orders))


def check_contract(contract: Contract) -> None:
    """Refuse a contract whose prices contradict themselves.

    Raises:
        BadRound: no tiers, thresholds out of order, items that differ between tiers, a price
            that is negative or rises with the tier, uneven incremental steps, a pack below 1.
    """
    tiers = contract.tiers
    if not tiers or tiers[0].lo not in (0, 1) or not tiers[0].unit_cents:
        raise BadRound(f"contract {contract.id}: the first tier starts at 0 or 1 and has prices")
    for before, after in pairwise(tiers):
        if after.lo <= before.lo or set(after.unit_cents) != set(before.unit_cents):
            raise BadRound(f"contract {contract.id}: tiers ascend and price the same items")
        if any(after.unit_cents[i] > before.unit_cents[i] for i in contract.items):
            raise BadRound(f"contract {contract.id}: a unit price rises with tier {after.lo}")
        if contract.mode == "incremental" and contract.scope == "contract":
            _check_even_step(contract, before.unit_cents, after.unit_cents)
    if min(tiers[-1].unit_cents.values()) < 0:
        raise BadRound(f"contract {contract.id}: negative price")
    if any(size < 1 for size in contract.pack.values()):
        raise BadRound(f"contract {contract.id}: a pack holds at least one piece")
    fees = (contract.call_off_fee_cents, contract.place_fee_cents)
    bounds = (contract.minimum_pieces, contract.minimum_cents)
    rests = [contract.remaining_pieces or 0, contract.remaining_cents or 0]
    rests += contract.remaining_by_item.values()
    if min(*fees, *bounds, *rests) < 0:
        raise BadRound(f"contract {contract.id}: fees, minimums and rests are not negative")
    if (contract.cascade is None) != (contract.rank is None):
        raise BadRound(f"contract {contract.id}: cascade and rank come together")


def _check_even_step(
    contract: Contract, before: Mapping[str, int], after: Mapping[str, int]
) -> None:
    listed = contract.tiers[0].unit_cents
    by_quantity = contract.basis == "quantity"
    whole = sum(before.values()) - sum(after.values())
    base = len(listed) if by_quantity else sum(listed.values())
    for item in contract.items:
        own = before[item] - after[item]
        expected = Fraction(whole, base) * (1 if by_quantity else listed[item])
        # A rate of a price rarely gives whole cents; one cent of rounding is no unevenness.
        if abs(own - expected) > (0 if by_quantity else 1):
            raise BadRound(
                f"contract {contract.id}: incremental tiers over several items "
                f"lower all prices alike, {item} does not"
            )
