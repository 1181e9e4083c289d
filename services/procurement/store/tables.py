"""Procurement's own tables. Money in cents, quantities in pieces, times in UTC."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Utc


class Base(DeclarativeBase):
    """Procurement's own tables."""


class ItemRow(Base):
    """KID's catalogue."""

    __tablename__ = "items"

    number: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(30))
    unit: Mapped[str] = mapped_column(String(3))
    billing: Mapped[str] = mapped_column(String(10))
    cpv: Mapped[str] = mapped_column(String(8))
    description: Mapped[str] = mapped_column(Text)
    orderable: Mapped[bool]


class MemberRow(Base):
    """Members, as membership last stated them."""

    __tablename__ = "members"

    number: Mapped[str] = mapped_column(String(5), primary_key=True)
    sequence: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool]
    joined_on: Mapped[date] = mapped_column(Date)
    successor: Mapped[str | None] = mapped_column(String(5), doc="who stands in its place")


class ContractRow(Base):
    """Contracts with their newest terms and what is called from them; dates to find them by."""

    __tablename__ = "contracts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    version: Mapped[int]
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    is_full: Mapped[bool]
    called_pieces: Mapped[int] = mapped_column(BigInteger)
    called_cents: Mapped[int] = mapped_column(BigInteger)
    in_force: Mapped[bool]
    warned_estimate: Mapped[int]
    warned_maximum: Mapped[int]


class ContractVersionRow(Base):
    """Every version of a contract's terms; an order names the one it was placed under."""

    __tablename__ = "contract_versions"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    registered_at: Mapped[datetime] = mapped_column(Utc)
    reason: Mapped[str | None] = mapped_column(Text)


class RoundRow(Base):
    """Rounds. While `busy_until` lies ahead, a replica computes this round's bundle; `invited_at`
    is when its demand was looked at for tiers that are near."""

    __tablename__ = "rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    categories: Mapped[list[str]] = mapped_column(JSON)
    cut_off: Mapped[datetime] = mapped_column(Utc)
    opened_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[str] = mapped_column(String(10), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    close_reason: Mapped[str | None] = mapped_column(String(10))
    counted_demands: Mapped[int | None]
    counted_pieces: Mapped[int | None] = mapped_column(BigInteger)
    counted_revisions: Mapped[int | None] = mapped_column(BigInteger)
    counted_digest: Mapped[str | None] = mapped_column(String(64))
    busy_until: Mapped[datetime | None] = mapped_column(Utc)
    invited_at: Mapped[datetime | None] = mapped_column(Utc)


class DemandRow(Base):
    """Accepted demand, as the demand service last stated it; `content` is empty once withdrawn.

    A withdrawn demand stays, so that an older statement that comes late cannot revive it.
    `requirement` is one in words for which KID found no contract. `look_at` is when to look
    whether a contract can serve it, `tender_id` the need that holds it meanwhile.
    """

    __tablename__ = "demands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    round_id: Mapped[UUID | None] = mapped_column(index=True)
    member: Mapped[str | None] = mapped_column(String(5))
    quantity: Mapped[int]
    revision: Mapped[int]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    requirement: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    look_at: Mapped[datetime | None] = mapped_column(Utc, index=True)
    tender_id: Mapped[UUID | None] = mapped_column(index=True)


class BundleRow(Base):
    """Plans. `plan` is what the report is drawn from; `basis` is what it was computed on."""

    __tablename__ = "bundles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    proposed_at: Mapped[datetime] = mapped_column(Utc)
    basis: Mapped[str] = mapped_column(String(64))
    gap_ppm: Mapped[int] = mapped_column(BigInteger)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    approved_by: Mapped[str | None] = mapped_column(Text)


class ShareRow(Base):
    """What each member is to pay for an ordered round, and whether its costs were stated."""

    __tablename__ = "shares"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    member: Mapped[str] = mapped_column(String(5), primary_key=True)
    share: Mapped[int] = mapped_column(BigInteger)
    alone: Mapped[int] = mapped_column(BigInteger)
    list_price: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    is_stated: Mapped[bool]


class OrderRow(Base):
    """Orders. Their lines are in `order_lines`."""

    __tablename__ = "orders"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    contract_reference: Mapped[str] = mapped_column(String(60))
    contract_version: Mapped[int]
    place: Mapped[dict[str, str]] = mapped_column(JSON)
    placed_at: Mapped[datetime] = mapped_column(Utc)
    placed_on: Mapped[date] = mapped_column(Date)
    vat_rate: Mapped[int]
    fees: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    deliver_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(Text)
    invoice: Mapped[str | None] = mapped_column(String(60))


class OrderLineRow(Base):
    """Each member's piece of an order."""

    __tablename__ = "order_lines"
    __table_args__ = (Index("order_lines_by_member", "member", "order_id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[UUID] = mapped_column(index=True)
    demand_reference: Mapped[str] = mapped_column(String(60))
    member: Mapped[str] = mapped_column(String(5))
    item: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[int]
    months: Mapped[int | None]
    unit_cents: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    share: Mapped[int] = mapped_column(BigInteger)
    alone: Mapped[int] = mapped_column(BigInteger)
    list_price: Mapped[int] = mapped_column(BigInteger)
    explanation: Mapped[str] = mapped_column(Text)
    accepted: Mapped[int | None]
    charged: Mapped[int | None] = mapped_column(BigInteger)
    vat: Mapped[int | None] = mapped_column(BigInteger)
    delivered: Mapped[int]


class DeliveryRow(Base):
    """Deliveries, so that one told twice counts once."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    delivered_on: Mapped[date] = mapped_column(Date)
    pieces: Mapped[list[list[int]]] = mapped_column(JSON)


class InvoiceRow(Base):
    """KID's invoices, one for each order."""

    __tablename__ = "invoices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    invoiced_on: Mapped[date] = mapped_column(Date)
    net: Mapped[int] = mapped_column(BigInteger)
    vat: Mapped[int] = mapped_column(BigInteger)


class TenderRow(Base):
    """Tender needs; one undecided need of a category and year at a time."""

    __tablename__ = "tenders"
    __table_args__ = (Index("tenders_by_category", "category", "year", "state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    category: Mapped[str] = mapped_column(String(30))
    year: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class SubscriptionRow(Base):
    """Subscriptions of solutions; `first_month` and `last_month` are those that are charged."""

    __tablename__ = "subscriptions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    member: Mapped[str] = mapped_column(String(5))
    first_month: Mapped[date | None] = mapped_column(Date)
    last_month: Mapped[date | None] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class StatedMonthRow(Base):
    """The months whose costs were stated, once for each contract."""

    __tablename__ = "stated_months"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    total_cents: Mapped[int] = mapped_column(BigInteger)


class PilotRow(Base):
    """Pilots of new topics."""

    __tablename__ = "pilots"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    interest_by: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class NumberRow(Base):
    """The last number given to a kind of thing in a year."""

    __tablename__ = "numbers"

    kind: Mapped[str] = mapped_column(String(1), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
