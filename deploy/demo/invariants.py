"""What must hold after a round, to the piece and to the cent, seen from outside."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from deploy.demo.bad import BROKER, DEAD_LETTER, Bad
from deploy.demo.kid import Kid
from deploy.demo.record import Record
from deploy.kitu.messages import Message
from shared.events.common import MessageRejected
from shared.events.demand import (
    DemandAccepted,
    DemandConsultationOpened,
    DemandRejected,
    DemandSpecified,
    DemandWithdrawalConfirmed,
)
from shared.events.procurement import (
    BundleApproved,
    BundleShared,
    CostStated,
    DemandAllocated,
    DemandUnfilled,
    OrderConfirmed,
    OrderPlaced,
    OrderRefused,
    RoundCompleted,
    SubscriptionChanged,
)


class Lost(str):
    """What speaks against an invariant because something is missing."""

    __slots__ = ()


class Doubled(str):
    """What speaks against an invariant because something is there more often than it should."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must hold, and what speaks against it (nothing where it holds).

    What is neither `Lost` nor `Doubled` is wrong in another way.
    """

    holds: str
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the outside systems said, as far as the invariants need it."""

    good: Sequence[Message]
    bad: Sequence[Bad]
    let_in: Sequence[str]
    """Titles of bad messages that the broker was to keep out and did not."""
    dead_letters: Sequence[str]


def findings(record: Record, kid: Kid, said: Said) -> list[Finding]:
    """Every invariant of a completed round, each with what speaks against it."""
    return [
        Finding("every good message was answered once", tuple(_answers(record, said))),
        Finding("every bad message was refused, none else", tuple(_refusals(record, said))),
        Finding("every piece of demand is in exactly one place", tuple(_places(record))),
        Finding("orders and allocations tell the same", tuple(_orders(record))),
        Finding("members' shares add up to the orders", tuple(_shares(record))),
        Finding("nobody pays more than alone", tuple(_alone(record))),
        Finding("no price ceiling was broken", tuple(_ceilings(record))),
        Finding("KID's answers reached every member concerned", tuple(_answered(record, kid))),
        Finding("costs add up to KID's invoices", tuple(_costs(record, kid))),
        Finding("every confirmed solution is subscribed to once", tuple(_solutions(record, kid))),
    ]


def current_demand(record: Record) -> dict[UUID, DemandAccepted]:
    """Every orderable demand as it counted last; withdrawn ones are out."""
    demands = {event.demand_id: event for event in record.of(DemandAccepted)}
    for event in record.of(DemandWithdrawalConfirmed):
        demands.pop(event.demand_id, None)
    return demands


def open_demand(record: Record) -> set[UUID]:
    """Demands that are still in consultation."""
    talking = {event.demand_id for event in record.of(DemandConsultationOpened)}
    return talking - {event.demand_id for event in record.of(DemandSpecified)}


def _answers(record: Record, said: Said) -> Iterable[str]:
    caused = defaultdict(list)
    for noted in record.all:
        if noted.envelope.get("source") == "demand":
            caused[noted.cause].append(f"{noted.event.type}.{noted.party}")
    for message in said.good:
        answers = caused[message.id]
        stolen = any(one.id == message.id for one in said.bad)
        rejected = sum(answer.startswith(DemandRejected.type) for answer in answers)
        if not answers:
            yield Lost(f"{message.where}: no answer")
        elif len(set(answers)) < len(answers):
            yield Doubled(f"{message.where}: {', '.join(answers)}")
        elif rejected > stolen:
            yield f"{message.where}: {', '.join(answers)}"


def _refusals(record: Record, said: Said) -> Iterable[str]:
    wanted = Counter(
        (one.party, one.id, one.fault) for one in said.bad if one.fault not in {DEAD_LETTER, BROKER}
    )
    fields = {(party, message_id): fault for party, message_id, fault in wanted}
    got: Counter[tuple[str, str | None, str]] = Counter()
    for kind in (DemandRejected, MessageRejected):
        for noted in record.noted(kind):
            event = noted.event
            if not isinstance(event, DemandRejected | MessageRejected):
                continue
            named = [reason.field for reason in event.reasons]
            message_id = str(event.message_id) if event.message_id else None
            fault = fields.get((noted.party, message_id))
            told = fault if fault in named and message_id else named[0]
            got[noted.party, message_id, told] += 1
    titles = {(one.party, one.id, one.fault): one.title for one in said.bad}
    for missing in (wanted - got).elements():
        yield Lost(f"not refused: {titles[missing]}")
    for party, _, fault in (got - wanted).elements():
        yield f"refused for {fault}, unexpectedly, to {party}"
    for title in said.let_in:
        yield f"let in by the broker: {title}"
    buried = Counter(one.key for one in said.bad if one.fault == DEAD_LETTER)
    if buried != Counter(said.dead_letters):
        yield f"dead letters are {sorted(said.dead_letters)}, not {sorted(buried.elements())}"


def _places(record: Record) -> Iterable[str]:
    ordered: Counter[UUID] = Counter()
    for event in record.of(DemandAllocated):
        ordered[event.demand_id] += sum(part.quantity for part in event.allocations)
    unfilled: Counter[UUID] = Counter()
    for missing in record.of(DemandUnfilled):
        unfilled[missing.demand_id] += missing.quantity
    demands = current_demand(record)
    for demand_id in (ordered | unfilled).keys() - demands.keys():
        yield f"{demand_id} was ordered or refused, but does not count"
    for demand in demands.values():
        done = ordered[demand.demand_id] + unfilled[demand.demand_id]
        if done != demand.quantity:
            kind = Lost if done < demand.quantity else Doubled
            yield kind(f"{demand.reference}: {demand.quantity} pieces wanted, {done} accounted for")


