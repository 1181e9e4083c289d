"""Exchanges, queues, policies and users: the one place they are told, for every broker.

`declare` makes a service's own queue over AMQP at its start; `definitions` is the whole for a
broker's administrator (`kitu broker definitions`), with users and least rights.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from aio_pika.abc import AbstractChannel

from shared.events import ANY_SERVICE, CATALOGUE, Event, Incoming, publisher

INCOMING = "cooperative.incoming"
EVENTS = "cooperative.events"
DEAD_LETTERS = "cooperative.dead-letters"
UNROUTED = "cooperative.unrouted"
JOURNAL = "cooperative.journal"
SERVICES = ("membership", "demand", "procurement", "notifications")

QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}
INBOX: dict[str, Any] = {**QUORUM, "x-single-active-consumer": True}
STREAM: dict[str, Any] = {"x-queue-type": "stream"}
PUBLIC = ("round.opened.v1.coop", "round.closed.v1.coop", "catalogue.published.v1.coop")
"""What every party may hear beside the answers to it."""
BESIDE = {
    "board": ("member.*.*.*", "tender.*.*.*"),
    "kid": (
        *("order.confirmed.*.*", "order.refused.*.*", "delivery.recorded.*.*"),
        *("demand.question_asked.*.*", "demand.proposal_made.*.*"),
        *("subscription.changed.*.*", "pilot.opened.*.*"),
    ),
}
"""What the board's and KID's systems hear though it concerns another: what became of their own
messages. A member's system hears of no other member."""


def inbox_queue(reader: str) -> str:
    """The one queue a service reads, so that order across types holds."""
    return f"{reader}.inbox"


def answers_queue(user: str) -> str:
    """The queue in which an outside system finds the answers to its party."""
    return f"{user}.answers"


def nouns_from_outside(types: Iterable[type[Event]]) -> set[str]:
    """What the messages from outside among these types are about."""
    return {cls.type.partition(".")[0] for cls in types if issubclass(cls, Incoming)}


def bindings(types: Iterable[type[Event]]) -> list[tuple[str, str]]:
    """(exchange, pattern) for a reader of these types.

    From outside it takes everything of the nouns it knows, so that an unknown fact or version
    is answered and not lost.
    """
    known = list(types)
    inside = {cls.type for cls in known if not issubclass(cls, Incoming)}
    return [(INCOMING, f"{noun}.#") for noun in sorted(nouns_from_outside(known))] + [
        (EVENTS, f"{name}.*") for name in sorted(inside)
    ]


async def declare(channel: AbstractChannel, reader: str, types: Iterable[type[Event]]) -> None:
    """Make the reader's inbox with its bindings, as in `definitions`, so that a new version of a
    service finds what it reads. What all share is the administrator's to make.

    Raises:
        ChannelNotFoundEntity: the broker lacks an exchange; its definitions were not loaded.
    """
    for shared in (DEAD_LETTERS, UNROUTED):
        await channel.get_exchange(shared)
    incoming, events = await channel.get_exchange(INCOMING), await channel.get_exchange(EVENTS)
    queue = await channel.declare_queue(inbox_queue(reader), durable=True, arguments=INBOX)
    for exchange, pattern in bindings(types):
        await queue.bind({INCOMING: incoming, EVENTS: events}[exchange], pattern)


def definitions(
    readers: Mapping[str, Iterable[type[Event]]], passwords: Mapping[str, str], vhost: str = "/"
) -> dict[str, Any]:
    """A broker's whole definitions, to import into RabbitMQ 3.10 and newer.

    Args:
        readers: the types each service reads.
        passwords: a password for each broker user: the services, `kid`, `board`, `operator`,
            `member-<number>`. Only salted hashes of them stand in the result.
    """
    systems = [user for user in passwords if user not in {*SERVICES, "operator"}]
    queues = [_queue(DEAD_LETTERS, vhost, QUORUM), _queue(JOURNAL, vhost, STREAM)]
    queues += [_queue(inbox_queue(reader), vhost, INBOX) for reader in readers]
    queues += [_queue(answers_queue(user), vhost, QUORUM) for user in systems]
    binds = [
        _binding(DEAD_LETTERS, "#", DEAD_LETTERS, vhost),
        _binding(UNROUTED, "", DEAD_LETTERS, vhost),
        *(_binding(EVENTS, pattern, JOURNAL, vhost) for pattern in journal_patterns()),
    ]
    for reader, types in readers.items():
        binds += [
            _binding(exchange, pattern, inbox_queue(reader), vhost)
            for exchange, pattern in bindings(types)
        ]
    for user in systems:
        binds += [
            _binding(EVENTS, pattern, answers_queue(user), vhost)
            for pattern in {f"*.*.*.{party(user)}", *PUBLIC, *BESIDE.get(user, ())}
        ]
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(name, password) for name, password in passwords.items()],
        "permissions": [_permission(user, vhost) for user in passwords],
        "topic_permissions": [
            entry for user in passwords for entry in _topic_permissions(user, vhost)
        ],
        "exchanges": [
            _exchange(INCOMING, "topic", vhost, {"alternate-exchange": UNROUTED}),
            _exchange(EVENTS, "topic", vhost, {}),
            _exchange(DEAD_LETTERS, "topic", vhost, {}),
            _exchange(UNROUTED, "fanout", vhost, {}),
        ],
        "queues": queues,
        "bindings": sorted(binds, key=lambda b: (b["source"], b["destination"], b["routing_key"])),
        "policies": _policies(vhost),
    }


