"""Who may say what: every message passes here before anything else looks at it.

The broker already enforces by topic permission that a system writes only keys of its own party.
What it leaves open on some versions (CC and BCC headers, a newline after the key, a missing
user) is closed here. What comes in through `cooperative.incoming` is parsed strictly; what
services state is read tolerantly, but only from the service that is named as its source.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from shared.database.transactions import InboxKey
from shared.events import CATALOGUE, Event, Header, Incoming
from shared.messaging.topology import INCOMING, SERVICES
from shared.refusal import Reason, Refused, refuse

M = TypeVar("M", bound=BaseModel)

LARGEST_BODY = 262_144
"""Bytes of what comes from outside; checked before anything is parsed."""
LARGEST_EVENT = 64 * LARGEST_BODY
"""Bytes of a service's event, such as an order with thousands of lines."""
SENT_AGAIN_FOR = "kitu-sent-again-for"
"""Header of a dead letter that is sent again: the broker user that sent it first."""
MOST_REASONS = 20
"""In one refusal, so that an answer stays small whatever it answers."""

_KEY = re.compile(r"([a-z]+\.[a-z_]+\.v[0-9]{1,2})\.(kid|coop|[1-9][0-9]{4})")
_SYSTEMS = {"kid": "kid", "board": "coop"}
_MEMBER_SYSTEM = re.compile(r"member-([1-9][0-9]{4})")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as the broker hands it over."""

    exchange: str
    routing_key: str
    user: str | None
    headers: Mapping[str, Any]
    body: bytes
    redelivered: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of everything that was published."""
        told = json.dumps([self.exchange, self.routing_key, self.user]).encode()
        return hashlib.sha256(told + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Received:
    """A message that passed: its header, what it says, a digest of both, and its inbox key.

    What comes from outside is known by party, source and id, so that no system can use up
    another's ids.
    """

    header: Header
    event: Event
    digest: str
    key: InboxKey


class Stopped(Exception):
    """A message did not pass.

    `answer_to` is the party to tell, None where no sender can be known: then the message goes
    to the dead letters. `message_id` and `message_type` are as far as they could be read.
    """

    def __init__(
        self,
        refused: Refused,
        answer_to: str | None,
        *,
        message_id: UUID | None = None,
        message_type: str | None = None,
        subject: str | None = None,
        header: Header | None = None,
    ) -> None:
        super().__init__(str(refused))
        self.reasons = refused.reasons
        self.answer_to = answer_to
        self.message_id = message_id
        self.message_type = message_type
        self.subject = subject
        self.header = header


def as_first_sent(arrival: Arrival, trusted: frozenset[str]) -> Arrival:
    """A dead letter that an operator sends again speaks for its first sender and nobody else."""
    sender = arrival.headers.get(SENT_AGAIN_FOR)
    if sender is None or arrival.user not in trusted:
        return arrival
    name = sender.decode(errors="replace") if isinstance(sender, bytes) else str(sender)
    return replace(arrival, user=name or None)


def party_of(user: str) -> str | None:
    """The party a broker user speaks for: `member-10007` for 10007, `kid`, `board` for coop."""
    member = _MEMBER_SYSTEM.fullmatch(user)
    return member[1] if member else _SYSTEMS.get(user)


def admit(arrival: Arrival, trusted: frozenset[str]) -> Received:
    """Let a message pass, or stop it with the field, the value and the rule.

    Args:
        arrival: the message; its `exchange` decides how strictly it is read.
        trusted: broker users that may speak for everyone.

    Raises:
        Stopped: the first thing that is wrong; for `data` everything that is wrong.
    """
    sender, strict = _sender(arrival, trusted), arrival.exchange == INCOMING
    message_type = arrival.routing_key.rpartition(".")[0]
    try:
        whole = _json_object(arrival.body)
    except Refused as refused:
        raise Stopped(refused, sender, message_type=message_type) from None
    message_id, subject = _uuid(whole.get("id")), _subject(whole.get("data"))

    def stopped(refused: Refused, header: Header | None = None) -> Stopped:
        return Stopped(
            refused,
            sender,
            message_id=message_id,
            message_type=message_type,
            subject=subject,
            header=header,
        )

    try:
        data = whole.pop("data", None)
        header = _validated(Header, whole, strict=strict)
        _fits(header, arrival)
        if not strict and arrival.user not in trusted:
            _is_its_source(header, arrival.user)
    except Refused as refused:
        raise stopped(refused) from None
    try:
        event = _event(header, data, strict=strict)
        if isinstance(event, Incoming):
            _speaks_for_itself(header, event)
    except Refused as refused:
        raise stopped(refused, header) from None
    said = json.dumps([whole, data], sort_keys=True, ensure_ascii=False)
    source = f"{header.party}/{header.source}" if strict else header.source
    digest = hashlib.sha256(said.encode()).hexdigest()
    return Received(header, event, digest, InboxKey(source, str(header.id)))


def _sender(arrival: Arrival, trusted: frozenset[str]) -> str:
    """The party that sent this, which gets the answer; stops who may not say it."""
    key = _KEY.fullmatch(arrival.routing_key)
    copies = sorted({"CC", "BCC"} & set(arrival.headers))
    if not key or copies:
        rule = (
            "must be <noun>.<fact>.v<version>.<party>" if not key else "CC and BCC are not allowed"
        )
        field = "routing_key" if not key else f"headers.{copies[0]}"
        known = party_of(arrival.user) if key and arrival.user else None
        refused = refuse(field, "" if copies else arrival.routing_key, rule)
        raise Stopped(refused, known, message_type=key[1] if key else None)
    message_type, party = key[1], key[2]
    most = LARGEST_BODY if arrival.exchange == INCOMING else LARGEST_EVENT
    if len(arrival.body) > most:
        rule = f"must be at most {most} bytes"
        raise Stopped(refuse("body", len(arrival.body), rule), party, message_type=message_type)
    if not arrival.user:
        rule = "the AMQP property user_id must be the broker user you log in with"
        raise Stopped(refuse("user_id", "", rule), party, message_type=message_type)
    if arrival.user in trusted:
        return party
    if arrival.exchange == INCOMING and party_of(arrival.user) != party:
        speaks_for = party_of(arrival.user)
        rule = f"user {arrival.user} may speak for {speaks_for or 'nobody'} only"
        raise Stopped(refuse("party", party, rule), speaks_for, message_type=message_type)
    return party


def _json_object(body: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise refuse("body", "", "a JSON object must not name a key twice")
        return found

    def number(_text: str) -> Any:
        raise refuse("body", "", "NaN and Infinity are not JSON")

    try:
        whole = json.loads(body.decode(), object_pairs_hook=unique, parse_constant=number)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise refuse("body", "", f"must be JSON in UTF-8{where}") from None
    if not isinstance(whole, dict):
        raise refuse("body", type(whole).__name__, "must be a CloudEvent, a JSON object")
    return whole


def _validated(model: type[M], value: Any, *, strict: bool) -> M:
    """Validate as JSON: text becomes dates and ids. Where strict, nothing else is coerced and
    an unknown field is wrong; else it is ignored, so that messages can grow."""
    extra: Literal["ignore"] | None = None if strict else "ignore"
    try:
        return model.model_validate_json(json.dumps(value), strict=strict, extra=extra)
    except ValidationError as error:
        found = error.errors(include_url=False)
        reasons = [_reason(dict(e)) for e in found[:MOST_REASONS]]
        if len(found) > MOST_REASONS:
            reasons.append(Reason("data", "", f"and {len(found) - MOST_REASONS} more like these"))
        raise Refused(*reasons) from None


def _reason(error: dict[str, Any]) -> Reason:
    if error["type"] == "json_invalid":
        return Reason("body", "", error["msg"])
    path = ".".join(str(step)[:80] for step in error["loc"])
    value = error["input"]
    shown = value if isinstance(value, str) else json.dumps(value, default=str)
    if isinstance(value, dict | list) or error["type"] == "missing":
        shown = ""
    rule = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        rule = "is not a field of this message"
    return Reason(path or "data", shown[:80], rule)


def _fits(header: Header, arrival: Arrival) -> None:
    """The body says the same as the routing key, by which the broker let it pass."""
    message_type, _, party = arrival.routing_key.rpartition(".")
    if header.type != message_type:
        raise refuse("type", header.type, f"must be the routing key's, {message_type}")
    if header.party != party:
        raise refuse("party", header.party, f"must be the routing key's, {party}")


def _is_its_source(header: Header, user: str | None) -> None:
    """What a service states comes from that service's broker user."""
    if user not in SERVICES or user != header.source:
        raise refuse("source", header.source, f"must be the service that speaks, not {user}")


def _event(header: Header, data: Any, *, strict: bool) -> Event:
    model = CATALOGUE.get(header.type)
    if model is None or (strict and not issubclass(model, Incoming)):
        raise refuse("type", header.type, _known_types(header.type))
    if data is None:
        raise refuse("data", "", f"is missing; it holds what {header.type} says")
    event = _validated(model, data, strict=strict)
    if header.subject is not None and header.subject != event.subject:
        raise refuse(
            "subject", header.subject, f"must be the data's {event.subject_field} or left out"
        )
    return event


def _known_types(unknown: str) -> str:
    noun = unknown.partition(".")[0]
    known = [name for name, model in CATALOGUE.items() if issubclass(model, Incoming)]
    close = [name for name in known if name.startswith(f"{noun}.")] or known
    return f"is not a message the cooperative takes; known are {', '.join(close)}"


def _speaks_for_itself(header: Header, event: Incoming) -> None:
    """The party in the key is the party in the data, and of a kind that may state this."""
    kind = header.party if header.party in {"kid", "coop"} else "member"
    if kind not in event.senders:
        rule = f"may be stated by {' or '.join(sorted(event.senders))} only"
        raise refuse("type", header.type, rule)
    member = getattr(event, "member", None)
    if kind == "member" and member != header.party:
        raise refuse("member", member, f"must be the party that speaks, {header.party}")


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _subject(data: object) -> str | None:
    """The demand a refused message is about, as far as it can be read."""
    found = _uuid(data.get("demand_id")) if isinstance(data, dict) else None
    return str(found) if found else None
