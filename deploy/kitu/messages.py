"""Drafts into messages: the CloudEvent around the data, and the check before anything is sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from deploy.kitu.files import Draft
from shared.events import CATALOGUE, Incoming
from shared.events.board import MembershipApplied
from shared.events.kid import ContractOffered, RoundAnnounced
from shared.events.member import DemandSubmitted
from shared.messaging.gate import Arrival, Stopped, admit, party_of
from shared.messaging.topology import INCOMING
from shared.refusal import Reason

BEGINNINGS = (MembershipApplied, ContractOffered, RoundAnnounced, DemandSubmitted)
"""Messages that begin something; what they begin gets a new id where the data has none."""


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the broker, byte for byte."""

    where: str
    id: str
    type: str
    routing_key: str
    correlation_id: str
    body: bytes


def seal(draft: Draft, user: str, party: str | None, now: datetime) -> Message:
    """Put a draft into its CloudEvent; a whole one stays as it is.

    Args:
        user: the broker user that speaks; `source` of the message.
        party: whom the message concerns; else the data's member, else whom the user speaks for.
        now: the time the message states, UTC.
    """
    if draft.whole:
        event = draft.content
        message_id = str(event.get("id", ""))
    else:
        data = _begun(draft)
        message_id = draft.id or str(uuid7())
        event = {
            "specversion": "1.0",
            "id": message_id,
            "source": user,
            "type": draft.type,
            "time": now.isoformat().replace("+00:00", "Z"),
            "party": party or _party(draft.type, data, user),
            "datacontenttype": "application/json",
            "correlationid": message_id,
            "data": data,
        }
    return Message(
        where=draft.where,
        id=message_id,
        type=draft.type,
        routing_key=f"{draft.type}.{event.get('party', '')}",
        correlation_id=str(event.get("correlationid", message_id)),
        body=json.dumps(event, ensure_ascii=False).encode(),
    )


def problems(messages: Sequence[Message], user: str) -> list[tuple[str, Reason]]:
    """Everything that the gate would stop, as (where, what is wrong); nothing is sent."""
    trusted = frozenset({user}) if party_of(user) is None else frozenset[str]()
    found: list[tuple[str, Reason]] = []
    for message in messages:
        try:
            admit(Arrival(INCOMING, message.routing_key, user, {}, message.body), trusted)
        except Stopped as stopped:
            found += [(message.where, reason) for reason in stopped.reasons]
    return found


def _begun(draft: Draft) -> Any:
    for model in BEGINNINGS:
        if draft.type == model.type and isinstance(draft.content, dict):
            return {model.subject_field: str(uuid7()), **draft.content}
    return draft.content


def _party(message_type: str, data: Any, user: str) -> str:
    """Whom bare data concerns: the party the user speaks for, else the member it names, else
    whoever states such a thing."""
    spoken_for = party_of(user)
    if spoken_for:
        return spoken_for
    if isinstance(data, dict) and isinstance(data.get("member"), str):
        model = CATALOGUE.get(message_type)
        if model is None or (issubclass(model, Incoming) and "member" in model.senders):
            return str(data["member"])
    model = CATALOGUE.get(message_type)
    if model is not None and issubclass(model, Incoming) and "kid" in model.senders:
        return "kid"
    return "coop"
