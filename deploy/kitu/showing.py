"""What the services know: one member, demand, round, order, contract, bundle, year or mail."""

import os
from typing import Any

import httpx

from deploy.kitu.failure import MISUSED, UNREACHABLE, Failure

KEEPERS = {
    "member": "membership",
    "application": "membership",
    "erasure": "membership",
    "register": "membership",
    "votes": "membership",
    "demand": "demand",
    "round": "procurement",
    "order": "procurement",
    "contract": "procurement",
    "bundle": "procurement",
    "tender": "procurement",
    "ledger": "procurement",
    "subscription": "procurement",
    "pilot": "procurement",
    "mail": "notifications",
}
"""Which service is asked for what."""

ADDRESSES = {
    "membership": "http://127.0.0.1:8801",
    "demand": "http://127.0.0.1:8802",
    "procurement": "http://127.0.0.1:8803",
    "notifications": "http://127.0.0.1:8804",
}


def address(service: str) -> str:
    """Where a service answers: `KITU_<SERVICE>_HTTP`, else its port on this machine."""
    return os.environ.get(f"KITU_{service.upper()}_HTTP", ADDRESSES[service]).rstrip("/")


def state(kind: str, key: str) -> Any:
    """One thing's state as its service tells it.

    Raises:
        Failure: there is no such kind or thing, or the service cannot be reached.
    """
    if kind not in KEEPERS:
        raise Failure(f"cannot show {kind!r}; known are {', '.join(KEEPERS)}", MISUSED)
    service = KEEPERS[kind]
    try:
        answer = httpx.get(f"{address(service)}/show", params={"kind": kind, "id": key}, timeout=10)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise Failure(
            f"cannot reach {service} at {address(service)}: {reason}", UNREACHABLE
        ) from None
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise Failure(f"{service} knows no {kind} {key}")
    if answer.is_error:
        raise Failure(f"{service} answered {answer.status_code}: {answer.text[:200]}")
    return answer.json()
