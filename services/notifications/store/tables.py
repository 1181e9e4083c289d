"""The tables of notifications."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, Index, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Utc


class Base(DeclarativeBase):
    """Notifications' own tables."""


class MemberRow(Base):
    """A member as membership last stated it."""

    __tablename__ = "members"

    number: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    contacts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    active: Mapped[bool]
    successor: Mapped[str | None] = mapped_column(String(5))
    sequence: Mapped[int]


class RoundRow(Base):
    """A round as procurement stated it."""

    __tablename__ = "rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    categories: Mapped[list[str]] = mapped_column(JSON)
    cut_off: Mapped[datetime] = mapped_column(Utc)
    opened_at: Mapped[datetime] = mapped_column(Utc)
    opened_by: Mapped[UUID]
    closed_at: Mapped[datetime | None] = mapped_column(Utc)


class DemandRow(Base):
    """A demand as the demand service last stated it; `counts` unless it was withdrawn.

    What it is of is empty where only its end was heard of.
    """

    __tablename__ = "demands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member: Mapped[str] = mapped_column(String(5), index=True)
    reference: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str | None] = mapped_column(String(200))
    quantity: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(String(3))
    needed_by: Mapped[date | None] = mapped_column(Date)
    round_id: Mapped[UUID | None] = mapped_column(index=True)
    counts: Mapped[bool]
    sequence: Mapped[int]


class ClosingRow(Base):
    """How much demand a closed round holds, until its members are told; by which message."""

    __tablename__ = "closings"

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    demands: Mapped[int]
    pieces: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str | None] = mapped_column(String(64))
    counted_by: Mapped[UUID]
    correlation: Mapped[UUID | None]


class PromiseRow(Base):
    """What KID promised a member of an order, until it is delivered."""

    __tablename__ = "promises"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    member: Mapped[str] = mapped_column(String(5), primary_key=True)
    deliver_on: Mapped[date | None] = mapped_column(Date, index=True)
    confirmed: Mapped[dict[str, Any]] = mapped_column(JSON)
    complete: Mapped[bool]
    reminded: Mapped[bool]


class SavingRow(Base):
    """What a member pays for a round and would have paid alone, as procurement stated it."""

    __tablename__ = "savings"

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    member: Mapped[str] = mapped_column(String(5), primary_key=True)
    net: Mapped[int] = mapped_column(BigInteger)
    alone: Mapped[int] = mapped_column(BigInteger)


class OccasionRow(Base):
    """Something a party is to be told, or was told by a mail (then without its data)."""

    __tablename__ = "occasions"
    __table_args__ = (Index("ix_occasions_untold", "mail_id", "kind", "party"),)

    cause: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    party: Mapped[str] = mapped_column(String(5), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    known_at: Mapped[datetime] = mapped_column(Utc)
    correlation: Mapped[UUID | None]
    mail_id: Mapped[UUID | None] = mapped_column(index=True)


class MailRow(Base):
    """A mail, with each recipient's state.

    `next_try_at` is when it is to be sent; of a mail being sent, when its sender is given up
    for dead; empty when there is nothing more to do.
    """

    __tablename__ = "mails"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    party: Mapped[str] = mapped_column(String(5), index=True)
    caused_by: Mapped[UUID]
    correlation: Mapped[UUID | None]
    recipients: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(20))
    tries: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Utc)
    next_try_at: Mapped[datetime | None] = mapped_column(Utc, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(Utc, index=True)
    erase_when_done: Mapped[bool]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
