"""ended and counted demand"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KNOWN = {
    "reference": sa.String(length=60),
    "name": sa.String(length=200),
    "quantity": sa.Integer(),
    "unit": sa.String(length=3),
    "needed_by": sa.Date(),
}


def upgrade() -> None:
    with op.batch_alter_table("demands") as demands:
        for name, type_ in KNOWN.items():
            demands.alter_column(name, existing_type=type_, nullable=True)
    with op.batch_alter_table("closings") as closings:
        closings.add_column(sa.Column("digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("closings") as closings:
        closings.drop_column("digest")
    op.execute("DELETE FROM demands WHERE name IS NULL")
    with op.batch_alter_table("demands") as demands:
        for name, type_ in KNOWN.items():
            demands.alter_column(name, existing_type=type_, nullable=False)
