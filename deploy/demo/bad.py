"""Messages that must be refused: what they are, how they are sent, what must become of them."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel
from uuid_utils.compat import uuid7

from deploy.demo.systems import DATA, Systems, drafts
from deploy.kitu import wire
from deploy.kitu.failure import Failure
from deploy.kitu.messages import Message
from shared.events.envelope import CONTENT_TYPE
from shared.events.member import DemandSubmitted
from shared.messaging.topology import DEAD_LETTERS, INCOMING

DEAD_LETTER = "dead letter"
BROKER = "the broker"


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad message. `fault` is the field its rejection must name, `DEAD_LETTER` where no sender
    can be told, `BROKER` where the broker itself must not let it in."""

    title: str
    user: str
    key: str
    fault: str
    body: bytes
    id: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    anonymous: bool = False

    @property
    def party(self) -> str:
        """Who must be told."""
        return self.key.rpartition(".")[2]


def hand_made(good: Message) -> list[Bad]:
    """The messages of `bad.json`, each a good one but for one fault, and a stolen id.

    Args:
        good: a demand of member 10002 that was accepted.
    """
    envelope = json.loads(good.body)
    made = []
    for entry in json.loads((DATA / "bad.json").read_text()):
        message_id = str(uuid7())
        message_type, _, party = entry["key"].rpartition(".")
        header = {**envelope, "id": message_id, "correlationid": message_id}
        header |= {"type": message_type, "party": party, **entry.get("header", {})}
        if isinstance(header.get("padding"), int):
            header["padding"] = "x" * header["padding"]
        own = {"demand_id": str(uuid7()), **entry.get("data", {})}
        header["data"] = entry.get("replace", {**envelope["data"], **own})
        body = entry.get("body", json.dumps(header))
        read_before_refused = entry["field"] not in {"body", "user_id", DEAD_LETTER, BROKER}
        made.append(
            Bad(
                title=entry["title"],
                user=entry["user"],
                key=entry["key"],
                fault=entry["field"],
                body=body.encode(),
                id=message_id if read_before_refused else None,
                headers=entry.get("headers", {}),
                anonymous=entry.get("anonymous", False),
            )
        )
    stolen = {**envelope, "data": {**envelope["data"], "quantity": 99}}
    body = json.dumps(stolen).encode()
    made.append(Bad("an id used before", "member-10002", good.routing_key, "id", body, good.id))
    return made


async def say_hand_made(systems: Systems, bad: Sequence[Bad]) -> list[str]:
    """Publish them; returns the titles of those that the broker itself did not let in."""
    refused = []
    for one in bad:
        who = systems.login(one.user)
        try:
            async with wire.channel_of(who) as channel:
                exchange = await channel.get_exchange(INCOMING, ensure=False)
                message = aio_pika.Message(
                    one.body,
                    content_type=CONTENT_TYPE,
                    timestamp=datetime.now(UTC),
                    user_id=None if one.anonymous else who.user,
                    headers=one.headers,
                )
                await exchange.publish(message, one.key, mandatory=True)
        except Failure:
            refused.append(one.title)
    return refused


async def say_bad_lines(systems: Systems, members: set[str]) -> list[Bad]:
    """Publish `bad.csv` line by line, each as the member it names where there is one."""
    with (DATA / "bad.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    lines = drafts("bad.csv", DemandSubmitted)
    said = []
    for row, draft in zip(told, lines, strict=True):
        member = str(draft.content["member"])
        user = f"member-{member}" if member in members else "operator"
        (message,) = await systems.say(user, [draft])
        title = f"{row['#field']}: {row['#why']}"
        said.append(Bad(title, user, message.routing_key, row["#field"], message.body, message.id))
    return said


async def dead_letters(channel: AbstractChannel) -> list[str]:
    """The keys of what lies among the dead letters; leaves it there."""
    queue = await channel.declare_queue(DEAD_LETTERS, passive=True)
    keys = []
    while message := await queue.get(fail=False):
        original = message.headers.get("kitu-routing-key", message.routing_key)
        keys.append(str(original))
    return keys
