"""The decision record in the database: decisions kept, sealed, anchored, erased and read."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from shared.calendar import BERLIN, local_date
from shared.database.dialects import insert
from shared.database.tables import anchors, decisions
from shared.decisions import Basis, Decision, chain
from shared.decisions.chain import START, Entry, Link, Seal

BATCH = 500
SEAL = ("position", "previous", "hash", "sealed_at")
FILED_BY = ("id", "kind", "subject", "concerns")
DATA_PROTECTION = Basis("erasure", "Art. 17 (1) DSGVO; § 15 GenG")


async def keep(
    session: AsyncSession, decided: Sequence[Decision], circumstances: Mapping[str, Any]
) -> None:
    """Put decisions on record, not yet sealed."""
    rows = []
    for decision in decided:
        id_ = str(uuid7())
        entry = chain.written(decision, {"id": id_, **circumstances})
        rows.append(
            {
                "id": id_,
                "kind": decision.kind,
                "subject": decision.subject,
                "concerns": decision.concerns,
                "head": entry.head,
                "payload": entry.payload,
                "salt": entry.salt,
            }
        )
    await session.execute(decisions.insert(), rows)


async def seal(session: AsyncSession, now: datetime) -> int:
    """Give the oldest decisions without a place theirs in the chain; returns how many.

    The caller is alone at it. Decisions on one subject are committed one after the other, so that
    their numbers are in order; between subjects no order is promised.
    """
    waiting = await session.execute(
        select(decisions.c.number, decisions.c.head)
        .where(decisions.c.position.is_(None))
        .order_by(decisions.c.number)
        .limit(BATCH)
    )
    rows = waiting.all()
    if rows:
        seals = chain.sealed([row.head for row in rows], await end(session), now)
        await session.execute(
            update(decisions)
            .where(decisions.c.number == bindparam("row"))
            .values({name: bindparam(name) for name in SEAL}),
            [
                {"row": row.number, **{name: getattr(each, name) for name in SEAL}}
                for row, each in zip(rows, seals, strict=True)
            ],
        )
    return len(rows)


async def has_unsealed(session: AsyncSession) -> bool:
    """Whether a decision waits for its place."""
    waiting = select(decisions.c.number).where(decisions.c.position.is_(None)).limit(1)
    return (await session.execute(waiting)).first() is not None


async def end(session: AsyncSession, before: datetime | None = None) -> Link:
    """The chain's last entry, or the last sealed before a moment."""
    statement = select(decisions.c.position, decisions.c.hash)
    if before is None:
        statement = statement.where(decisions.c.position.is_not(None))
    else:
        statement = statement.where(decisions.c.sealed_at < before)
        statement = statement.order_by(decisions.c.sealed_at.desc())
    row = (await session.execute(statement.order_by(decisions.c.position.desc()).limit(1))).first()
    return Link(row.position, row.hash) if row else START


async def anchor(session: AsyncSession, now: datetime) -> Link | None:
    """Keep the chain's end of yesterday as told outside, where it grew and nobody told it yet."""
    today = local_date(now)
    last = await session.execute(select(anchors).order_by(anchors.c.day.desc()).limit(1))
    known = last.first()
    if known and known.day >= today - timedelta(days=1):
        return None
    found = await end(session, datetime.combine(today, time(), BERLIN))
    if found.position <= (known.position if known else 0):
        return None
    statement = insert(session.get_bind().dialect.name, anchors).values(
        day=today - timedelta(days=1), position=found.position, hash=found.hash
    )
    kept = await session.execute(statement.on_conflict_do_nothing().returning(anchors.c.day))
    return found if kept.first() else None


async def told(session: AsyncSession) -> list[Link]:
    """The chain's ends that were told outside, oldest first."""
    rows = await session.execute(select(anchors).order_by(anchors.c.day))
    return [Link(row.position, row.hash) for row in rows]


async def erase(session: AsyncSession, key: str) -> list[str]:
    """Erase the payloads of decisions about a subject or that concern somebody; returns ids."""
    rows = await session.execute(
        update(decisions)
        .where(or_(decisions.c.subject == key, decisions.c.concerns == key))
        .where(decisions.c.payload.is_not(None), decisions.c.kind != chain.ERASURE)
        .values(payload=None, salt=None)
        .returning(decisions.c.id)
    )
    return sorted(rows.scalars())


def erasure(key: str, erased: list[str], reason: str) -> Decision:
    """The decision that puts an erasure on record. It names no more than the key, an id."""
    return Decision(
        chain.ERASURE,
        key,
        "erased",
        rules=(DATA_PROTECTION,),
        inputs={"reason": reason},
        result={"erased": erased},
    )


async def entries(
    session: AsyncSession, *, after: int = 0, subject: str | None = None
) -> AsyncIterator[Entry]:
    """The record in order: what is sealed behind a position, then what is not sealed yet.

    With `subject` only what is about it, or concerns it.
    """
    chosen = select(decisions)
    if subject is not None:
        chosen = chosen.where(or_(decisions.c.subject == subject, decisions.c.concerns == subject))
    ways = ((decisions.c.position, after), (decisions.c.number, 0))
    for column, start in ways:
        is_sealed = column is decisions.c.position
        part = chosen if is_sealed else chosen.where(decisions.c.position.is_(None))
        while rows := await _page(session, part.where(column > start).order_by(column)):
            for row in rows:
                yield _entry(row)
            start = rows[-1].position if is_sealed else rows[-1].number


async def lines(session: AsyncSession, *, after: int = 0, most: int = 2000) -> AsyncIterator[str]:
    """The record as lines of a file, behind a position and at most so many sealed entries.

    The last line comes only where the end was reached; else go on behind the last position.
    """
    if not after:
        yield chain.first_line(await told(session))
    known = await session.execute(select(decisions).where(decisions.c.position == after))
    last = START
    if row := known.first():
        last = Link(row.position, row.hash)
    unsealed = 0
    async for entry in entries(session, after=after):
        if entry.seal and entry.seal.position > after + most:
            return
        yield chain.line(entry)
        if entry.seal:
            last = Link(entry.seal.position, entry.seal.hash)
        else:
            unsealed += 1
    yield chain.last_line(last, unsealed)


async def page(session: AsyncSession, query: Mapping[str, str]) -> AsyncIterator[str]:
    """`?after=N`: the record's lines behind a position; `?subject=S`: all about one subject."""
    if subject := query.get("subject"):
        async for entry in entries(session, subject=subject):
            yield chain.line(entry)
        return
    after = query.get("after", "0")
    async for line in lines(session, after=int(after) if after.isdecimal() else 0):
        yield line


async def _page(session: AsyncSession, statement: Select[Any]) -> list[Row[Any]]:
    return list(await session.execute(statement.limit(BATCH)))


def _entry(row: Row[Any]) -> Entry:
    seal = None
    if row.position is not None:
        seal = Seal(row.position, row.previous, row.sealed_at, row.hash)
    head = json.loads(row.head)
    misfiled = any(head.get(name) != getattr(row, name) for name in FILED_BY)
    return Entry(row.head, row.payload, row.salt, seal, misfiled)
