"""What others tell notifications, and the mails it makes of that."""

import asyncio
import itertools
import json
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from services.notifications.domain import Collecting, Office
from services.notifications.handlers import Habits, due, handles
from services.notifications.store.tables import MailRow
from shared.database import Database
from shared.database.tables import outbox
from shared.events import CATALOGUE, Event, Header

HABITS = Habits(
    office=Office(),
    collecting=Collecting(timedelta(seconds=60), timedelta(seconds=600)),
    remind_before=timedelta(days=3),
    keep=timedelta(days=90),
)
_sequence = itertools.count(1)


@dataclass(frozen=True)
class Made:
    """A mail that was made."""

    id: UUID
    kind: str
    party: str
    state: str
    to: list[str]
    raw: bytes
    message: EmailMessage


async def hear(
    database: Database,
    type_: str,
    party: str = "10002",
    cause: UUID | None = None,
    may_commit: asyncio.Event | None = None,
    sequence: int | None = None,
    **changes: Any,
) -> UUID:
    """Hand a message to its handler as the inbox does: the type's example with these changes.

    Where `may_commit` is given, its transaction stays open until then; without `sequence` it is
    newer than what was heard before.
    """
    example = {**CATALOGUE[type_].example, **changes}
    event = CATALOGUE[type_].model_validate_json(json.dumps(example))
    header = Header(
        id=cause or uuid4(),
        source="tests",
        type=type_,
        time=database.clock(),
        party=party,
        correlationid=uuid4(),
        sequence=next(_sequence) if sequence is None else sequence,
    )
    async with database.transaction(header) as tx:
        await handles.functions[type_](event, tx)
        if may_commit is not None:
            await may_commit.wait()
    return header.id


async def admit(database: Database, number: str = "10002", **changes: Any) -> UUID:
    """A member joins."""
    contact = {"role": "it", "name": "IT-Stelle", "email": f"it@m{number}.example"}
    told = {"contacts": [contact], **changes}
    return await hear(database, "member.admitted.v1", number, member=number, **told)


async def mails(database: Database, kind: str | None = None) -> list[Made]:
    """Make what is due; all mails so far, or those of one kind, in order."""
    await due(database, HABITS)
    async with database.transaction() as tx:
        rows = await tx.session.scalars(
            select(MailRow).order_by(MailRow.created_at).options(undefer(MailRow.content))
        )
        return [
            Made(
                row.id,
                row.kind,
                row.party,
                row.state,
                [recipient["address"] for recipient in row.recipients],
                row.content or b"",
                read(row.content or b""),
            )
            for row in rows
            if kind in {None, row.kind}
        ]


def read(content: bytes) -> EmailMessage:
    """A mail as a receiver's program reads it."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text(made: Made) -> str:
    """What the text part says."""
    part = made.message.get_body(("plain",))
    assert part is not None
    said: str = part.get_content()
    return said


async def said(database: Database) -> list[tuple[str, Event]]:
    """What was said since the last look, in order, with the party it concerns."""
    async with database.engine.begin() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.position))).all()
        await connection.execute(delete(outbox))
    whole = [json.loads(row.body) for row in rows]
    return [
        (each["party"], CATALOGUE[each["type"]].model_validate_json(json.dumps(each["data"])))
        for each in whole
    ]
