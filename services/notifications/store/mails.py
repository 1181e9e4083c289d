"""Mails: made once, sent by whoever claims them, kept with every recipient's state."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from services.notifications.domain import Mail, Recipient, State, forgotten, resumed
from services.notifications.store.tables import MailRow, OccasionRow

Tells = Callable[[str, bytes], bool]
"""Whether a mail to a party, by its content, tells of somebody."""


class MailInHand(Exception):
    """A mail is being sent; what it comes to must be stored first."""


async def add_mail(session: AsyncSession, mail: Mail, content: bytes | None) -> None:
    """Keep a new mail; its content never changes."""
    finished_at = mail.created_at if mail.finished else None
    session.add(MailRow(**_columns(mail), finished_at=finished_at, content=content))


async def claim(
    session: AsyncSession, now: datetime, lease: timedelta, limit: int
) -> list[tuple[Mail, bytes]]:
    """Take mails that are due for sending until `now + lease`; with their content.

    A mail whose sender was given up for dead is due again, with what is known of it.
    """
    rows = await session.scalars(
        select(MailRow)
        .where(MailRow.next_try_at <= now)
        .order_by(MailRow.next_try_at, MailRow.created_at)
        .limit(limit)
        .options(undefer(MailRow.content))
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for row in rows:
        mail = _mail(row)
        if mail.state is State.SENDING:
            mail = resumed(mail, now)
            row.recipients = _columns(mail)["recipients"]
        row.state, row.next_try_at = State.SENDING, now + lease
        claimed.append((mail, row.content or b""))
    return claimed


async def save_try(
    session: AsyncSession, mail: Mail, claimed_until: datetime, now: datetime
) -> bool:
    """Keep what a try came to; False where the claim was lost to another sender meanwhile."""
    result = await session.execute(
        update(MailRow)
        .where(MailRow.id == mail.id, MailRow.next_try_at == claimed_until)
        .values(**_columns(mail), finished_at=now if mail.finished else None)
        .execution_options(synchronize_session=False)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


async def mail(session: AsyncSession, id: UUID, *, lock: bool = False) -> Mail | None:  # noqa: A002
    """A mail by its id, locked for this caller on demand."""
    row = await session.get(MailRow, id, with_for_update=lock or None)
    return None if row is None else _mail(row)


async def save_bounce(session: AsyncSession, mail: Mail) -> None:
    """Keep that a mail, locked before, came back from a recipient."""
    await session.execute(
        update(MailRow)
        .where(MailRow.id == mail.id)
        .values(**_columns(mail))
        .execution_options(synchronize_session=False)
    )


async def erase_content(session: AsyncSession, mail: Mail) -> None:
    """Forget what a mail said and to whom; that there was one stays."""
    nobody = tuple(replace(one, address="", name="") for one in mail.recipients)
    await session.execute(
        update(MailRow)
        .where(MailRow.id == mail.id)
        .values(content=None, recipients=_columns(replace(mail, recipients=nobody))["recipients"])
        .execution_options(synchronize_session=False)
    )


async def erase_caused_by(session: AsyncSession, causes: Sequence[UUID], now: datetime) -> int:
    """Forget what mails of these events said and to whom, and what of them is not told yet.

    A mail not sent yet is not sent any more. Returns how many mails there were.
    """
    rows = list(
        await session.scalars(
            select(MailRow).where(MailRow.caused_by.in_(causes)).with_for_update()
        )
    )
    for row in rows:
        mail = _mail(row)
        if not mail.finished:
            row.state, row.next_try_at, row.finished_at = State.WITHHELD, None, now
            await session.flush()
        await erase_content(session, mail)
    await session.execute(
        delete(OccasionRow).where(OccasionRow.cause.in_(causes), OccasionRow.mail_id.is_(None))
    )
    return len(rows)


async def erase_person(
    session: AsyncSession, parties: Sequence[str], address: str, tells: Tells, now: datetime
) -> int:
    """Forget an address, and what mails to these parties said that were to it or tell of it.

    A mail that others are still to get is forgotten when they have it. Returns how many there
    were.

    Raises:
        MailInHand: one of them is being sent at this moment.
    """
    rows = await session.scalars(
        select(MailRow)
        .where(MailRow.party.in_(parties))
        .options(undefer(MailRow.content))
        .with_for_update()
    )
    erased = 0
    for row in rows:
        mail = _mail(row)
        is_to = any(one.address.casefold() == address.casefold() for one in mail.recipients)
        if not is_to and not (row.content and tells(row.party, row.content)):
            continue
        if mail.being_sent:
            raise MailInHand(str(mail.id))
        erased += 1
        mail = replace(forgotten(mail, address), erase_when_done=True)
        finished_at = row.finished_at or (now if mail.finished else None)
        for name, value in {**_columns(mail), "finished_at": finished_at}.items():
            setattr(row, name, value)
        await session.flush()
        if mail.finished:
            await erase_content(session, mail)
    return erased


async def erase_before(session: AsyncSession, moment: datetime) -> None:
    """Forget the content of mails that were finished before, a hundred at a time."""
    old = select(MailRow).where(MailRow.finished_at < moment, MailRow.content.is_not(None))
    for row in await session.scalars(old.limit(100)):
        await erase_content(session, _mail(row))
    await session.execute(
        delete(OccasionRow).where(OccasionRow.mail_id.is_(None), OccasionRow.known_at < moment)
    )


async def show_mail(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A mail's state by its id, or the mails of a party, newest first; for people."""
    try:
        found = await session.get(MailRow, UUID(key))
    except ValueError:
        rows = await session.scalars(
            select(MailRow).where(MailRow.party == key).order_by(MailRow.created_at.desc())
        )
        mails = [asdict(_mail(row)) for row in rows]
        return {"party": key, "mails": mails} if mails else None
    return None if found is None else asdict(_mail(found))


def _columns(mail: Mail) -> dict[str, Any]:
    """A mail's fields are its columns, with the recipients as JSON."""
    columns = {name: getattr(mail, name) for name in Mail.__dataclass_fields__}
    return columns | {"recipients": [asdict(recipient) for recipient in mail.recipients]}


def _mail(row: MailRow) -> Mail:
    columns = {name: getattr(row, name) for name in Mail.__dataclass_fields__}
    recipients = tuple(
        Recipient(**{**one, "state": State(one["state"])})  # type: ignore[arg-type]
        for one in row.recipients
    )
    return Mail(**columns | {"recipients": recipients, "state": State(row.state)})
