"""register of entries, steps of joining, erasures"""

from datetime import UTC, datetime, time
from uuid import UUID

import sqlalchemy as sa
from alembic import op

import shared.database.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UTC_MOMENT = shared.database.tables.Utc(timezone=True)


def upgrade() -> None:
    old_members = _rows("members")
    old_applications = _rows("applications")
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_members_leaves_on"))
    op.drop_table("members")
    op.drop_table("applications")
    applications = op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("ags", sa.String(length=8), nullable=True),
        sa.Column("leitweg_id", sa.String(length=46), nullable=True),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("transfer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("refused_on", sa.Date(), nullable=True),
        sa.Column("refusal_recorded_on", sa.Date(), nullable=True),
        sa.Column("refused_by", sa.Uuid(), nullable=True),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applications_refused_by"), ["refused_by"])
        batch_op.create_index(
            batch_op.f("ix_applications_refusal_recorded_on"), ["refusal_recorded_on"]
        )
    entries = op.create_table(
        "entries",
        sa.Column("member", sa.String(length=5), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fact", sa.String(length=20), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UTC_MOMENT, nullable=False),
        sa.Column("message", sa.Uuid(), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.Column("person", sa.JSON(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("other", sa.String(length=5), nullable=True),
        sa.Column("supersedes", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("member", "number"),
    )
    op.create_table(
        "erasures",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("refused_on", sa.Date(), nullable=False),
        sa.Column("refusal_sent", sa.Boolean(), nullable=False),
        sa.Column("erased_at", UTC_MOMENT, nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("application_id"),
    )
    members = op.create_table(
        "members",
        sa.Column("number", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("ags", sa.String(length=8), nullable=True),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("succeeded_on", sa.Date(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_ags"), ["ags"])
        batch_op.create_index(batch_op.f("ix_members_next_on"), ["next_on"])
    for row in old_applications:
        op.bulk_insert(applications, [_application(row)])
    for row in old_members:
        op.bulk_insert(entries, _entries(row))
        op.bulk_insert(members, [_member(row)])


def _rows(table: str) -> list[dict[str, object]]:
    connection = op.get_bind()
    there = sa.Table(table, sa.MetaData(), autoload_with=connection)
    return [dict(row) for row in connection.execute(sa.select(there)).mappings()]


def _application(row: dict[str, object]) -> dict[str, object]:
    declared_on = row.pop("declared_on")
    step = {"step": "declaration", "taken_on": str(declared_on), "document": None}
    return {**row, "id": UUID(str(row["id"])), "steps": [step], "messages": []}


def _entries(row: dict[str, object]) -> list[dict[str, object]]:
    """What is known of a member from before there were entries, as if recorded when it joined."""
    joined_on, leaves_on = row["joined_on"], row["leaves_on"]
    person = {name: row[name] for name in ("name", "kind", "ags", "address")}
    entry = {
        "member": row["number"],
        "recorded_at": datetime.combine(joined_on, time(12), UTC),
        "person": {},
        "shares": 0,
    }
    found = [
        {
            **entry,
            "number": 1,
            "fact": "admitted",
            "how": "admitted",
            "effective_on": joined_on,
            "declared_on": joined_on,
            "person": {**person, "leitweg_id": None},
            "shares": row["shares"],
        }
    ]
    if leaves_on is not None:
        ends = {"number": 2, "fact": "ends", "how": "notice", "effective_on": leaves_on}
        found.append({**entry, **ends, "declared_on": joined_on})
    return found


def _member(row: dict[str, object]) -> dict[str, object]:
    kept = ("number", "name", "kind", "ags", "contacts", "shares", "joined_on", "leaves_on")
    left = row["has_left"]
    return {
        **{name: row[name] for name in kept},
        "told": ["left/2"] if left else [],
        "next_on": None if left else row["leaves_on"],
    }


def downgrade() -> None:
    raise NotImplementedError("entries cannot be told as one state without losing what they say")