def _orders(record: Record) -> Iterable[str]:
    in_orders = Counter(
        (order.order_id, line.demand_id, line.item, line.quantity)
        for order in record.of(OrderPlaced)
        for line in order.lines
    )
    allocated = Counter(
        (part.order_id, event.demand_id, part.item, part.quantity)
        for event in record.of(DemandAllocated)
        for part in event.allocations
    )
    told = Counter(
        (line.order_id, line.demand_id, line.item, line.quantity)
        for event in record.of(BundleShared)
        for line in event.lines
    )
    for name, seen in (("allocations", allocated), ("members' results", told)):
        if lacking := in_orders - seen:
            yield Lost(f"{name} lack {lacking.total()} lines of the orders")
        if too_many := seen - in_orders:
            yield Doubled(f"{name} have {too_many.total()} lines more than the orders")
    for order in record.of(OrderPlaced):
        if order.net != sum(line.amount for line in order.lines) + order.fees:
            yield f"{order.reference}: lines and fees are not its net sum"


def _shares(record: Record) -> Iterable[str]:
    by_order: Counter[UUID] = Counter()
    for event in record.of(BundleShared):
        for line in event.lines:
            by_order[line.order_id] += line.share
        if event.share != sum(line.share for line in event.lines) + event.balance:
            yield f"{event.member}: its lines and balance are not its share"
    if balance := sum(event.balance for event in record.of(BundleShared)):
        yield f"the members' balances sum to {balance} cents"
    orders = record.of(OrderPlaced)
    for order in orders:
        if by_order[order.order_id] != order.net:
            yield f"{order.reference}: shares {by_order[order.order_id]}, net {order.net} cents"
    total = sum(bundle.total for bundle in record.of(BundleApproved))
    if total != sum(order.net for order in orders):
        yield f"the bundle's total {total} is not the orders' sum"


def _alone(record: Record) -> Iterable[str]:
    for event in record.of(BundleShared):
        if event.share > event.alone or event.saving != event.alone - event.share:
            yield f"{event.member} pays {event.share}, alone {event.alone} cents"


def _ceilings(record: Record) -> Iterable[str]:
    demands = current_demand(record)
    for event in record.of(DemandAllocated):
        ceiling = demands[event.demand_id].price_ceiling
        for part in event.allocations:
            if ceiling is not None and part.unit_price > ceiling:
                yield f"{event.demand_reference}: {part.unit_price} above {ceiling} cents"


def _answered(record: Record, kid: Kid) -> Iterable[str]:
    told: dict[tuple[UUID, str], int] = {}
    answers: list[OrderConfirmed | OrderRefused] = [
        *record.of(OrderConfirmed),
        *record.of(OrderRefused),
    ]
    for answer in answers:
        pieces = sum(line.confirmed for line in answer.lines)
        if (answer.order_id, answer.member) in told:
            yield Doubled(f"{answer.reference}: {answer.member} was told twice")
        told[answer.order_id, answer.member] = pieces
    for order in kid.orders:
        accepted: Counter[str] = Counter()
        for line in order.lines:
            accepted[line.member] += kid.accepted.get(order.order_id, {}).get(line.line, 0)
        for member, pieces in accepted.items():
            if (order.order_id, member) not in told:
                yield Lost(f"{order.reference}: {member} heard no answer")
            elif told[order.order_id, member] != pieces:
                yield f"{order.reference}: {member} heard of other pieces than {pieces}"


def _costs(record: Record, kid: Kid) -> Iterable[str]:
    stated = record.of(CostStated)
    net, vat = (sum(pair[i] for pair in kid.invoiced.values()) for i in (0, 1))
    if sum(event.net for event in stated) != net:
        yield f"members pay {sum(event.net for event in stated)} net, invoices are {net} cents"
    if sum(event.vat for event in stated) != vat:
        yield f"members pay {sum(event.vat for event in stated)} VAT, invoices are {vat} cents"
    for event in stated:
        shares = sum(line.share for line in event.lines) + event.balance
        lines = (shares, sum(line.vat for line in event.lines))
        if lines != (event.net, event.vat) or event.gross != event.net + event.vat:
            yield f"{event.member}: the cost statement does not add up"
    twice = Counter(event.member for event in stated)
    yield from (Doubled(f"{member}: {n} cost statements") for member, n in twice.items() if n > 1)
    for completed in record.of(RoundCompleted):
        if completed.net != net:
            yield f"the completed round says {completed.net}, invoices are {net} cents"


def _solutions(record: Record, kid: Kid) -> Iterable[str]:
    confirmed = Counter(
        (order.reference, line.member, line.item, accepted)
        for order in kid.orders
        for line in order.lines
        if line.term_months and (accepted := kid.accepted.get(order.order_id, {}).get(line.line, 0))
    )
    subscribed = Counter(
        (event.order_reference, event.member, event.item, event.users)
        for event in record.of(SubscriptionChanged)
        if event.change == "subscribed"
    )
    for lacking in (confirmed - subscribed).elements():
        yield Lost(f"no subscription of {lacking}")
    for too_many in (subscribed - confirmed).elements():
        yield Doubled(f"too many subscriptions of {too_many}")
