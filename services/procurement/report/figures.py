"""A year in figures, for the cooperative or one member. Money in net cents."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.procurement.report.ledger import Ledger, Line, Order

ON_TIME, LATE, PARTLY, OPEN = "on_time", "late", "partly", "open"


@dataclass(frozen=True, slots=True)
class Sums:
    """What was ordered: at the price paid, at what buying alone would have cost, at list price."""

    net: int
    alone: int
    list_price: int
    lines: int
    pieces: int

    @property
    def saving(self) -> int:
        """What joining was worth."""
        return self.alone - self.net


@dataclass(frozen=True, slots=True)
class Year:
    """What a year came to.

    `deliveries` counts accepted order lines: wholly there by the promised day, late (or overdue),
    in part, nothing yet. `suppliers` and `volume_by_scale` are by `sme`, `large` and `unknown`.
    """

    year: str
    sums: Sums
    orders: int
    rounds: int
    rounds_joined: int
    members: int
    members_ordering: int
    by_member: dict[str, Sums]
    by_category: dict[str, Sums]
    by_month: dict[int, int]
    deliveries: dict[str, int]
    suppliers: dict[str, int]
    volume_by_scale: dict[str, int]


def year(ledger: Ledger, today: date, member: str | None = None) -> Year:
    """The figures of a ledger, of everybody or of one member, as of a day.

    What KID refused counts nowhere. What members pay each other by a round's plan (the balance)
    is part of each one's net and zero in all.
    """
    chosen = [
        (order, line)
        for order in ledger.orders
        for line in order.lines
        if order.state != "refused" and member in (None, line.member) and accepted(line)
    ]
    balances: Counter[str] = Counter()
    joined = set()
    for each in ledger.rounds:
        for share in each.shares:
            if member in (None, share.member):
                balances[share.member] += share.balance
                joined.add(each.id)
    by_member, by_category = _grouped(chosen, ledger, balances)
    by_month: Counter[int] = Counter()
    scale_volume: Counter[str] = Counter()
    suppliers: dict[str, set[str]] = defaultdict(set)
    for order, line in chosen:
        by_month[order.placed_on.month] += paid(line)
        terms = ledger.contract_of(order).terms
        scale = {True: "sme", False: "large", None: "unknown"}[terms.supplier_is_sme]
        scale_volume[scale] += paid(line)
        suppliers[scale].add(terms.supplier)
    return Year(
        year=ledger.year,
        sums=_sums((line for _, line in chosen), sum(balances.values())),
        orders=len({order.id for order, _ in chosen}),
        rounds=len(ledger.rounds),
        rounds_joined=len(joined),
        members=len(ledger.members),
        members_ordering=len(by_member),
        by_member=by_member,
        by_category=by_category,
        by_month={month: by_month[month] for month in range(1, 13)},
        deliveries=dict(Counter(reliability(order, line, today) for order, line in chosen)),
        suppliers={scale: len(names) for scale, names in suppliers.items()},
        volume_by_scale=dict(scale_volume),
    )


def accepted(line: Line) -> int:
    """The pieces that count: those accepted, or all while KID has not answered."""
    return line.quantity if line.accepted is None else line.accepted


def paid(line: Line) -> int:
    """What a line comes to for its member, in net cents."""
    return line.share if line.charged is None else line.charged


def reliability(order: Order, line: Line, today: date) -> str:
    """Whether a line's pieces came as promised, as of a day."""
    arrived = 0
    complete_on: date | None = None
    for delivery in sorted(order.deliveries, key=lambda each: each.delivered_on):
        arrived += dict(delivery.pieces).get(line.line, 0)
        if complete_on is None and arrived >= accepted(line):
            complete_on = delivery.delivered_on
    promised = order.deliver_on
    if promised is not None and (complete_on or today) > promised:
        return LATE
    if complete_on is not None:
        return ON_TIME
    return PARTLY if arrived else OPEN


def _grouped(
    chosen: list[tuple[Order, Line]], ledger: Ledger, balances: Counter[str]
) -> tuple[dict[str, Sums], dict[str, Sums]]:
    members: dict[str, list[Line]] = defaultdict(list)
    categories: dict[str, list[Line]] = defaultdict(list)
    for _, line in chosen:
        members[line.member].append(line)
        known = ledger.items.get(line.item)
        categories[known.category if known else "unknown"].append(line)
    return (
        {each: _sums(lines, balances[each]) for each, lines in sorted(members.items())},
        {each: _sums(lines) for each, lines in sorted(categories.items())},
    )


def _sums(lines: Iterable[Line], balance: int = 0) -> Sums:
    own = list(lines)
    return Sums(
        net=sum(map(paid, own)) + balance,
        alone=sum(_accepted_part(line, line.alone) for line in own),
        list_price=sum(_accepted_part(line, line.list_price) for line in own),
        lines=len(own),
        pieces=sum(map(accepted, own)),
    )


def _accepted_part(line: Line, cents: int) -> int:
    """What of a sum belongs to the accepted pieces, rounded half up."""
    return (2 * cents * accepted(line) + line.quantity) // (2 * line.quantity)


def ranked(by: dict[str, Sums]) -> Iterator[tuple[str, Sums]]:
    """The largest first."""
    return iter(sorted(by.items(), key=lambda each: (-each[1].net, each[0])))
