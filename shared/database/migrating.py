"""Migrations: each service's Alembic folder, run by the service itself or by `alembic -n NAME`."""

import asyncio
import os
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import dialects
from shared.database.tables import messages


async def migrate(engine: AsyncEngine, folder: Path) -> None:
    """Bring a service's database to the newest revision of its folder; one replica at a time."""
    config = Config()
    config.set_main_option("script_location", str(folder))

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(20100101)"))
        await connection.run_sync(upgrade)


def run(service: str, own: MetaData) -> None:
    """The whole of a service's `env.py`."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given, service, own)
        return
    url = os.environ.get(f"KITU_{service.upper()}_DATABASE_URL") or os.environ["KITU_DATABASE_URL"]
    engine = dialects.engine(url.replace("{service}", service), service)

    async def by_hand() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: _run(sync, service, own))
        await engine.dispose()

    asyncio.run(by_hand())


def _run(connection: Connection, service: str, own: MetaData) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
    context.configure(
        connection=connection,
        target_metadata=[own, messages],
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
