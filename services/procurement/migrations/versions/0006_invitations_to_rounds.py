"""invitations to rounds"""

import sqlalchemy as sa
from alembic import op

import shared.database.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rounds") as rounds:
        rounds.add_column(sa.Column("invited_at", shared.database.tables.Utc(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rounds") as rounds:
        rounds.drop_column("invited_at")