def journal_patterns() -> list[str]:
    """What the journal is bound to: every noun, but of those of which some data must be deleted
    soon only the other facts."""
    kept: dict[str, dict[str, bool]] = {}
    for cls in CATALOGUE.values():
        if not issubclass(cls, Incoming):
            kept.setdefault(cls.type.partition(".")[0], {})[cls.type] = cls.in_journal
    return [
        pattern
        for noun, types in sorted(kept.items())
        for pattern in (
            [f"{noun}.#"] if all(types.values()) else [f"{t}.*" for t in types if types[t]]
        )
    ]


def party(user: str) -> str:
    """The party of an outside system's broker user."""
    return {"kid": "kid", "board": "coop"}.get(user) or user.removeprefix("member-")


def _policies(vhost: str) -> list[dict[str, Any]]:
    """Limits. Each queue needs a delivery limit of its own: without one, 3.10 brings back for ever
    a message that kills its reader, and 4.x drops what was merely looked at 20 times. Restarts
    count as deliveries, so the inboxes' is generous. At-least-once dead lettering needs
    reject-publish."""
    dead_lettered = {
        "dead-letter-exchange": DEAD_LETTERS,
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    }
    return [
        _policy("inboxes", r"^[a-z]+\.inbox$", vhost, {**dead_lettered, "delivery-limit": 200}),
        _policy(
            "answers",
            r"^(kid|board|member-[0-9]{5})\.answers$",
            vhost,
            {
                "max-length": 100_000,
                "overflow": "drop-head",
                "message-ttl": 30 * 24 * 3600 * 1000,
                "delivery-limit": 1_000_000,
            },
        ),
        _policy(
            "dead-letters", f"^{re.escape(DEAD_LETTERS)}$", vhost, {"delivery-limit": 1_000_000}
        ),
        _policy("journal", f"^{re.escape(JOURNAL)}$", vhost, {"max-age": "90D"}),
    ]


def _permission(user: str, vhost: str) -> dict[str, Any]:
    """Least rights: who is not a service may not even see another's queue."""
    rights = {"configure": "^$", "write": f"^{re.escape(INCOMING)}$"}
    rights["read"] = f"^{re.escape(answers_queue(user))}$"
    if user in SERVICES:
        own, incoming, events, letters = map(
            re.escape, (inbox_queue(user), INCOMING, EVENTS, DEAD_LETTERS)
        )
        rights = {
            "configure": f"^{own}$",
            "write": f"^({own}|{events}|{letters})$",
            "read": f"^({own}|{incoming}|{events})$",
        }
    if user == "operator":
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
    return {"user": user, "vhost": vhost, **rights}


def _topic_permissions(user: str, vhost: str) -> list[dict[str, Any]]:
    """Which keys a user may write. `\\z`, for `$` would let a final newline pass."""
    if user == "operator":
        return []
    if user in SERVICES:
        facts = sorted(
            cls.type for cls in CATALOGUE.values() if publisher(cls) in {user, ANY_SERVICE}
        )
        own = "|".join(re.escape(fact) for fact in facts)
        return [
            _topic(user, vhost, EVENTS, rf"^({own})\.(kid|coop|[1-9][0-9]{{4}})\z"),
            _topic(user, vhost, INCOMING, "^$"),
        ]
    kind = "member" if user.startswith("member-") else party(user)
    nouns = sorted(
        {
            cls.type.rpartition(".")[0]
            for cls in CATALOGUE.values()
            if issubclass(cls, Incoming) and kind in cls.senders
        }
    )
    own = "|".join(re.escape(noun) for noun in nouns)
    return [
        _topic(user, vhost, INCOMING, rf"^({own})\.v[0-9]{{1,2}}\.{party(user)}\z"),
        _topic(user, vhost, EVENTS, "^$"),
    ]


def _topic(user: str, vhost: str, exchange: str, write: str) -> dict[str, Any]:
    return {"user": user, "vhost": vhost, "exchange": exchange, "write": write, "read": ".*"}


def _user(name: str, password: str) -> dict[str, Any]:
    salt = os.urandom(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "administrator" if name == "operator" else "",
    }


def _exchange(name: str, kind: str, vhost: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": arguments,
    }


def _queue(name: str, vhost: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "durable": True,
        "auto_delete": False,
        "arguments": arguments,
    }


def _binding(source: str, pattern: str, queue: str, vhost: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": pattern,
        "arguments": {},
    }


def _policy(name: str, pattern: str, vhost: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "pattern": pattern,
        "apply-to": "queues",
        "priority": 1,
        "definition": definition,
    }
