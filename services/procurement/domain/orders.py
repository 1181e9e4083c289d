"""An order on its way: placed, answered by KID, delivered, invoiced."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Literal
from uuid import UUID

from services.procurement.domain.money import apportion, euros, part_of, vat_of
from services.procurement.domain.rounds import Place
from shared.refusal import Reason, Refused, refuse

State = Literal["placed", "confirmed", "refused", "invoiced"]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One member's piece of an order.

    `unit_cents` is the net price of a piece (and month) in the tier reached, `months` the term
    of what is paid monthly, `amount` the line's net price: unit price times pieces times months,
    and under incremental tiers what the pieces below the tier cost more. `share`, `alone` and
    `list_price` (net cents, whole term) are for the pieces ordered: what the member pays, would
    pay buying by itself, and would pay at list price. `charged` and `vat` are what it pays for
    the pieces KID accepted.
    """

    line: int
    demand_id: UUID
    demand_reference: str
    member: str
    item: str
    name: str
    unit: str
    quantity: int
    months: int | None
    unit_cents: int
    amount: int
    share: int
    alone: int
    list_price: int
    explanation: str = ""
    accepted: int | None = None
    charged: int | None = None
    vat: int | None = None
    delivered: int = 0

    @property
    def accepted_amount(self) -> int:
        """Net price of the pieces accepted, at the agreed price, rounded half up."""
        return part_of(self.amount, self.accepted or 0, self.quantity)

    @property
    def accepted_alone(self) -> int:
        """What the pieces accepted would cost the member by itself, rounded half up."""
        return part_of(self.alone, self.accepted or 0, self.quantity)

    @property
    def outstanding(self) -> int:
        """Pieces accepted and not yet delivered."""
        return (self.accepted or 0) - self.delivered


@dataclass(frozen=True, slots=True)
class Order:
    """A call-off from one contract to one place, under the contract's terms of that day.

    `fees` in net cents, `vat_rate` in hundredths of a percent. A refused order costs nothing;
    a partly accepted one bears its fees whole, since KID still delivers.
    """

    id: UUID
    reference: str
    round_id: UUID
    contract_id: UUID
    contract_reference: str
    contract_version: int
    place: Place
    placed_at: datetime
    placed_on: date
    vat_rate: int
    fees: int
    lines: tuple[OrderLine, ...]
    state: State = "placed"
    deliver_on: date | None = None
    reason: str | None = None
    invoice: str | None = None

    @property
    def net(self) -> int:
        """What was ordered costs."""
        return sum(line.amount for line in self.lines) + self.fees

    @property
    def net_accepted(self) -> int:
        """What KID accepted costs; before its answer and after its refusal nothing."""
        amounts = sum(line.accepted_amount for line in self.lines)
        return amounts + self.fees if any(line.accepted for line in self.lines) else 0

    @property
    def is_settled(self) -> bool:
        """Whether it is certain what the order costs its members."""
        return self.state in ("refused", "invoiced")

    def lines_by_member(self) -> dict[str, list[OrderLine]]:
        """The lines of each member concerned, in the order of the lines."""
        by_member: dict[str, list[OrderLine]] = {}
        for line in self.lines:
            by_member.setdefault(line.member, []).append(line)
        return by_member


def answer(
    order: Order,
    *,
    how: Literal["accepted", "partly", "refused"],
    accepted: Sequence[tuple[int, int]],
    deliver_on: date | None,
    reason: str | None,
) -> Order:
    """The order after KID's answer; each line's charge is what its member pays.

    `accepted` and `refused` speak for all lines and name none. `partly` names every line once,
    accepts at least one piece and leaves out at least one. What is not accepted whole needs a
    reason. The agreed unit price stays, even where fewer pieces would not have reached their
    tier: the shortfall is the supplier's.

    Args:
        accepted: line number and pieces, as KID named them.

    Raises:
        Refused: the order was answered before, or the answer breaks one of these rules.
    """
    if order.state != "placed":
        raise refuse("order_id", order.id, f"must await its answer; this one is {order.state}")
    if how != "accepted" and reason is None:
        raise refuse("reason", "", "is needed unless the whole order is accepted")
    if deliver_on is not None and deliver_on < order.placed_on:
        raise refuse("deliver_on", deliver_on, f"must not lie before {order.placed_on}")
    if how == "partly":
        pieces = _named_pieces(order, accepted)
    elif accepted:
        raise refuse("lines", len(accepted), f"must be empty where the whole order is {how}")
    else:
        pieces = {line.line: line.quantity * (how == "accepted") for line in order.lines}
    lines = tuple(replace(line, accepted=pieces[line.line]) for line in order.lines)
    answered = replace(
        order,
        lines=lines,
        state="refused" if how == "refused" else "confirmed",
        deliver_on=None if how == "refused" else deliver_on,
        reason=reason,
    )
    return _charge(answered)


