"""Mails: made once, sent by whoever claims them, kept with every recipient's state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from services.notifications.domain import Mail, Recipient, State, resumed
from services.notifications.store.tables import MailRow, OccasionRow, RecipientRow


async def add_mail(session: AsyncSession, mail: Mail, content: bytes | None) -> None:
    """Keep a new mail; its content never changes."""
    session.add(
        MailRow(
            id=mail.id,
            kind=mail.kind,
            version=mail.version,
            party=mail.party,
            caused_by=mail.caused_by,
            correlation=mail.correlation,
            state=mail.state,
            tries=mail.tries,
            created_at=mail.created_at,
            next_try_at=mail.next_try_at,
            finished_at=mail.created_at if mail.finished else None,
            content=content,
        )
    )
    await session.flush()
    _add_recipients(session, mail)


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
        mail = await _mail(session, row)
        if mail.state is State.SENDING:
            mail = resumed(mail, now)
            await _save_recipients(session, mail)
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
        .values(
            state=mail.state,
            tries=mail.tries,
            next_try_at=mail.next_try_at,
            finished_at=now if mail.finished else None,
        )
    )
    if isinstance(result, CursorResult) and result.rowcount == 0:
        return False
    await _save_recipients(session, mail)
    return True


async def mail(session: AsyncSession, id: UUID) -> Mail | None:  # noqa: A002
    """A mail by its id."""
    row = await session.get(MailRow, id)
    return None if row is None else await _mail(session, row)


async def erase_content(session: AsyncSession, id: UUID) -> None:  # noqa: A002
    """Forget what a mail said and to whom; that there was one stays."""
    await session.execute(update(MailRow).where(MailRow.id == id).values(content=None))
    await session.execute(
        update(RecipientRow).where(RecipientRow.mail_id == id).values(address="", name="")
    )


async def erase_before(session: AsyncSession, moment: datetime) -> int:
    """Forget the content of mails that were finished before; returns how many."""
    old = select(MailRow.id).where(MailRow.finished_at < moment, MailRow.content.is_not(None))
    ids = list(await session.scalars(old.limit(100)))
    for id_ in ids:
        await erase_content(session, id_)
    await session.execute(
        delete(OccasionRow).where(OccasionRow.mail_id.is_(None), OccasionRow.known_at < moment)
    )
    return len(ids)


async def show_mail(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A mail's state by its id, or the mails of a party, newest first; for people."""
    try:
        found = await session.get(MailRow, UUID(key))
    except ValueError:
        rows = await session.scalars(
            select(MailRow).where(MailRow.party == key).order_by(MailRow.created_at.desc())
        )
        mails = [await _shown(session, row) for row in rows]
        return {"party": key, "mails": mails} if mails else None
    return None if found is None else await _shown(session, found)


async def _shown(session: AsyncSession, row: MailRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "party": row.party,
        "state": row.state,
        "caused_by": row.caused_by,
        "tries": row.tries,
        "created_at": row.created_at,
        "next_try_at": row.next_try_at,
        "recipients": [
            {"address": one.address, "role": one.role, "state": one.state, "reply": one.reply}
            for one in await _recipient_rows(session, row.id)
        ],
    }


async def _recipient_rows(session: AsyncSession, mail_id: UUID) -> Sequence[RecipientRow]:
    rows = await session.scalars(
        select(RecipientRow).where(RecipientRow.mail_id == mail_id).order_by(RecipientRow.position)
    )
    return rows.all()


async def _save_recipients(session: AsyncSession, mail: Mail) -> None:
    for row, recipient in zip(
        await _recipient_rows(session, mail.id), mail.recipients, strict=True
    ):
        row.state, row.reply = recipient.state, recipient.reply[:600]


def _add_recipients(session: AsyncSession, mail: Mail) -> None:
    session.add_all(
        RecipientRow(
            mail_id=mail.id,
            position=position,
            address=recipient.address,
            name=recipient.name,
            role=recipient.role,
            state=recipient.state,
            reply=recipient.reply,
        )
        for position, recipient in enumerate(mail.recipients)
    )


async def _mail(session: AsyncSession, row: MailRow) -> Mail:
    recipients = tuple(
        Recipient(one.address, one.role, one.name, State(one.state), one.reply)
        for one in await _recipient_rows(session, row.id)
    )
    return Mail(
        id=row.id,
        kind=row.kind,
        version=row.version,
        party=row.party,
        caused_by=row.caused_by,
        correlation=row.correlation,
        created_at=row.created_at,
        recipients=recipients,
        state=State(row.state),
        tries=row.tries,
        next_try_at=row.next_try_at,
    )
