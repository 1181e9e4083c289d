"""What becomes of an order: answered, delivered, rolled out, invoiced."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Incoming, StrictPart
from shared.events.fields import Count, Day, Id, Name, Price, Quantity, Text, Word


class LineAnswer(StrictPart):
    """How much of an order's line KID accepts; the line's number is the order's."""

    line: Quantity
    accepted: Count


class OrderAnswered(Incoming):
    """KID accepts an order, accepts it partly (naming each line's pieces) or refuses it."""

    type = "order.answered.v1"
    subject_field = "order_id"
    senders = frozenset({"kid"})
    example = {
        "order_id": "0190163d-8694-739b-aea5-966c26f8ad07",
        "answer": "partly",
        "lines": [{"line": 1, "accepted": 20}, {"line": 2, "accepted": 0}],
        "deliver_on": "2026-04-30",
        "reason": "Position 2 ist abgekündigt",
    }

    order_id: Id
    answer: Literal["accepted", "partly", "refused"]
    lines: list[LineAnswer] = Field(default=[], max_length=5000)
    deliver_on: Day | None = None
    reason: Text | None = None


class DeliveredLine(StrictPart):
    """Pieces of an order's line that were delivered."""

    line: Quantity
    quantity: Quantity


class DeliveryMade(Incoming):
    """Goods arrived, or a solution went into operation; may be a part of the order."""

    type = "delivery.made.v1"
    subject_field = "order_id"
    senders = frozenset({"kid"})
    example = {
        "order_id": "0190163d-8694-739b-aea5-966c26f8ad07",
        "delivery_id": "0190163d-8694-739b-aea5-966c26f8ad08",
        "delivered_on": "2026-04-28",
        "lines": [{"line": 1, "quantity": 12}],
    }

    order_id: Id
    delivery_id: Id
    delivered_on: Day
    lines: list[DeliveredLine] = Field(min_length=1, max_length=5000)


class InvoiceReceived(Incoming):
    """KID's invoice for an order: net and VAT; it must equal what was ordered and accepted."""

    type = "invoice.received.v1"
    subject_field = "order_id"
    senders = frozenset({"kid"})
    example = {
        "order_id": "0190163d-8694-739b-aea5-966c26f8ad07",
        "invoice_id": "0190163d-8694-739b-aea5-966c26f8ad09",
        "number": "RE-2026-00412",
        "invoiced_on": "2026-05-05",
        "net": "16580.00",
        "vat": "3150.20",
    }

    order_id: Id
    invoice_id: Id
    number: Word
    invoiced_on: Day
    net: Price
    vat: Price


class RolloutStep(StrictPart):
    """A step of a solution's rollout; done on `done_on`, or only planned."""

    name: Name
    planned_on: Day
    done_on: Day | None = None


class RolloutPlanned(Incoming):
    """The steps by which a subscribed solution is rolled out; states all of them anew."""

    type = "rollout.planned.v1"
    subject_field = "subscription_id"
    senders = frozenset({"kid"})
    example = {
        "subscription_id": "0190163d-8694-739b-aea5-966c26f8ad0d",
        "steps": [
            {"name": "Daten übernehmen", "planned_on": "2026-05-11", "done_on": "2026-05-12"},
            {"name": "Anwender schulen", "planned_on": "2026-05-20"},
        ],
    }

    subscription_id: Id
    steps: list[RolloutStep] = Field(min_length=1, max_length=100)
