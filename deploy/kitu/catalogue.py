"""The published language for people: which messages there are, their schema, an example."""

import difflib
import inspect
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from deploy.kitu.failure import MISUSED, Failure
from shared.events import CATALOGUE, PUBLISHERS, Event, Incoming, envelope

_ID = UUID("0190163d-8694-739b-aea5-966c26f8ad0f")


def rows() -> list[tuple[str, str, str]]:
    """(type, who states it, what it says) for every message."""
    return [
        (name, " or ".join(_sources(model)), (inspect.getdoc(model) or "").partition("\n")[0])
        for name, model in CATALOGUE.items()
    ]


def find(message_type: str) -> type[Event]:
    """The message of this type; `demand.submitted` will do where there is one version.

    Raises:
        Failure: there is none; names what is written alike.
    """
    for name in (message_type, f"{message_type}.v1"):
        if name in CATALOGUE:
            return CATALOGUE[name]
    close = difflib.get_close_matches(message_type, CATALOGUE, 1, 0.5)
    hint = f"; did you mean {close[0]}?" if close else "; `kitu events` lists them"
    raise Failure(f"there is no message {message_type}{hint}", MISUSED)


def schema(model: type[Event]) -> dict[str, Any]:
    """The JSON Schema of a message's data, with its example."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
        "examples": [model.example],
    }


def example(model: type[Event]) -> str:
    """A whole CloudEvent as JSON, as it goes over the wire; a foreign client may send it so."""
    event = model.model_validate_json(json.dumps(model.example))
    senders = model.senders if issubclass(model, Incoming) else frozenset({"member"})
    party = getattr(event, "member", None) if "member" in senders else None
    sealed = envelope(
        event,
        id=_ID,
        source=_sources(model)[0],
        time=datetime(2026, 2, 3, 8, 15, tzinfo=UTC),
        party=party or ("kid" if "kid" in senders else "coop"),
    )
    return sealed.model_dump_json(exclude_none=True, indent=2)


def _sources(model: type[Event]) -> list[str]:
    """Who states it: outside systems, or the one service."""
    if issubclass(model, Incoming):
        names = {"member": "member", "kid": "kid", "coop": "board"}
        return sorted(names[kind] for kind in model.senders)
    publisher = {module.__name__: name for name, module in PUBLISHERS.items()}
    return [publisher[model.__module__].replace(" ", "-")]
