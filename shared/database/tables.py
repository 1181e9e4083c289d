"""The tables that every service has beside its own, and the column types they share."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Utc(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both databases (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; a naive time is a bug."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


messages = MetaData()

inbox = Table(
    "inbox",
    messages,
    Column("source", String(70), primary_key=True, doc="from outside: party/source"),
    Column("id", String(36), primary_key=True),
    Column("digest", String(64), nullable=False, doc="SHA-256 of what was said, without transport"),
    Column("type", String(80), nullable=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("outcome", String(10), nullable=False, doc="handled or refused"),
    Column("reasons", JSON, nullable=False, doc="why it was refused, else empty"),
    Column("received_at", Utc, nullable=False, index=True),
)
"""Every message that took effect or was refused, so that it counts once."""

outbox = Table(
    "outbox",
    messages,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("exchange", String(80), nullable=False),
    Column("routing_key", String(200), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("message_id", String(36), nullable=False),
    Column("properties", JSON, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
"""Messages that are committed but not yet confirmed by the broker, in the order to send."""

parked = Table(
    "parked",
    messages,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("subject", String(80), nullable=False, index=True),
    Column("exchange", String(80), nullable=False),
    Column("routing_key", String(200), nullable=False),
    Column("user", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False, doc="rounds of tries so far"),
    Column("history", JSON, nullable=False, doc="when and why each round failed"),
    Column("due_at", Utc, nullable=False, index=True),
    sqlite_autoincrement=True,
)
"""Messages that failed for reasons of their own and are tried again later, in order per subject."""

sequences = Table(
    "sequences",
    messages,
    Column("subject", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last sequence number per subject; its row lock also keeps a subject's outbox in order."""

decisions = Table(
    "decisions",
    messages,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("concerns", String(80), nullable=True, index=True, doc="whose data the payload is"),
    Column("head", Text, nullable=False, doc="canonical JSON, stays for ever"),
    Column("payload", Text, nullable=True, doc="canonical JSON; none once it was erased"),
    Column("salt", String(32), nullable=True, doc="goes with the payload"),
    Column("position", BigInteger, nullable=True, unique=True, doc="none until it is sealed"),
    Column("previous", String(64), nullable=True),
    Column("hash", String(64), nullable=True),
    Column("sealed_at", Utc, nullable=True, index=True),
    sqlite_autoincrement=True,
)
"""The decision record; see `shared.decisions.chain` for what links it."""

anchors = Table(
    "anchors",
    messages,
    Column("day", Date, primary_key=True, doc="local; the chain's end as this day was over"),
    Column("position", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Ends of the chain that were told outside, at most one a day."""
