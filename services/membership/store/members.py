"""The register, and members as they are today."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.membership.domain.members import Member, next_day
from services.membership.domain.people import Contact
from services.membership.domain.register import Entry, Fact, Stated
from services.membership.store.tables import EntryRow, MemberRow
from shared.rules import Rules


async def member(session: AsyncSession, number: str) -> Member | None:
    """A member, present or former; locked until the transaction ends."""
    row = await session.get(MemberRow, number, with_for_update=True)
    if row is None:
        return None
    (entries,) = (await pages(session, [number])).values()
    contacts = tuple(map(_contact, row.contacts))
    return Member(row.number, entries, contacts, frozenset(row.told))


async def save_member(session: AsyncSession, member: Member, today: date, rules: Rules) -> None:
    """Add a member's new entries to the register, and keep it as it is today."""
    stored = set(
        await session.scalars(select(EntryRow.number).where(EntryRow.member == member.number))
    )
    session.add_all(_row(entry) for entry in member.entries if entry.number not in stored)
    now = member.on(today)
    await session.merge(
        MemberRow(
            number=member.number,
            name=now.person.name,
            kind=now.person.kind,
            ags=now.person.ags,
            contacts=[
                asdict(one) | {"returned_on": one.returned_on and one.returned_on.isoformat()}
                for one in member.contacts
            ],
            shares=now.shares,
            joined_on=now.joined_on,
            leaves_on=now.leaves_on,
            succeeded_on=now.succeeded_on,
            told=sorted(member.told),
            next_on=next_day(member, today, rules),
        )
    )
    await session.flush()


async def pages(
    session: AsyncSession, of: Iterable[str] | None = None
) -> dict[str, tuple[Entry, ...]]:
    """The register's pages by member number, each in the order of recording; all, or those `of`."""
    query = select(EntryRow).order_by(EntryRow.member, EntryRow.number)
    if of is not None:
        query = query.where(EntryRow.member.in_(list(of)))
    rows = await session.scalars(query)
    return {
        number: tuple(map(_entry, page)) for number, page in groupby(rows, lambda row: row.member)
    }


async def numbers(session: AsyncSession) -> set[str]:
    """All numbers ever given."""
    return set(await session.scalars(select(MemberRow.number)))


async def number_with_ags(session: AsyncSession, ags: str, day: date) -> str | None:
    """The member of a day that has this AGS and goes on to exist."""
    found: str | None = await session.scalar(
        select(MemberRow.number).where(
            MemberRow.ags == ags,
            or_(MemberRow.leaves_on.is_(None), MemberRow.leaves_on >= day),
            MemberRow.succeeded_on.is_(None),
        )
    )
    return found


async def due_members(session: AsyncSession, today: date) -> list[str]:
    """Members for whom something has become due, locked for this caller."""
    rows = await session.scalars(
        select(MemberRow.number)
        .where(MemberRow.next_on <= today)
        .order_by(MemberRow.number)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


def _contact(kept: dict[str, Any]) -> Contact:
    day = kept.get("returned_on")
    return Contact(**kept | {"returned_on": date.fromisoformat(day) if day else None})


def _row(entry: Entry) -> EntryRow:
    return EntryRow(
        member=entry.member,
        number=entry.number,
        fact=entry.fact,
        how=entry.how,
        effective_on=entry.effective_on,
        declared_on=entry.declared_on,
        recorded_at=entry.stated.at,
        message=entry.stated.message,
        document=entry.stated.document,
        person=dict(entry.person),
        shares=entry.shares,
        other=entry.other,
        supersedes=entry.supersedes,
        reason=entry.reason,
    )


def _entry(row: EntryRow) -> Entry:
    return Entry(
        member=row.member,
        number=row.number,
        fact=Fact(row.fact),
        how=row.how,
        effective_on=row.effective_on,
        declared_on=row.declared_on,
        stated=Stated(row.recorded_at, row.message, row.document),
        person=row.person,
        shares=row.shares,
        other=row.other,
        supersedes=row.supersedes,
        reason=row.reason,
    )
