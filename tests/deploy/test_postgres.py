"""The private database server: real, closed to others, and gone when it is stopped."""

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local.ports import is_free
from deploy.local.postgres import PrivatePostgres
from deploy.local.process import descendants


async def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements in one transaction; the rows of the last."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


@pytest.mark.parametrize("durable", [True, False])
async def test_a_killed_server_comes_back_where_it_was_with_what_it_committed(
    private_directory: Path, durable: bool
) -> None:
    server = PrivatePostgres(private_directory / f"killed-{durable}", durable=durable)
    with server:
        server.create_database("demand")
        url = server.url("demand")
        await run(url, "CREATE TABLE demand (pieces int)", "INSERT INTO demand VALUES (40)")

        server.kill()
        with pytest.raises((DBAPIError, OSError)):
            await run(url, "SELECT 1")
        server.start()

        assert server.url("demand") == url
        assert await run(url, "SELECT pieces FROM demand") == [(40,)]
        assert await run(url, "SHOW fsync") == [("on" if durable else "off",)]


async def test_a_client_without_the_password_is_refused(postgres: PrivatePostgres) -> None:
    password = postgres.url().split(":")[2].split("@")[0]
    with pytest.raises(DBAPIError, match="password authentication failed"):
        await run(postgres.url().replace(password, "guessed"), "SELECT 1")


async def test_umlauts_are_kept(postgres: PrivatePostgres) -> None:
    assert await run(postgres.url(), "SELECT 'Größe', length('Größe')") == [("Größe", 5)]


def test_a_database_that_exists_is_refused(postgres: PrivatePostgres) -> None:
    postgres.create_database("twice")
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        postgres.create_database("twice")
    assert "already exists" in refusal.value.stderr


def test_a_stopped_server_leaves_no_process_and_no_port(private_directory: Path) -> None:
    server = PrivatePostgres(private_directory / "stopped", durable=False)
    server.start()
    port = int(server.url().split(":")[3].split("/")[0])
    postmaster = int((server.directory / "data/postmaster.pid").read_text().splitlines()[0])
    processes = [postmaster, *descendants(postmaster)]
    assert len(processes) > 3

    server.stop()

    assert not server.running
    assert is_free(port)
    assert not any(Path(f"/proc/{pid}/exe").exists() for pid in processes)
