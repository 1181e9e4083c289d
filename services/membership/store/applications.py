"""Applications until they are decided, and what is left of those refused."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.membership.domain.joining import Application, Erasure, Refusal, Step, Transfer
from services.membership.domain.people import Address, Contact, LegalPerson
from services.membership.store.tables import ApplicationRow, ErasureRow


async def application(session: AsyncSession, id: UUID) -> Application | None:  # noqa: A002
    """An application that waits for a decision, or for its refusal to be told; locked."""
    row = await session.get(ApplicationRow, id, with_for_update=True)
    return None if row is None else _application(row)


async def refused_by(session: AsyncSession, message: UUID) -> Application | None:
    """The application whose refusal was told by a message; locked."""
    row = await session.scalar(
        select(ApplicationRow).where(ApplicationRow.refused_by == message).with_for_update()
    )
    return None if row is None else _application(row)


async def refused_until(session: AsyncSession, day: date) -> list[Application]:
    """Applications whose refusal was recorded on that day or before, locked for this caller."""
    rows = await session.scalars(
        select(ApplicationRow)
        .where(ApplicationRow.refusal_recorded_on <= day)
        .order_by(ApplicationRow.id)
        .with_for_update(skip_locked=True)
    )
    return [_application(row) for row in rows]


async def save_application(session: AsyncSession, application: Application) -> None:
    """Keep an application."""
    person = asdict(application.person)
    refusal = application.refusal
    await session.merge(
        ApplicationRow(
            id=application.id,
            **person,
            contacts=[asdict(contact) for contact in application.contacts],
            shares=application.shares,
            steps=[_plain(step) for step in application.steps],
            ends_on=application.ends_on,
            transfer=_plain(application.transfer) if application.transfer else None,
            refused_on=refusal.decided_on if refusal else None,
            refusal_recorded_on=refusal.recorded_on if refusal else None,
            refused_by=refusal.message if refusal else None,
            messages=[str(message) for message in application.messages],
        )
    )
    await session.flush()


async def delete_application(session: AsyncSession, id: UUID) -> None:  # noqa: A002
    """Forget an application and all its data."""
    await session.delete(await session.get_one(ApplicationRow, id))


async def save_erasure(session: AsyncSession, erasure: Erasure, at: datetime) -> None:
    """Keep what shows that an applicant's data was deleted."""
    values = {**asdict(erasure), "messages": [str(message) for message in erasure.messages]}
    session.add(ErasureRow(**values, erased_at=at, mails=None))


async def erasure_of(session: AsyncSession, application_id: UUID) -> ErasureRow | None:
    """What shows the deletion; to note what others deleted."""
    return await session.get(ErasureRow, application_id, with_for_update=True)


def _plain(state: Step | Transfer) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(state).items()
    }


def _application(row: ApplicationRow) -> Application:
    transfer = row.transfer
    return Application(
        id=row.id,
        person=LegalPerson(row.name, row.kind, row.ags, row.leitweg_id, Address(**row.address)),
        contacts=tuple(Contact(**contact) for contact in row.contacts),
        shares=row.shares,
        steps=tuple(
            Step(each["step"], date.fromisoformat(each["taken_on"]), each["document"])
            for each in row.steps
        ),
        ends_on=row.ends_on,
        transfer=Transfer(
            transfer["giver"],
            transfer["shares"],
            date.fromisoformat(transfer["declared_on"]),
            transfer["document"],
        )
        if transfer
        else None,
        refusal=Refusal(row.refused_on, row.refusal_recorded_on, row.refused_by)
        if row.refused_on and row.refusal_recorded_on and row.refused_by
        else None,
        messages=tuple(map(UUID, row.messages)),
    )
