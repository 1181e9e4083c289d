"""Demand's tables: demands, and what other services state about the world."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Utc


class Base(DeclarativeBase):
    """Demand's own tables."""


class DemandRow(Base):
    __tablename__ = "demands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    member: Mapped[str] = mapped_column(String(5), index=True)
    status: Mapped[str] = mapped_column(String(20), index=True)
    revision: Mapped[int]
    submitted_at: Mapped[datetime] = mapped_column(Utc)
    item: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str | None] = mapped_column(String(200))
    requirement: Mapped[str | None] = mapped_column(String(2000))
    quantity: Mapped[int]
    ordered: Mapped[int]
    unit: Mapped[str] = mapped_column(String(3))
    place: Mapped[dict[str, str]] = mapped_column(JSON)
    needed_from: Mapped[date | None] = mapped_column(Date)
    needed_by: Mapped[date] = mapped_column(Date)
    round_id: Mapped[UUID | None] = mapped_column(index=True)
    term_months: Mapped[int | None]
    price_ceiling_cents: Mapped[int | None] = mapped_column(BigInteger)
    equivalents: Mapped[list[str]] = mapped_column(JSON)
    minimum_quantity: Mapped[int | None]
    maximum_quantity: Mapped[int | None]
    cost_centre: Mapped[str | None] = mapped_column(String(60))
    category: Mapped[str | None] = mapped_column(String(30), index=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)
    stated_by: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    talk: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    value_cents: Mapped[int | None] = mapped_column(BigInteger)
    above_cents: Mapped[int | None] = mapped_column(BigInteger)
    part_of: Mapped[str | None] = mapped_column(String(20))
    without_contract: Mapped[bool]
    looked_at_on: Mapped[date | None] = mapped_column(Date)


class MemberRow(Base):
    """A member as membership last stated it, and from which value on it wants two persons."""

    __tablename__ = "members"

    number: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str | None] = mapped_column(String(30))
    leaves_on: Mapped[date | None] = mapped_column(Date)
    approval_above_cents: Mapped[int | None] = mapped_column(BigInteger)
    sequence: Mapped[int]


class ItemRow(Base):
    """A catalogue item as procurement last stated it."""

    __tablename__ = "items"

    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(30))
    unit: Mapped[str] = mapped_column(String(3))
    monthly: Mapped[bool]
    orderable: Mapped[bool]
    offers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    sequence: Mapped[int]


class RoundRow(Base):
    """A round as procurement stated it."""

    __tablename__ = "rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    categories: Mapped[list[str]] = mapped_column(JSON)
    cut_off: Mapped[datetime | None] = mapped_column(Utc)
    closed: Mapped[bool]
