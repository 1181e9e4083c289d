"""closings"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closings",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("demands", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("counted_by", sa.Uuid(), nullable=False),
        sa.Column("correlation", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("round_id"),
    )


def downgrade() -> None:
    op.drop_table("closings")
