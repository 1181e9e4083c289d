"""How decisions are linked, and how they are written down.

An entry's *head* stays for ever; of its *payload* (inputs and result) the head holds only a salted
digest, so that payload and salt can be erased and every hash still holds. Sealing gives an entry
its position and links it to the one before:

    digest = SHA-256(salt + canonical JSON of the payload)
    hash   = SHA-256(canonical JSON of {"head", "position", "previous", "sealed_at"})

Canonical JSON is RFC 8785. A file of a chain has one entry a line, each line canonical JSON; its
first line holds the anchors that were told outside, its last one the chain's end.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from pydantic_core import to_jsonable_python

from shared.decisions.decision import Decision, cited

BEGINNING = "0" * 64
"""What the first entry names as its previous hash."""
ERASURE = "erasure"
"""The kind of decision by which payloads were erased; its result names them under `erased`."""


class NotCanonical(ValueError):
    """A text that is not the canonical JSON of an object."""


@dataclass(frozen=True, slots=True)
class Seal:
    """An entry's place in the chain."""

    position: int
    previous: str
    sealed_at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision as it is kept. `head` and `payload` are canonical JSON, `salt` is hex.

    `misfiled`: the columns by which the database finds it are not what its head says.
    """

    head: str
    payload: str | None
    salt: str | None
    seal: Seal | None = None
    misfiled: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A position and its hash: the chain's end, or an anchor outside of it."""

    position: int
    hash: str

    def __str__(self) -> str:
        return f"{self.hash}@{self.position}"


START = Link(0, BEGINNING)


def read_link(text: str) -> Link:
    """What `str` of a link says, as it stands in the mail.

    Raises:
        ValueError: it is not HASH@POSITION.
    """
    if found := re.fullmatch(r"([0-9a-f]{64})@([1-9][0-9]{0,17})", text.strip()):
        return Link(int(found[2]), found[1])
    raise ValueError(f"{text!r} is not HASH@POSITION")


def canonical(value: Any) -> str:
    """Canonical JSON (RFC 8785).

    >>> canonical({"b": 1, "a": "ä"})
    '{"a":"ä","b":1}'
    """
    return rfc8785.dumps(value).decode()


def read_canonical(text: str) -> dict[str, Any]:
    """The object that a canonical JSON text states.

    Raises:
        NotCanonical: it is none, or written otherwise.
    """
    try:
        value = json.loads(text)
        same = canonical(value) == text
    except (ValueError, RecursionError):
        raise NotCanonical("is not JSON") from None
    if not same or not isinstance(value, dict):
        raise NotCanonical("is not canonical JSON of an object")
    return value


def written(decision: Decision, circumstances: Mapping[str, Any]) -> Entry:
    """A decision as it is kept, not yet sealed.

    Args:
        decision: what was decided.
        circumstances: `id`, `service`, `decided_at`, and by which user's `message` it came about.
    """
    told = {"inputs": decision.inputs, "result": decision.result}
    payload = canonical(to_jsonable_python(told))
    salt = secrets.token_hex(16)
    head = {
        **circumstances,
        "kind": decision.kind,
        "subject": decision.subject,
        "concerns": decision.concerns,
        "outcome": decision.outcome,
        "rules": [cited(rule) for rule in decision.rules],
        "by": decision.by,
        "digest": digest(payload, salt),
    }
    return Entry(canonical(to_jsonable_python(head)), payload, salt)


def digest(payload: str, salt: str) -> str:
    """What a head holds of its payload; without the salt it tells nothing of it."""
    return hashlib.sha256(bytes.fromhex(salt) + payload.encode()).hexdigest()


def link(head: str, position: int, previous: str, sealed_at: datetime) -> str:
    """An entry's hash at its place."""
    whole = {
        "head": head,
        "position": position,
        "previous": previous,
        "sealed_at": to_jsonable_python(sealed_at),
    }
    return hashlib.sha256(canonical(whole).encode()).hexdigest()


def sealed(heads: Iterable[str], last: Link, sealed_at: datetime) -> Iterator[Seal]:
    """The places of further entries, in this order, after the chain's last."""
    for head in heads:
        position = last.position + 1
        seal = Seal(position, last.hash, sealed_at, link(head, position, last.hash, sealed_at))
        yield seal
        last = Link(seal.position, seal.hash)


def line(entry: Entry) -> str:
    """An entry as a line of a file."""
    seal = entry.seal
    whole = {
        "head": json.loads(entry.head),
        "payload": None if entry.payload is None else json.loads(entry.payload),
        "salt": entry.salt,
        "position": seal.position if seal else None,
        "previous": seal.previous if seal else None,
        "sealed_at": to_jsonable_python(seal.sealed_at) if seal else None,
        "hash": seal.hash if seal else None,
        "misfiled": entry.misfiled,
    }
    return canonical(whole) + "\n"


def first_line(told: Iterable[Link]) -> str:
    """The line that begins a file: what was told outside, as the service remembers it."""
    return canonical({"told": [str(each) for each in told]}) + "\n"


def last_line(end: Link, unsealed: int) -> str:
    """The line that ends a file, so that one cut off shows."""
    whole = {"end": str(end), "unsealed": unsealed}
    return canonical(whole) + "\n"


def read_line(text: str) -> Entry:
    """The entry that a line of a file states.

    Raises:
        NotCanonical: the line is no entry, or not written as `line` writes it.
    """
    if not text.endswith("\n"):
        raise NotCanonical("the line is cut off")
    whole = read_canonical(text[:-1])
    try:
        seal = (
            Seal(
                whole["position"],
                whole["previous"],
                datetime.fromisoformat(whole["sealed_at"]),
                whole["hash"],
            )
            if whole["position"] is not None
            else None
        )
        payload = None if whole["payload"] is None else canonical(whole["payload"])
        entry = Entry(canonical(whole["head"]), payload, whole["salt"], seal, whole["misfiled"])
        same = line(entry) == text
    except (KeyError, TypeError, ValueError):
        raise NotCanonical("is no entry of a chain") from None
    if not same:
        raise NotCanonical("is no entry of a chain")
    return entry
