"""Checks a plan, and finds the cheapest one, by enumeration; shares no code with the optimiser.

Only for tiny rounds: every way of handing pieces of every line to offers is tried.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

from services.procurement.bundling import Contract, Line, Plan, Tier

Hand = tuple[tuple[str, str, int], ...]
"""Pieces of one line by (contract, item)."""


def cost_of(contract: Contract, goods: Sequence[tuple[Line, str, int]]) -> int | None:
    """What a call-off costs, in cents; None if the contract forbids it."""
    if not goods:
        return 0
    tier = tiers_of(contract, goods)
    for line, item, _ in goods:
        price = tier[item if contract.scope == "item" else ""].unit_cents[item]
        held = price if contract.mode == "all_units" else contract.tiers[0].unit_cents[item]
        if line.ceiling_cents is not None and held > line.ceiling_cents:
            return None
    total = goods_cost(contract, goods)
    by_item: dict[str, int] = defaultdict(int)
    packs: dict[tuple[str, str], int] = defaultdict(int)
    for line, item, pieces in goods:
        by_item[item] += pieces
        packs[line.place, item] += pieces
    pieces = sum(by_item.values())
    fine = (
        pieces >= contract.minimum_pieces
        and total >= contract.minimum_cents
        and (contract.remaining_pieces is None or pieces <= contract.remaining_pieces)
        and (contract.remaining_cents is None or total <= contract.remaining_cents)
        and all(by_item[i] <= most for i, most in contract.remaining_by_item.items())
        and all(n % contract.pack.get(i, 1) == 0 for (_, i), n in packs.items())
    )
    if not fine:
        return None
    places = {line.place for line, _, _ in goods}
    return total + contract.call_off_fee_cents + contract.place_fee_cents * len(places)


def tiers_of(contract: Contract, goods: Sequence[tuple[Line, str, int]]) -> dict[str, Tier]:
    """The tier each group of goods reaches."""
    reached: dict[str, int] = defaultdict(int)
    for line, item, pieces in goods:
        group = item if contract.scope == "item" else ""
        listed = contract.tiers[0].unit_cents[item] * (line.months or 1)
        reached[group] += pieces * (listed if contract.basis == "turnover" else 1)
    return {
        group: [t for t in contract.tiers if t.lo <= value or t is contract.tiers[0]][-1]
        for group, value in reached.items()
    }


def goods_cost(contract: Contract, goods: Sequence[tuple[Line, str, int]]) -> int:
    """What goods cost at the tiers they reach, without fees."""
    tier = tiers_of(contract, goods)
    total = 0
    for line, item, pieces in goods:
        price = tier[item if contract.scope == "item" else ""].unit_cents[item]
        total += pieces * price * (line.months or 1)
    if contract.mode == "incremental":
        for group, last in tier.items():
            items = [group] if group else sorted(contract.tiers[0].unit_cents)
            total += round(_before(contract, items, last.lo))
    return total


def _before(contract: Contract, items: Sequence[str], reached_lo: int) -> Fraction:
    """What goods before each threshold cost more than at the last tier."""
    extra = Fraction(0)
    for k in range(1, len(contract.tiers)):
        here, prior = contract.tiers[k], contract.tiers[k - 1]
        if here.lo > reached_lo:
            break
        drop = sum(prior.unit_cents[i] for i in items) - sum(here.unit_cents[i] for i in items)
        if contract.basis == "quantity":
            extra += Fraction(drop * (here.lo - 1), len(items))
        else:
            extra += Fraction(drop * here.lo, sum(contract.tiers[0].unit_cents[i] for i in items))
    return extra


def may_serve(line: Line, item: str, contract: Contract, on: date) -> bool:
    """Whether a contract may serve a line with an item at all, price aside."""
    return (
        item in contract.tiers[0].unit_cents
        and not (contract.valid_from and on < contract.valid_from)
        and not (contract.valid_until and on > contract.valid_until)
        and (contract.entitled is None or line.member in contract.entitled)
        and not (line.latest and on + timedelta(days=contract.lead_days) > line.latest)
    )


def cascade_holds(
    hands: Sequence[tuple[Line, Hand]], contracts: Sequence[Contract], on: date
) -> bool:
    """Whether each rank was exhausted before the next served what it could have served."""
    by_id = {c.id: c for c in contracts}
    lines = [line for line, _ in hands]
    for line, hand in hands:
        for worse in [by_id[contract_id] for contract_id, _, _ in hand]:
            for better in contracts:
                if worse.cascade is None or better.cascade != worse.cascade:
                    continue
                if (better.rank or 0) >= (worse.rank or 0):
                    continue
                for item in (line.item, *line.equivalents):
                    if could_ever(line, item, better, on) and not exhausted(
                        better, item, hands, lines, on
                    ):
                        return False
    return True


def could_ever(line: Line, item: str, contract: Contract, on: date) -> bool:
    """Whether a contract might serve a line with an item at some tier."""
    if not may_serve(line, item, contract, on):
        return False
    best = contract.tiers[0 if contract.mode == "incremental" else -1].unit_cents[item]
    return line.ceiling_cents is None or best <= line.ceiling_cents


def exhausted(
    contract: Contract,
    item: str,
    hands: Sequence[tuple[Line, Hand]],
    lines: Sequence[Line],
    on: date,
) -> bool:
    """Whether a contract has no room for one more pack: of any item that is asked of it, at list
    price, or of this item where it has a lot of its own."""
    goods = [
        (line, i, pieces)
        for line, hand in hands
        for contract_id, i, pieces in hand
        if contract_id == contract.id
    ]
    asked = [
        (line, i)
        for line in lines
        for i in (line.item, *line.equivalents)
        if could_ever(line, i, contract, on)
    ]
    pieces = sum(n for _, _, n in goods)
    if contract.remaining_pieces is not None:
        largest = max(contract.pack.values(), default=1)
        if pieces + largest > contract.remaining_pieces:
            return True
    if item in contract.remaining_by_item:
        own = sum(n for _, i, n in goods if i == item)
        if own + contract.pack.get(item, 1) > contract.remaining_by_item[item]:
            return True
    if contract.remaining_cents is not None:
        listed = contract.tiers[0].unit_cents
        dearest = max(listed[i] * (x.months or 1) * contract.pack.get(i, 1) for x, i in asked)
        return goods_cost(contract, goods) + dearest > contract.remaining_cents
    return False


def total_of(
    hands: Sequence[tuple[Line, Hand]], contracts: Sequence[Contract], on: date
) -> int | None:
    """The cost of handing out pieces so; None if some rule forbids it."""
    total = 0
    for contract in contracts:
        goods = [
            (line, item, pieces)
            for line, hand in hands
            for contract_id, item, pieces in hand
            if contract_id == contract.id
        ]
        if not all(may_serve(line, item, contract, on) for line, item, _ in goods):
            return None
        cost = cost_of(contract, goods)
        if cost is None:
            return None
        total += cost
    return total if cascade_holds(hands, contracts, on) else None


def enumerate_plans(
    lines: Sequence[Line], contracts: Sequence[Contract], on: date
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Pieces served per line, and the cost, of every permitted plan."""
    ways = [list(_hands(line, contracts, on)) for line in lines]
    for chosen in product(*ways):
        served = tuple(sum(pieces for _, _, pieces in hand) for hand in chosen)
        cost = total_of(list(zip(lines, chosen, strict=True)), contracts, on)
        if cost is not None:
            yield served, cost


