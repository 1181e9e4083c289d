"""The AsyncAPI 3 document: exchanges and queues, and who sends and receives which message there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deploy.contracts.roles import ANSWERS, SYSTEMS, parties, speaker, stated_by
from deploy.contracts.schemas import description, example, schema, summary
from shared.events import CATALOGUE, Event, Incoming
from shared.events.envelope import CONTENT_TYPE
from shared.messaging.topology import (
    DEAD_LETTERS,
    EVENTS,
    INCOMING,
    JOURNAL,
    PUBLIC,
    QUORUM,
    STREAM,
    answers_queue,
    bindings,
    inbox_queue,
    journal_patterns,
)

Events = Sequence[type[Event]]
BINDING = {"bindingVersion": "0.3.0"}
USERS = {"member": "member-{number}", "kid": "kid", "board": "board"}

INFO = {
    "title": "KITU",
    "version": "1",
    "description": (
        "Joint IT purchasing of a cooperative of municipalities. Outside systems (a member's, "
        "KID's, the board's) state facts of theirs in `cooperative.incoming` and find the "
        "services' answers in their own `….answers` queue. Every message is a CloudEvent in "
        "structured JSON; its routing key is `<type>.<party>`. README.md beside this document "
        "shows one whole conversation."
    ),
}


def document(readers: Mapping[str, Iterable[type[Event]]]) -> dict[str, Any]:
    """The whole document. `readers` are the types that each service reads."""
    said = list(CATALOGUE.values())
    incoming = [event for event in said if issubclass(event, Incoming)]
    events = [event for event in said if not issubclass(event, Incoming)]
    channels = {
        INCOMING: _exchange(INCOMING, "What outside systems state.", incoming),
        EVENTS: _exchange(EVENTS, "What services state; only services may write here.", events),
        JOURNAL: _queue(
            JOURNAL,
            "Every event of the last 90 days, but for those whose data must be deleted soon.",
            [event for event in events if event.in_journal],
            STREAM,
            journal_patterns(),
        ),
        DEAD_LETTERS: _queue(
            DEAD_LETTERS,
            "What could not be handled or answered, byte for byte, with the reason in the "
            "header `kitu-reason`. For operators.",
            said,
            QUORUM,
            [],
        ),
    }
    operations: dict[str, Any] = {}
    for system, party in SYSTEMS.items():
        queue = answers_queue(USERS[system])
        own = f"*.*.*.{'{number}' if system == 'member' else party}"
        heard = [event for event in events if party in parties(event) or _is_public(event)]
        stated = [event for event in incoming if party in event.senders]
        about = f"What services answer to a {system}'s system, and what is for everyone."
        channels[queue] = _queue(queue, about, heard, QUORUM, [own, *PUBLIC])
        operations[f"{system}.states"] = _send(INCOMING, USERS[system], stated, system)
        operations[f"{system}.hears"] = _receive(queue, heard, system)
    for reader, types in readers.items():
        queue = inbox_queue(reader)
        read = sorted(types, key=lambda event: event.type)
        stated_here = [event for event in events if {reader, "every service"} & {*stated_by(event)}]
        channels[queue] = _queue(queue, f"What {reader} reads, in order.", read, QUORUM, [])
        channels[queue]["x-bindings"] = [
            {"exchange": exchange, "routingKey": key} for exchange, key in bindings(read)
        ]
        operations[f"{reader}.reads"] = _receive(queue, read, reader)
        operations[f"{reader}.states"] = _send(EVENTS, reader, stated_here, reader)
    return {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _SERVER},
        "channels": channels,
        "operations": operations,
        "components": {
            "securitySchemes": {"user": _USER},
            "messages": {event.type: _message(event) for event in said},
            "schemas": {"IncomingProperties": _PROPERTIES, "EventProperties": _EVENT_PROPERTIES}
            | {event.type: _schema(event) for event in said},
        },
    }


_SERVER = {
    "host": "{host}",
    "protocol": "amqps",
    "protocolVersion": "0.9.1",
    "description": "RabbitMQ; `amqp` without TLS only within one machine or network of trust.",
    "variables": {"host": {"default": "broker.example.org:5671"}},
    "security": [{"$ref": "#/components/securitySchemes/user"}],
}
_USER = {
    "type": "userPassword",
    "description": "A broker user per system: `member-<number>`, `kid`, `board`.",
}
_AMQP = {
    "content_type": {"const": CONTENT_TYPE},
    "delivery_mode": {"const": 2, "description": "Persistent."},
    "message_id": {"type": "string", "description": "The CloudEvent's `id`."},
    "type": {"type": "string", "description": "The CloudEvent's `type`."},
    "app_id": {"type": "string", "description": "The CloudEvent's `source`."},
    "correlation_id": {"type": "string", "description": "The CloudEvent's `correlationid`."},
}
_PROPERTIES = {
    "type": "object",
    "description": (
        "AMQP properties. Only `user_id` is required, and it must be the user logged in with; "
        "the headers `CC` and `BCC` are refused."
    ),
    "properties": {"user_id": {"type": "string", "pattern": r"^(member-[1-9][0-9]{4}|kid|board)$"}}
    | _AMQP,
    "required": ["user_id"],
}
_EVENT_PROPERTIES = {
    "type": "object",
    "description": "AMQP properties; `user_id` vouches for the service that says it.",
    "properties": {"user_id": {"type": "string"}}
    | _AMQP
    | {"timestamp": {"type": "integer", "description": "Seconds since 1970, UTC."}},
    "required": ["user_id", *_AMQP],
}


def _exchange(name: str, about: str, events: Events) -> dict[str, Any]:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {
        "address": "{type}.{party}",
        "description": about,
        "parameters": {
            "type": {"description": "The message's type, such as demand.submitted.v1."},
            "party": {"description": "A member's number, `kid` or `coop` (the cooperative)."},
        },
        "messages": _offered(events),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, **BINDING}},
    }


def _queue(
    name: str,
    about: str,
    events: Events,
    arguments: Mapping[str, Any],
    keys: list[str],
) -> dict[str, Any]:
    queue = {"name": name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    channel: dict[str, Any] = {
        "address": name,
        "description": about,
        "messages": _offered(events),
        "bindings": {"amqp": {"is": "queue", "queue": queue, **BINDING}},
        "x-arguments": dict(arguments),
    }
    if keys:
        channel["x-bindings"] = [{"exchange": EVENTS, "routingKey": key} for key in keys]
    if "{number}" in name:
        channel["parameters"] = {"number": {"description": "The member's number, five digits."}}
    return channel


def _send(channel: str, user: str, events: Events, who: str) -> dict[str, Any]:
    amqp = {"userId": user, "deliveryMode": 2, "mandatory": True, **BINDING}
    return _operation("send", channel, events, who) | {"bindings": {"amqp": amqp}}


def _receive(channel: str, events: Events, who: str) -> dict[str, Any]:
    amqp = {"ack": True, **BINDING}
    return _operation("receive", channel, events, who) | {"bindings": {"amqp": amqp}}


def _operation(action: str, channel: str, events: Events, who: str) -> dict[str, Any]:
    here = f"#/channels/{channel}"
    return {
        "action": action,
        "channel": {"$ref": here},
        "tags": [{"name": who}],
        "messages": [{"$ref": f"{here}/messages/{event.type}"} for event in events],
    }


def _offered(events: Events) -> dict[str, Any]:
    return {event.type: {"$ref": f"#/components/messages/{event.type}"} for event in events}


def _message(event: type[Event]) -> dict[str, Any]:
    whole = example(event)
    outside = issubclass(event, Incoming)
    properties = "IncomingProperties" if outside else "EventProperties"
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": summary(event),
        "description": _description(event),
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "headers": {"$ref": f"#/components/schemas/{properties}"},
        "payload": {"$ref": f"#/components/schemas/{event.type}"},
        "bindings": {"amqp": {"messageType": event.type, **BINDING}},
        "examples": [{"headers": _properties(event, whole), "payload": whole}],
    }


def _description(event: type[Event]) -> str:
    text = f"{description(event)}\n\nStated by {' or '.join(stated_by(event))}."
    if issubclass(event, Incoming):
        answers = " or ".join(answer.type for answer in ANSWERS[event])
        text += f" Answered by {answers}; refused by {event.refused_by}."
    return text


def _properties(event: type[Event], whole: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "user_id": speaker(event),
        "content_type": CONTENT_TYPE,
        "delivery_mode": 2,
        "message_id": whole["id"],
        "type": whole["type"],
        "app_id": whole["source"],
        "correlation_id": whole["correlationid"],
    }


def _schema(event: type[Event]) -> dict[str, Any]:
    """A message's schema, which finds its pieces in this document; its example is elsewhere."""
    whole = schema(event)
    for key in ("$schema", "$id", "examples"):
        del whole[key]
    moved: dict[str, Any] = _moved(whole, f"#/components/schemas/{event.type}/$defs/")
    return moved


def _is_public(event: type[Event]) -> bool:
    return f"{event.type}.coop" in PUBLIC


def _moved(node: Any, place: str) -> Any:
    """References into a document of its own as references into this one."""
    if isinstance(node, list):
        return [_moved(item, place) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace("#/$defs/", place) if key == "$ref" else _moved(value, place)
        for key, value in node.items()
    }
