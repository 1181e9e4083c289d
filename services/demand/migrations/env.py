"""Alembic's entry for demand."""

from services.demand.store import Base
from shared.database.migrating import run

run("demand", Base.metadata)
