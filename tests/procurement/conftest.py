"""Procurement's database, on both kinds, with a clock the test sets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

import services.procurement
from deploy.local.postgres import PrivatePostgres
from services.procurement import store
from shared.database import Database, migrate
from shared.database.tables import messages
from tests.builders import rules_of
from tests.procurement.builders import NOON

MIGRATIONS = Path(services.procurement.__file__).parent / "migrations"


@dataclass
class Clock:
    """The moment it is; a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon of an ordinary day, until the test moves it."""
    return Clock()


@pytest.fixture(scope="session")
def postgres_url(postgres: PrivatePostgres) -> str:
    """A PostgreSQL database for procurement's tests."""
    postgres.create_database("procurement_tests")
    return postgres.url("procurement_tests")


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> AsyncIterator[Database]:
    """An empty database of procurement's."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'procurement.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = Database(url, "procurement", clock, rules_of("procurement"))
    await migrate(opened.engine, MIGRATIONS)
    yield opened
    async with opened.engine.begin() as connection:
        for metadata in (store.Base.metadata, messages):
            for table in reversed(metadata.sorted_tables):
                await connection.execute(delete(table))
    await opened.close()
