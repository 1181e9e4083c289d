"""KID's side of an order: answer it, deliver it (in parts too), invoice it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from deploy.demo.systems import Systems, today
from deploy.kitu import wire
from shared.events.kid import (
    DeliveredLine,
    DeliveryMade,
    InvoiceReceived,
    LineAnswer,
    OrderAnswered,
)
from shared.events.procurement import OrderLine, OrderPlaced

IN_PARTS = 5
"""Every fifth order comes in two deliveries."""


class Kid:
    """A provider that takes nearly everything: one order it refuses, one it accepts in part.

    It hears its orders in its own queue. What it decides depends on the orders alone, so that
    equal rounds end equally.
    """

    def __init__(self, systems: Systems) -> None:
        self._systems = systems
        self.orders: list[OrderPlaced] = []
        self.accepted: dict[UUID, dict[int, int]] = {}
        """Pieces by line of each answered order; empty where it was refused."""
        self.invoiced: dict[UUID, tuple[int, int]] = {}
        """Net and VAT in cents."""

    async def answer(self) -> None:
        """Answer every order: the cheapest is refused, the longest accepted in part."""
        by_size = sorted(self.orders, key=lambda order: (order.net, order.reference))
        refused = by_size[0]
        partly = max(by_size[1:], key=lambda order: (len(order.lines), order.reference))
        answers = []
        for order in self.orders:
            pieces = {line.line: line.quantity for line in order.lines}
            deliver_on = today() + timedelta(days=21)
            if order is refused:
                pieces = {}
                answers.append(
                    OrderAnswered(
                        order_id=order.order_id,
                        answer="refused",
                        reason="Der Hersteller hat den Artikel abgekündigt",
                    )
                )
            elif order is partly:
                longest = max(order.lines, key=lambda line: (line.quantity, line.line))
                pieces[longest.line] = longest.quantity // 2
                answers.append(
                    OrderAnswered(
                        order_id=order.order_id,
                        answer="partly",
                        lines=[LineAnswer(line=n, accepted=q) for n, q in pieces.items()],
                        deliver_on=deliver_on,
                        reason=f"Von Position {longest.line} ist nur die Hälfte lieferbar",
                    )
                )
            else:
                answers.append(
                    OrderAnswered(order_id=order.order_id, answer="accepted", deliver_on=deliver_on)
                )
            self.accepted[order.order_id] = pieces
        await self._systems.state("kid", *answers)

    async def deliver(self) -> int:
        """Deliver what was accepted; returns the number of deliveries."""
        deliveries = []
        for number, order in enumerate(self._to_fulfil()):
            pieces = {n: q for n, q in self.accepted[order.order_id].items() if q}
            first = {n: -(-q // 2) for n, q in pieces.items()} if not number % IN_PARTS else pieces
            rest = {n: q - first[n] for n, q in pieces.items() if q > first[n]}
            deliveries += [
                DeliveryMade(
                    order_id=order.order_id,
                    delivery_id=uuid7(),
                    delivered_on=today(),
                    lines=[DeliveredLine(line=n, quantity=q) for n, q in part.items()],
                )
                for part in (first, rest)
                if part
            ]
        await self._systems.state("kid", *deliveries)
        return len(deliveries)

    async def invoice(self) -> None:
        """Invoice what was accepted, to the cent."""
        invoices = []
        for number, order in enumerate(self._to_fulfil(), 1):
            accepted = self.accepted[order.order_id]
            net = sum(_part(line, accepted[line.line]) for line in order.lines) + order.fees
            vat = (net * int(order.vat_rate.replace(".", "")) + 5_000) // 10_000
            self.invoiced[order.order_id] = net, vat
            invoices.append(
                InvoiceReceived(
                    order_id=order.order_id,
                    invoice_id=uuid7(),
                    number=f"RE-{today().year}-{number:05d}",
                    invoiced_on=today(),
                    net=net,
                    vat=vat,
                )
            )
        await self._systems.state("kid", *invoices)

    def _to_fulfil(self) -> Sequence[OrderPlaced]:
        return [order for order in self.orders if self.accepted[order.order_id]]


def _part(line: OrderLine, pieces: int) -> int:
    """The net price of some of a line's pieces, rounded half up."""
    return (2 * line.amount * pieces + line.quantity) // (2 * line.quantity)


@asynccontextmanager
async def at_work(systems: Systems) -> AsyncIterator[Kid]:
    """KID, hearing its orders as long as this is open."""
    kid = Kid(systems)
    who = systems.login("kid")
    async with wire.channel_of(who) as channel:
        queue = await wire.ear(channel, who, "*.*.*.kid")
        events = wire.listen(queue, take=True)

        async def hear() -> None:
            async with aclosing(events):
                async for heard in events:
                    if heard.key.startswith(f"{OrderPlaced.type}."):
                        data = json.dumps(heard.event["data"])
                        kid.orders.append(OrderPlaced.model_validate_json(data))

        hearing = asyncio.create_task(hear())
        try:
            yield kid
        finally:
            hearing.cancel()
            await asyncio.wait({hearing})