def _hands(line: Line, contracts: Sequence[Contract], on: date) -> Iterator[Hand]:
    offers = [
        (c.id, item)
        for c in contracts
        for item in (line.item, *line.equivalents)
        if may_serve(line, item, c, on)
    ]
    for amounts in product(range(line.quantity + 1), repeat=len(offers)):
        if sum(amounts) <= line.quantity and (
            sum(amounts) == 0 or sum(amounts) >= (line.minimum or 1)
        ):
            yield tuple((c, i, n) for (c, i), n in zip(offers, amounts, strict=True) if n)


def check(plan: Plan, lines: Sequence[Line], contracts: Sequence[Contract], on: date) -> None:
    """Every piece is in exactly one place, every rule holds, every sum is exact."""
    hands: dict[str, list[tuple[str, str, int]]] = {line.id: [] for line in lines}
    for a in plan.awards:
        hands[a.line_id].append((a.contract, a.item, a.quantity))
    missing = {line.id: 0 for line in lines}
    for u in plan.unfilled:
        missing[u.line_id] += u.quantity
        assert u.quantity > 0
        assert u.explanation
    for line in lines:
        served = sum(n for _, _, n in hands[line.id])
        assert served + missing[line.id] == line.quantity
        assert served == 0 or served >= (line.minimum or 1)
    chosen = [(line, tuple(hands[line.id])) for line in lines]
    assert total_of(chosen, contracts, on) == plan.total_cents
    assert sum(o.total_cents for o in plan.orders) == plan.total_cents
    assert sum(m.share_cents for m in plan.members) == plan.total_cents
    assert sum(m.balance_cents for m in plan.members) == 0
    for order in plan.orders:
        own = [a for a in plan.awards if (a.contract, a.place) == (order.contract, order.place)]
        assert sum(a.share_cents for a in own) == order.total_cents
        assert order.total_cents == order.fee_cents + sum(x.amount_cents for x in order.lines)
        assert {(x.item, x.months): x.quantity for x in order.lines} == _pieces(own)
    for m in plan.members:
        own = [a for a in plan.awards if a.member == m.member]
        assert sum(a.share_cents for a in own) + m.balance_cents == m.share_cents
        assert sum(a.alone_cents for a in own) == m.alone_cents
        assert sum(a.list_cents for a in own) == m.list_cents
    assert plan.certificate.bound_cents <= plan.total_cents


def _pieces(awards: Sequence[object]) -> dict[tuple[str, int | None], int]:
    found: dict[tuple[str, int | None], int] = defaultdict(int)
    for a in awards:
        found[a.item, a.months] += a.quantity  # type: ignore[attr-defined]
    return dict(found)
