"""The published language for people: which messages there are, their schema, an example."""

import difflib
import json
from datetime import UTC, datetime
from typing import Any

from uuid_utils.compat import uuid7

from deploy.contracts import schemas
from deploy.contracts.roles import stated_by
from deploy.kitu.failure import MISUSED, Failure
from shared.events import CATALOGUE, Event


def rows() -> list[tuple[str, str, str]]:
    """(type, who states it, what it says) for every message."""
    return [
        (name, " or ".join(stated_by(model)), schemas.summary(model))
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
    """A whole CloudEvent as JSON with an id and a time of its own; any client may send it so."""
    whole = schemas.example(model, uuid7(), datetime.now(UTC))
    return json.dumps(whole, ensure_ascii=False, indent=2)
