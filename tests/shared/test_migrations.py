"""Each service's migrations make exactly the tables its code expects, on both databases."""

import importlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

import services
from deploy.local.postgres import PrivatePostgres
from shared.database import Database, migrate
from shared.database.tables import messages
from shared.messaging.topology import SERVICES

ROOT = Path(services.__file__).parent


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", SERVICES)
async def test_migrations_make_the_tables_the_code_expects(
    name: str, kind: str, tmp_path: Path, postgres: PrivatePostgres
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    if kind == "postgresql":
        postgres.create_database(f"migrations_{name}")
        url = postgres.url(f"migrations_{name}")
    database = Database(url, name)
    await migrate(database.engine, ROOT / name / "migrations")
    await migrate(database.engine, ROOT / name / "migrations")
    own: MetaData = importlib.import_module(f"services.{name}.store").Base.metadata

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, _merged(own)))

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    await database.close()
    assert not [d for d in found if "alembic_version" not in repr(d)]


def _merged(own: MetaData) -> MetaData:
    merged = MetaData()
    for table in (*own.tables.values(), *messages.tables.values()):
        table.to_metadata(merged)
    return merged
