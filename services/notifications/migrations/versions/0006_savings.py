"""savings"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "savings",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.String(length=5), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("alone", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "member"),
    )


def downgrade() -> None:
    op.drop_table("savings")
