"""Rounds to measure with: municipal demand and the published TQD instance classes, regenerated."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, exp

from services.procurement.bundling import Contract, Line, Tier

ON = date(2026, 3, 31)


@dataclass(frozen=True, slots=True)
class Size:
    """Members, items, contracts and lines of a municipal round; fees per place or none."""

    members: int
    items: int
    contracts: int
    lines: int
    place_fees: bool = False


def municipal(size: Size, seed: int = 1) -> tuple[list[Line], list[Contract]]:
    """A synthetic round: few large members and many small, overlapping contracts.

    List prices are log-normal from about 10 to 3,000 euros and differ by some percent between
    contracts; three quarters of the contracts reach their tiers with all items together, by
    pieces or turnover, the others item by item. Thresholds lie around what the round buys.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable round, not a secret
    items = [f"I{i:04}" for i in range(size.items)]
    listed = {i: max(500, round(exp(rng.gauss(9.9, 1.2)))) for i in items}
    weight = {f"{10001 + m}": exp(rng.gauss(0, 1)) for m in range(size.members)}
    members = list(weight)
    popular = {i: exp(rng.gauss(0, 0.8)) for i in items}

    lines = []
    who = rng.choices(members, list(weight.values()), k=size.lines)
    what = rng.choices(items, list(popular.values()), k=size.lines)
    volume = dict.fromkeys(items, 0)
    for n, (member, item) in enumerate(zip(who, what, strict=True)):
        quantity = 1 + int(rng.expovariate(0.12) * min(3.0, weight[member]))
        volume[item] += quantity
        latest = ON + timedelta(rng.choice((14, 21, 35, 60))) if rng.random() < 0.2 else None
        ceiling = round(listed[item] * rng.choice((1, 1.04, 1.08))) if rng.random() < 0.1 else None
        lines.append(Line(f"L{n:07}", member, item, quantity, f"P{member}", None, latest, ceiling))

    contracts = []
    for c in range(size.contracts):
        share = rng.uniform(0.25, 0.6)
        own = [i for i in items if rng.random() < share] or items[:1]
        price = {i: max(100, round(listed[i] * rng.uniform(0.94, 1.08))) for i in own}
        basis = "turnover" if c % 4 in (1, 2) else "quantity"
        by_item = c % 4 == 3
        if by_item:
            reach = sum(volume[i] for i in own) / len(own)
        elif basis == "turnover":
            reach = sum(volume[i] * price[i] for i in own)
        else:
            reach = sum(volume[i] for i in own)
        tiers, cut, last = [Tier(1 if basis == "quantity" else 0, price)], 1.0, 1
        for part in (0.08, 0.25, 0.55):
            cut *= rng.uniform(0.93, 0.98)
            last = max(last + 1, round(reach * part * rng.uniform(0.7, 1.3)))
            tiers.append(Tier(last, {i: max(1, round(p * cut)) for i, p in price.items()}))
        contracts.append(
            Contract(
                f"RV-{c:03}",
                tuple(tiers),
                basis="turnover" if basis == "turnover" else "quantity",
                scope="item" if by_item else "contract",
                place_fee_cents=rng.choice((0, 2900, 4900)) if size.place_fees else 0,
                remaining_pieces=round(sum(volume[i] for i in own) * rng.uniform(0.3, 0.9))
                if c % 5 == 4
                else None,
                lead_days=rng.choice((5, 12, 18, 30)),
            )
        )
    # The last contract serves everything at list price, so that no round is short.
    contracts.append(
        Contract("RV-LIST", (Tier(1, {i: round(p * 1.08) for i, p in listed.items()}),))
    )
    return lines, contracts


def tqd(
    suppliers: int, goods: int, tiers: int, seed: int, scarcity: float | None = None
) -> tuple[list[Line], list[Contract]]:
    """A total-quantity-discount instance by the described parameters of the published classes.

    Goossens et al. (EJOR 178, 2007): every supplier offers every good with tiers on its total
    quantity. With `scarcity` λ the capacitated class of Manerba & Mansini (EJOR, 2012):
    availability q ~ U[1, 15] of a good at a supplier, demand d = ⌈λ·max q + (1 − λ)·Σ q⌉, prices
    U[10, 200]. The steps of discount and the thresholds are our own; they are not published.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable instance, not a secret
    names = [f"G{g:03}" for g in range(goods)]
    stock = {(s, g): rng.randint(1, 15) for s in range(suppliers) for g in names}
    if scarcity is None:
        demand = {g: rng.randint(10, 200) for g in names}
    else:
        demand = {
            g: ceil(
                scarcity * max(stock[s, g] for s in range(suppliers))
                + (1 - scarcity) * sum(stock[s, g] for s in range(suppliers))
            )
            for g in names
        }
    lines = [Line(f"L{g}", "10001", g, demand[g], "P") for g in names]
    contracts = []
    whole = sum(demand.values())
    for s in range(suppliers):
        price = {g: 100 * rng.randint(10, 200) for g in names}
        supply = whole if scarcity is None else sum(stock[s, g] for g in names)
        steps, cut, last = [Tier(1, price)], 1.0, 1
        for tier in range(1, tiers):
            cut *= 1 - rng.uniform(0.02, 0.10)
            last = max(last + 1, round(supply * rng.uniform(0.8, 1.2) * tier / (2 * tiers)))
            steps.append(Tier(last, {g: round(p * cut) for g, p in price.items()}))
        rest = {} if scarcity is None else {g: stock[s, g] for g in names}
        contracts.append(Contract(f"S{s:03}", tuple(steps), remaining_by_item=rest))
    return lines, contracts
