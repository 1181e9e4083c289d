"""What a solution costs its subscribers in a month: the pool's tier, shared as a round is."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.procurement.bundling.model import Contract
from services.procurement.bundling.pricing import Goods, price
from services.procurement.bundling.share import within

Used = Mapping[tuple[str, int], int]
"""Users by item and months of the agreed term (which turnover tiers count)."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of all subscribers of a contract; the shares sum to the total, in net cents."""

    total_cents: int
    share_cents: Mapping[str, int]
    alone_cents: Mapping[str, int]
    unit_cents: Mapping[str, int]


def share_month(contract: Contract, used: Mapping[str, Used]) -> Month:
    """Price all members' users together and share the sum: in proportion to list prices, nobody
    above what it would pay alone.

    Args:
        used: by member, at least one; users at least 1.
    """
    pool: dict[tuple[str, int], int] = {}
    for own in used.values():
        for key, users in own.items():
            pool[key] = pool.get(key, 0) + users
    total, units = _month(contract, pool)
    listed = contract.tiers[0].unit_cents
    wanted = {m: sum(n * listed[item] for (item, _), n in own.items()) for m, own in used.items()}
    alone = {member: _month(contract, own)[0] for member, own in used.items()}
    return Month(total, within(total, wanted, alone), alone, units)


def _month(contract: Contract, used: Used) -> tuple[int, dict[str, int]]:
    """A month's net cents, and each item's unit price.

    Tiers by quantity count users; those by turnover count the whole terms, of which a month is
    the part, rounded half up.
    """
    goods: dict[Goods, int] = {}
    for (item, term), users in used.items():
        key = Goods("", item, term if contract.basis == "turnover" else None)
        goods[key] = goods.get(key, 0) + users
    priced = price(contract, goods)
    lines = [line for order in priced.orders for line in order.lines]
    months = [line.months or 1 for line in lines]
    cents = sum(
        (2 * line.amount_cents + term) // (2 * term)
        for line, term in zip(lines, months, strict=True)
    )
    return cents, {line.item: line.unit_cents for line in lines}
