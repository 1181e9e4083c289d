"""erase when done"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    applicants = "UPDATE mails SET erase_when_done = true WHERE kind = 'application_refused'"
    with op.batch_alter_table("mails") as batch_op:
        batch_op.add_column(
            sa.Column("erase_when_done", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute(applicants)
    with op.batch_alter_table("mails") as batch_op:
        batch_op.alter_column("erase_when_done", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("mails") as batch_op:
        batch_op.drop_column("erase_when_done")
