"""The tables of membership."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Date, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Utc


class Base(DeclarativeBase):
    """Membership's own tables."""


class ApplicationRow(Base):
    """An applicant until it is admitted, or until its refusal was told."""

    __tablename__ = "applications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    ags: Mapped[str | None] = mapped_column(String(8))
    leitweg_id: Mapped[str | None] = mapped_column(String(46))
    address: Mapped[dict[str, str]] = mapped_column(JSON)
    contacts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    shares: Mapped[int]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    ends_on: Mapped[date | None] = mapped_column(Date)
    transfer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    refused_on: Mapped[date | None] = mapped_column(Date)
    refusal_recorded_on: Mapped[date | None] = mapped_column(Date, index=True)
    refused_by: Mapped[UUID | None] = mapped_column(index=True, doc="the message of the refusal")
    messages: Mapped[list[str]] = mapped_column(JSON)


class ErasureRow(Base):
    """That a refused applicant's data was deleted; nothing here names anybody."""

    __tablename__ = "erasures"

    application_id: Mapped[UUID] = mapped_column(primary_key=True)
    refused_on: Mapped[date] = mapped_column(Date)
    refusal_sent: Mapped[bool]
    erased_at: Mapped[datetime] = mapped_column(Utc)
    contacts: Mapped[int]
    messages: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    mails: Mapped[int | None] = mapped_column(doc="whose content notifications deleted too")


class EntryRow(Base):
    """An entry of the register; only ever added."""

    __tablename__ = "entries"

    member: Mapped[str] = mapped_column(String(5), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fact: Mapped[str] = mapped_column(String(20))
    how: Mapped[str] = mapped_column(String(20))
    effective_on: Mapped[date] = mapped_column(Date)
    declared_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(Utc)
    message: Mapped[UUID | None]
    document: Mapped[str | None] = mapped_column(String(200))
    person: Mapped[dict[str, Any]] = mapped_column(JSON)
    shares: Mapped[int]
    other: Mapped[str | None] = mapped_column(String(5))
    supersedes: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(Text)


class MemberRow(Base):
    """A member as its entries make it today, with what is no part of the register.

    `next_on` is the next day on which something becomes due by itself; `told` is what was.
    """

    __tablename__ = "members"

    number: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    ags: Mapped[str | None] = mapped_column(String(8), index=True)
    contacts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    shares: Mapped[int]
    joined_on: Mapped[date] = mapped_column(Date)
    leaves_on: Mapped[date | None] = mapped_column(Date)
    succeeded_on: Mapped[date | None] = mapped_column(Date)
    told: Mapped[list[str]] = mapped_column(JSON)
    next_on: Mapped[date | None] = mapped_column(Date, index=True)