def _named_pieces(order: Order, accepted: Sequence[tuple[int, int]]) -> dict[int, int]:
    by_number = {line.line: line for line in order.lines}
    broken: list[Reason] = []
    pieces: dict[int, int] = {}
    for at, (number, count) in enumerate(accepted):
        line = by_number.get(number)
        if line is None:
            broken += refuse(f"lines.{at}.line", number, "must be a line of this order").reasons
        elif number in pieces:
            broken += refuse(f"lines.{at}.line", number, "is named twice").reasons
        elif count > line.quantity:
            rule = f"must not be above the {line.quantity} ordered"
            broken += refuse(f"lines.{at}.accepted", count, rule).reasons
        pieces[number] = count
    if missing := sorted(by_number.keys() - pieces.keys()):
        rule = f"must name every line of a partly accepted order; line {missing[0]} is missing"
        broken += refuse("lines", len(accepted), rule).reasons
    if broken:
        raise Refused(*broken)
    if not any(pieces.values()):
        raise refuse("answer", "partly", "must be `refused` where no piece is accepted")
    if all(pieces[line.line] == line.quantity for line in order.lines):
        raise refuse("answer", "partly", "must be `accepted` where every piece is accepted")
    return pieces


def _charge(order: Order) -> Order:
    """Share the accepted net sum as the ordered one was shared, line by line, exactly.

    Where all is accepted that is the share itself; else each line weighs its share per piece
    times its accepted pieces.
    """
    charged = {line.line: line.share for line in order.lines}
    if any(line.accepted != line.quantity for line in order.lines):
        weights = {
            line.line: Fraction(line.share * line.accepted, line.quantity)
            for line in order.lines
            if line.accepted
        }
        charged = apportion(order.net_accepted, weights) if weights else {}
    lines = (replace(line, charged=charged.get(line.line, 0)) for line in order.lines)
    return replace(order, lines=tuple(lines))


def deliver(
    order: Order, *, pieces: Sequence[tuple[int, int]], delivered_on: date, today: date
) -> Order:
    """The order after a delivery, whole or in part.

    Args:
        pieces: line number and pieces that arrived, each line at most once.
        today: in Europe/Berlin.

    Raises:
        Refused: the order is not accepted, a line is unknown or named twice, more arrived than
            was accepted, or the day lies in the future or before the order.
    """
    if order.state not in ("confirmed", "invoiced"):
        raise refuse("order_id", order.id, f"must be an accepted order; this one is {order.state}")
    if not order.placed_on <= delivered_on <= today:
        rule = f"must lie between the order ({order.placed_on}) and today ({today})"
        raise refuse("delivered_on", delivered_on, rule)
    by_number = {line.line: line for line in order.lines}
    broken: list[Reason] = []
    arrived: dict[int, int] = {}
    for at, (number, count) in enumerate(pieces):
        line = by_number.get(number)
        if line is None:
            broken += refuse(f"lines.{at}.line", number, "must be a line of this order").reasons
        elif number in arrived:
            broken += refuse(f"lines.{at}.line", number, "is named twice").reasons
        elif count > line.outstanding:
            rule = f"must not be above the {line.outstanding} accepted and not yet delivered"
            broken += refuse(f"lines.{at}.quantity", count, rule).reasons
        arrived[number] = count
    if broken:
        raise Refused(*broken)
    return replace(
        order,
        lines=tuple(
            replace(line, delivered=line.delivered + arrived.get(line.line, 0))
            for line in order.lines
        ),
    )


def invoice(
    order: Order, *, number: str, net: int, vat: int, invoiced_on: date, today: date
) -> Order:
    """The order after its invoice, which must state exactly what was accepted.

    The VAT is shared among the lines in proportion to what each is charged, to the cent.

    Raises:
        Refused: the order is not accepted or has an invoice already, or a sum is not the one
            expected, which the refusal names.
    """
    if order.state != "confirmed":
        raise refuse(
            "order_id", order.id, f"must be accepted and not invoiced; this one is {order.state}"
        )
    expected = order.net_accepted
    expected_vat = vat_of(expected, order.vat_rate)
    broken: list[Reason] = []
    if net != expected:
        rule = f"must be {euros(expected)}: the accepted lines and the fees"
        broken += refuse("net", euros(net), rule).reasons
    if vat != expected_vat:
        rate = f"{euros(order.vat_rate)} % of {euros(expected)}, rounded half up"
        broken += refuse("vat", euros(vat), f"must be {euros(expected_vat)}: {rate}").reasons
    if not order.placed_on <= invoiced_on <= today:
        rule = f"must lie between the order ({order.placed_on}) and today ({today})"
        broken += refuse("invoiced_on", invoiced_on, rule).reasons
    if broken:
        raise Refused(*broken)
    shared = apportion(vat, {line.line: line.charged or 0 for line in order.lines})
    return replace(
        order,
        state="invoiced",
        invoice=number,
        lines=tuple(replace(line, vat=shared[line.line]) for line in order.lines),
    )
