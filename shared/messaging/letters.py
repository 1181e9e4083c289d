"""What is said about a message that could not take effect: to its sender, or beside a dead one."""

import hashlib
import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from shared.database.transactions import Transaction
from shared.decisions import Basis, Decision
from shared.events import CATALOGUE, Event, Header, Incoming
from shared.events.common import Broken, MessageRejected
from shared.events.demand import DemandRejected
from shared.messaging.gate import Arrival
from shared.messaging.topology import DEAD_LETTERS
from shared.refusal import Reason


def reject(tx: Transaction, header: Header, subject: str, reasons: tuple[Reason, ...]) -> None:
    """Tell the party that sent a message why it was refused, and put it on record."""
    turn_away(tx, header.party, header.type, header.id, subject, reasons)


def turn_away(
    tx: Transaction,
    party: str,
    message_type: str | None,
    message_id: UUID | None,
    subject: str | None,
    reasons: tuple[Reason, ...],
) -> None:
    """Tell a party why a message was refused, as far as it could be read, and put it on record."""
    tx.emit(rejection(message_type, message_id, subject, reasons), party=party)
    tx.decide(
        Decision(
            "message",
            str(subject or message_id or "unreadable"),
            "rejected",
            rules=(Basis(message_type or "message", "AsyncAPI document of the suite"),),
            inputs={"type": message_type, "message": message_id},
            result={"reasons": [asdict(reason) for reason in reasons]},
            concerns=party,
        )
    )


def rejection(
    message_type: str | None,
    message_id: UUID | None,
    subject: str | None,
    reasons: tuple[Reason, ...],
) -> Event:
    """The event by which this type of message is refused."""
    broken = [Broken(field=r.field, value=r.value, rule=r.rule) for r in reasons]
    if _is_about_demand(message_type or ""):
        return DemandRejected(
            message_id=message_id,
            message_type=message_type,
            demand_id=UUID(subject) if subject else None,
            reasons=broken,
        )
    return MessageRejected(message_id=message_id, message_type=message_type, reasons=broken)


def _is_about_demand(message_type: str) -> bool:
    model = CATALOGUE.get(message_type)
    if model is None:
        return message_type.startswith("demand.")
    return issubclass(model, Incoming) and model.refused_by == DemandRejected.type


def bury(
    tx: Transaction, arrival: Arrival, reason: str, trace: str, history: list[dict[str, Any]]
) -> None:
    """Put a message among the dead letters, byte for byte, with why it lies there."""
    digest = hashlib.sha256(arrival.body).hexdigest()
    tx.post(
        exchange=DEAD_LETTERS,
        routing_key=_printable(f"{tx.service}.{arrival.routing_key}"),
        subject=digest,
        message_id=digest[:36],
        properties={"type": "dead-letter"},
        headers={
            "kitu-reason": reason[:1000],
            "kitu-trace": trace[-4000:],
            "kitu-history": json.dumps(history),
            "kitu-reader": tx.service,
            "kitu-exchange": arrival.exchange,
            "kitu-routing-key": arrival.routing_key,
            "kitu-user": arrival.user or "",
            "kitu-failed-at": tx.now.isoformat(),
        },
        body=arrival.body,
    )


def _printable(key: str) -> str:
    """A key that every broker and database takes; the true one stands in the headers."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in key[:200])
