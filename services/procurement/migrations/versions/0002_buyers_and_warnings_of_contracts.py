"""buyers and warnings of contracts"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contract_versions") as versions:
        versions.add_column(sa.Column("reason", sa.Text(), nullable=True))
    with op.batch_alter_table("contracts") as contracts:
        for name in ("warned_estimate", "warned_maximum"):
            contracts.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE contracts SET warned_maximum = 90 WHERE stated = 'low'")
    op.execute("UPDATE contracts SET warned_maximum = 100 WHERE stated = 'exhausted'")
    with op.batch_alter_table("contracts") as contracts:
        for name in ("warned_estimate", "warned_maximum"):
            contracts.alter_column(name, server_default=None)
        contracts.drop_column("stated")
    with op.batch_alter_table("members") as members:
        # until membership states them anew, known members count as members of old
        members.add_column(
            sa.Column("joined_on", sa.Date(), nullable=False, server_default="2000-01-01")
        )
    with op.batch_alter_table("members") as members:
        members.alter_column("joined_on", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("members") as members:
        members.drop_column("joined_on")
    with op.batch_alter_table("contracts") as contracts:
        contracts.add_column(
            sa.Column("stated", sa.String(length=10), nullable=False, server_default="nothing")
        )
    op.execute("UPDATE contracts SET stated = 'low' WHERE warned_maximum >= 70")
    op.execute("UPDATE contracts SET stated = 'exhausted' WHERE warned_maximum = 100")
    with op.batch_alter_table("contracts") as contracts:
        contracts.alter_column("stated", server_default=None)
        contracts.drop_column("warned_maximum")
        contracts.drop_column("warned_estimate")
    with op.batch_alter_table("contract_versions") as versions:
        versions.drop_column("reason")
