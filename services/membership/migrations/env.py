"""Alembic's entry for membership."""

from services.membership.store import Base
from shared.database.migrating import run

run("membership", Base.metadata)
