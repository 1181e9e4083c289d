"""Alembic's entry for notifications."""

from services.notifications.store import Base
from shared.database.migrating import run

run("notifications", Base.metadata)
