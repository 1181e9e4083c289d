"""revisions"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rounds") as rounds:
        rounds.add_column(sa.Column("counted_revisions", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("demands") as demands:
        demands.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("demands") as demands:
        demands.alter_column("revision", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("demands") as demands:
        demands.drop_column("revision")
    with op.batch_alter_table("rounds") as rounds:
        rounds.drop_column("counted_revisions")
