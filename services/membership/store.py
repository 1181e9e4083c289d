"""Membership's tables and queries: applications and the register."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Date, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.membership.domain import Address, Application, Contact, Member


class Base(DeclarativeBase):
    """Membership's own tables."""


class ApplicationRow(Base):
    __tablename__ = "applications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    ags: Mapped[str | None] = mapped_column(String(8))
    address: Mapped[dict[str, str]] = mapped_column(JSON)
    contacts: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    shares: Mapped[int]
    declared_on: Mapped[date] = mapped_column(Date)


class MemberRow(Base):
    __tablename__ = "members"

    number: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    ags: Mapped[str | None] = mapped_column(String(8), unique=True)
    address: Mapped[dict[str, str]] = mapped_column(JSON)
    contacts: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    shares: Mapped[int]
    joined_on: Mapped[date] = mapped_column(Date)
    leaves_on: Mapped[date | None] = mapped_column(Date, index=True)
    has_left: Mapped[bool]


async def application(session: AsyncSession, id: UUID) -> Application | None:  # noqa: A002
    """An application that waits for a decision."""
    row = await session.get(ApplicationRow, id)
    if row is None:
        return None
    return Application(
        id=row.id,
        name=row.name,
        kind=row.kind,
        ags=row.ags,
        address=Address(**row.address),
        contacts=tuple(Contact(**contact) for contact in row.contacts),
        shares=row.shares,
        declared_on=row.declared_on,
    )


async def save_application(session: AsyncSession, application: Application) -> None:
    """Keep an application until it is decided."""
    await session.merge(ApplicationRow(**_columns(application)))


async def delete_application(session: AsyncSession, id: UUID) -> None:  # noqa: A002
    """Forget an application and all its data."""
    await session.delete(await session.get_one(ApplicationRow, id))


async def member(session: AsyncSession, number: str) -> Member | None:
    """A member, present or former; locked until the transaction ends."""
    row = await session.get(MemberRow, number, with_for_update=True)
    return None if row is None else _member(row)


async def save_member(session: AsyncSession, member: Member) -> None:
    """Enter a member in the register, or its new state."""
    await session.merge(MemberRow(**_columns(member)))


async def numbers(session: AsyncSession) -> set[str]:
    """All numbers ever given."""
    return set(await session.scalars(select(MemberRow.number)))


async def number_with_ags(session: AsyncSession, ags: str) -> str | None:
    """The member that has this AGS."""
    found: str | None = await session.scalar(select(MemberRow.number).where(MemberRow.ags == ags))
    return found


async def leaving_before(session: AsyncSession, today: date) -> list[Member]:
    """Members whose last day is over but whose end is not recorded yet, locked for this caller."""
    rows = await session.scalars(
        select(MemberRow)
        .where(MemberRow.leaves_on < today, MemberRow.has_left.is_(False))
        .order_by(MemberRow.number)
        .with_for_update(skip_locked=True)
    )
    return [_member(row) for row in rows]


async def show_member(session: AsyncSession, number: str) -> dict[str, Any] | None:
    """A member's state for people."""
    found = await member(session, number)
    return asdict(found) if found else None


def _columns(state: Application | Member) -> dict[str, Any]:
    return {**asdict(state), "contacts": [asdict(contact) for contact in state.contacts]}


def _member(row: Any) -> Member:
    return Member(
        number=row.number,
        name=row.name,
        kind=row.kind,
        ags=row.ags,
        address=Address(**row.address),
        contacts=tuple(Contact(**contact) for contact in row.contacts),
        shares=row.shares,
        joined_on=row.joined_on,
        leaves_on=row.leaves_on,
        has_left=row.has_left,
    )
