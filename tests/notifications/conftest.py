"""Notifications' database, on both kinds, with a clock the test sets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

import services.notifications
from deploy.local.postgres import PrivatePostgres
from services.notifications import store
from shared.database import Database, migrate
from shared.database.tables import messages
from tests.builders import rules_of

MIGRATIONS = Path(services.notifications.__file__).parent / "migrations"
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)


@dataclass
class Clock:
    """The moment it is; a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """Noon of an ordinary day, until the test moves it."""
    return Clock()


@pytest.fixture(scope="session")
def postgres_url(postgres: PrivatePostgres) -> str:
    """A PostgreSQL database for notifications' tests."""
    postgres.create_database("notifications_tests")
    return postgres.url("notifications_tests")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where notifications' database is, on each kind."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'notifications.db'}"


@pytest.fixture
async def database(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """An empty database of notifications'."""
    opened = Database(database_url, "notifications", clock, rules_of("notifications"))
    await migrate(opened.engine, MIGRATIONS)
    yield opened
    async with opened.engine.begin() as connection:
        for metadata in (store.Base.metadata, messages):
            for table in reversed(metadata.sorted_tables):
                await connection.execute(delete(table))
    await opened.close()
