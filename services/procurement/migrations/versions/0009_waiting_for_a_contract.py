"""waiting for a contract"""

import sqlalchemy as sa
from alembic import op

import shared.database.tables

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("demands") as batch_op:
        batch_op.add_column(sa.Column("requirement", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(
            sa.Column("look_at", shared.database.tables.Utc(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("tender_id", sa.Uuid(), nullable=True))
        batch_op.create_index("ix_demands_look_at", ["look_at"])
        batch_op.create_index("ix_demands_tender_id", ["tender_id"])


def downgrade() -> None:
    with op.batch_alter_table("demands") as batch_op:
        batch_op.drop_index("ix_demands_tender_id")
        batch_op.drop_index("ix_demands_look_at")
        batch_op.drop_column("tender_id")
        batch_op.drop_column("look_at")
        batch_op.drop_column("requirement")
