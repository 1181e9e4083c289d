"""Messages and databases with ordinary values, so that a test names only what matters."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete

import services
from shared import events
from shared.database import Database, deciding
from shared.database.tables import outbox
from shared.database.transactions import CURRENT
from shared.events import CATALOGUE, Event, Incoming, envelope
from shared.messaging.gate import Arrival
from shared.messaging.receiving import EVENT, Policy, Receiver
from shared.messaging.topology import EVENTS, INCOMING
from shared.rules import Rules, load

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
OPERATORS = frozenset({"operator"})
AT_ONCE = Policy(pauses=(0, 0, 0), away=0.05, delays=(10, 60))
"""As many tries as for real, without the pauses between them."""
ENDS_OF_DAYS = [
    (date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC)),
    (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
    (date(2026, 10, 24), datetime(2026, 10, 24, 22, tzinfo=UTC)),
    (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
]
"""Days before and on which clocks change in Germany, and the moment when each is over there."""


@dataclass
class Clock:
    """The moment it is; a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Said:
    """A message as it waits in the outbox."""

    exchange: str
    type: str
    party: str
    data: dict[str, Any]
    whole: dict[str, Any]
    headers: dict[str, Any]


def rules_of(service: str) -> Rules:
    """A service's dated rules as they are packaged; none where it has none."""
    file = Path(services.__file__).parent / service / "rules.toml"
    return load(file) if file.exists() else Rules(())


def an_id(number: int) -> UUID:
    """A UUID that a reader of a failure recognises."""
    return UUID(int=0x0190163D_0000_7000_8000_000000000000 + number)


def an_event(type_: str, **other: Any) -> Event:
    """The catalogue's example of a type, with other values on the wire."""
    model = CATALOGUE[type_]
    return model.model_validate_json(json.dumps({**model.example, **other}))


def an_envelope(type_: str, party: str | None = None, **other: Any) -> dict[str, Any]:
    """A whole message of a type with its example, as JSON; `other` replaces attributes."""
    model = CATALOGUE[type_]
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": publisher(model),
        "type": type_,
        "time": "2026-02-03T08:15:00Z",
        "party": party or usual_party(model, model.example),
        "datacontenttype": "application/json",
        "data": model.example,
    } | other


def an_arrival(whole: Mapping[str, Any] | bytes, **other: Any) -> Arrival:
    """A message as the broker hands it over, published the way its type usually is."""
    values: dict[str, Any] = {"headers": {}}
    if isinstance(whole, bytes):
        values |= {"exchange": INCOMING, "routing_key": "demand.submitted.v1.10002"}
        values |= {"user": "member-10002", "body": whole}
    else:
        outside = issubclass(CATALOGUE.get(whole["type"], Incoming), Incoming)
        values |= {
            "exchange": INCOMING if outside else EVENTS,
            "routing_key": f"{whole['type']}.{whole['party']}",
            "user": speaker(whole["party"]) if outside else whole["source"],
            "body": json.dumps(whole).encode(),
        }
    return Arrival(**values | other)


def usual_party(model: type[Event], data: Mapping[str, Any]) -> str:
    """The party that such a message comes from or concerns."""
    if issubclass(model, Incoming) and "member" not in model.senders:
        return min(model.senders)
    return str(data.get("member", "coop"))


def publisher(model: type[Event]) -> str:
    """The source of such a message: its service, or a system outside."""
    name = events.publisher(model)
    return "demand" if name == events.ANY_SERVICE else name


def speaker(party: str) -> str:
    """The broker user that speaks for a party."""
    return {"kid": "kid", "coop": "board"}.get(party, f"member-{party}")


async def deliver(
    database: Database,
    event: Event,
    *,
    party: str | None = None,
    user: str | None = None,
    sequence: int | None = None,
    id: UUID | None = None,  # noqa: A002
) -> list[Said]:
    """Give a service a message by its whole way but the broker; returns what it says then."""
    outside = isinstance(event, Incoming)
    data = json.loads(event.model_dump_json())
    sealed = envelope(
        event,
        id=id or uuid4(),
        source=publisher(type(event)),
        time=database.clock(),
        party=party or usual_party(type(event), data),
        sequence=sequence,
    )
    arrival = Arrival(
        exchange=INCOMING if outside else EVENTS,
        routing_key=sealed.routing_key,
        user=user or (speaker(sealed.party) if outside else sealed.source),
        headers={},
        body=sealed.model_dump_json(exclude_none=True).encode(),
    )
    await receive(database, arrival)
    return await said(database)


async def receive(database: Database, arrival: Arrival, policy: Policy = AT_ONCE) -> None:
    """Give a service a message as the broker would hand it over."""
    functions = importlib.import_module(f"services.{database.service}.handlers").handles.functions

    async def handle() -> None:
        await functions[EVENT.get().type](EVENT.get(), CURRENT.get())

    await Receiver(database, OPERATORS, policy).receive(arrival, handle)


async def said(database: Database) -> list[Said]:
    """What was put into the outbox since the last look, in order."""
    async with database.engine.begin() as connection:
        rows = (await connection.execute(delete(outbox).returning(*outbox.c))).all()
    return [_said(row) for row in sorted(rows, key=lambda row: row.position)]


async def decided(database: Database, kind: str | None = None) -> list[dict[str, Any]]:
    """What is on record, in order: head, inputs and result of each decision in one."""
    async with database.transaction() as tx:
        kept = [each async for each in deciding.entries(tx.session)]
    found = [json.loads(each.head) | json.loads(each.payload or "{}") for each in kept]
    return [each for each in found if kind in (None, each["kind"])]


def _said(row: Any) -> Said:
    event = row.exchange == EVENTS
    whole = json.loads(row.body) if event else {}
    return Said(
        exchange=row.exchange,
        type=whole.get("type", row.properties["type"]),
        party=whole.get("party", ""),
        data=whole.get("data", {}),
        whole=whole,
        headers=row.headers,
    )


def only(spoken: list[Said], type_: str) -> Said:
    """The one message of a type among what was said."""
    (found,) = [each for each in spoken if each.type == type_]
    return found


def rules(spoken: list[Said]) -> dict[str, str]:
    """What the one rejection among what was said names: each field with its broken rule."""
    (found,) = [each for each in spoken if each.type.endswith(".rejected.v1")]
    return {reason["field"]: reason["rule"] for reason in found.data["reasons"]}
