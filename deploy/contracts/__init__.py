"""The written contracts under `shared/contracts`: made from the models, never by hand."""

import json
from pathlib import Path
from typing import Any

from deploy.contracts import asyncapi, messages, schemas
from deploy.kitu.broker import readers
from deploy.packages import ROOT
from shared.events import CATALOGUE

FOLDER = ROOT / "shared" / "contracts"


def documents() -> dict[Path, str]:
    """Every generated file of the folder, by its path in it, with its text."""
    found = {
        Path("schemas") / f"{event.type}.json": _text(schemas.schema(event))
        for event in CATALOGUE.values()
    }
    found[Path("asyncapi.json")] = _text(asyncapi.document(readers()))
    found[Path("MESSAGES.md")] = messages.page()
    return found


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
