"""Alembic's entry for procurement."""

from services.procurement.store import Base
from shared.database.migrating import run

run("procurement", Base.metadata)
