"""One JSON Schema (2020-12) per message: the whole CloudEvent with its data."""

import inspect
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import create_model
from pydantic.json_schema import GenerateJsonSchema

from deploy.contracts.roles import parties, speaker
from shared.events import Event, Header, Incoming, envelope
from shared.events.fields import euros

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PARTIES = {"member": "[1-9][0-9]{4}", "kid": "kid", "coop": "coop"}
_ID = UUID("0190163d-8694-739b-aea5-966c26f8ad0f")
_CAUSE = UUID("0190163d-8694-739b-aea5-966c26f8ad0e")
_WAY = UUID("0190163d-8694-739b-aea5-966c26f8ad0d")
_TIME = datetime(2026, 2, 3, 8, 15, tzinfo=UTC)


class _Plain(GenerateJsonSchema):
    """Without a title per field, which would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema(event: type[Event]) -> dict[str, Any]:
    """A message's schema. What comes from outside may have no other fields than these; a reader
    of what services state must ignore fields it does not know."""
    whole = create_model(event.type, __base__=Header, data=(event, ...))
    found = whole.model_json_schema(schema_generator=_Plain)
    allowed = "|".join(_PARTIES[party] for party in parties(event))
    found["properties"] |= {
        "specversion": {"const": "1.0"},
        "type": {"const": event.type},
        "party": {"type": "string", "pattern": f"^({allowed})$"},
    }
    found["required"].insert(0, "specversion")
    head = {key: found.pop(key) for key in ("title", "type", "properties", "required")}
    result: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": f"urn:kitu:{event.type}",
        "title": head["title"],
        "description": description(event),
        **_as_written({**head, **found}, closed=issubclass(event, Incoming)),
        "examples": [example(event)],
    }
    return result


def example(event: type[Event], message_id: UUID = _ID, time: datetime = _TIME) -> dict[str, Any]:
    """A whole message as it stands on the wire; what a service states also names its cause."""
    said = event.model_validate_json(json.dumps(event.example))
    party = parties(event)[0]
    answer = not issubclass(event, Incoming)
    sealed = envelope(
        said,
        id=message_id,
        source=speaker(event),
        time=time,
        party=str(getattr(said, "member", "10002")) if party == "member" else party,
        correlationid=_WAY if answer else None,
        causationid=_CAUSE if answer else None,
        sequence=1 if answer else None,
    )
    whole: dict[str, Any] = sealed.model_dump(mode="json", exclude_none=True)
    whole["data"] = event.example
    return whole


def summary(event: type[Event]) -> str:
    """What a message says, in its first paragraph."""
    return description(event).partition("\n\n")[0]


def description(event: type[Event]) -> str:
    """What a message says, in its own words and those of the messages like it."""
    kinds = [kind for kind in event.__mro__ if kind.__module__ == event.__module__]
    texts = [inspect.getdoc(kind) or "" for kind in kinds]
    paragraphs = [part for text in texts for part in text.split("\n\n")]
    return "\n\n".join(" ".join(part.split()) for part in paragraphs)


def _as_written(node: Any, *, closed: bool) -> Any:
    """Nothing closed where the reader ignores what is new; defaults as they stand on the wire:
    money in euros, which pydantic leaves in cents, and an absent field rather than null."""
    if isinstance(node, list):
        return [_as_written(item, closed=closed) for item in node]
    if not isinstance(node, dict):
        return node
    default = node.get("default")
    if node.get("type") == "string" and isinstance(default, int):
        node = {**node, "default": euros(default)}
    return {
        key: _as_written(value, closed=closed)
        for key, value in node.items()
        if not (key == "default" and value is None)
        and not (key == "additionalProperties" and not closed)
    }
