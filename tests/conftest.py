"""Real parts for the tests: a broker, a database server and a mail server of their own.

Each starts when the first test asks for it and ends with the session, on free loopback ports
and with all state in one directory that is removed at the end.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import text

import services
from deploy.local.broker import PrivateBroker
from deploy.local.mailbox import PrivateMailbox
from deploy.local.postgres import PrivatePostgres
from shared.database import Database, migrate
from tests.builders import Clock, rules_of
from tests.cooperative import Cooperative

settings.register_profile("short", deadline=None)  # a busy machine is no failure
settings.register_profile("long", deadline=None, max_examples=10_000)
settings.load_profile("short")

EMPTY = """
DO $$ BEGIN
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' CASCADE'
        FROM pg_tables WHERE schemaname = current_schema AND tablename <> 'alembic_version');
END $$
"""

for name in [name for name in os.environ if name.startswith("KITU_")]:
    del os.environ[name]  # the tests use their own parts, whatever this machine is set up for

# A shell's background job ignores Ctrl-C and its children inherit that, the tested ones too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def private_directory() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can reach too, unlike pytest's own."""
    directory = Path(tempfile.mkdtemp(prefix="kitu-tests-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def broker(private_directory: Path) -> Iterator[PrivateBroker]:
    """RabbitMQ with the user `guest`; a test cleans up after itself or has a vhost of its own."""
    node = PrivateBroker(private_directory / "broker")
    node.start()
    yield node
    node.kill()  # nothing of it is needed any more, and a shutdown takes seconds


@pytest.fixture(scope="session")
def postgres(private_directory: Path) -> Iterator[PrivatePostgres]:
    """PostgreSQL without databases of ours; a test creates what it needs."""
    server = PrivatePostgres(private_directory / "postgres", durable=False)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def mailbox(private_directory: Path) -> Iterator[PrivateMailbox]:
    """A real SMTP server; a test looks for the mails to addresses that it alone uses."""
    with PrivateMailbox(private_directory / "mailbox") as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    """Noon of an ordinary day, until the test moves it."""
    return Clock()


@pytest.fixture
def service() -> str:
    """Whose database it is; each service's tests say theirs."""
    return "demand"


@pytest.fixture(scope="session")
def migrated() -> set[str]:
    """The databases that were migrated in this session."""
    return set()


@pytest.fixture
async def sqlite_database(
    service: str, clock: Clock, private_directory: Path, tmp_path: Path
) -> AsyncIterator[Database]:
    """A service's empty database in a file."""
    empty = private_directory / f"{service}.db"
    if not empty.exists():
        first = Database(f"sqlite+aiosqlite:///{empty}", service)
        await migrate(first.engine, _migrations(service))
        await first.close()
    shutil.copy(empty, tmp_path / "own.db")
    url = f"sqlite+aiosqlite:///{tmp_path / 'own.db'}"
    opened = Database(url, service, clock, rules_of(service))
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(
    service: str, clock: Clock, postgres: PrivatePostgres, migrated: set[str]
) -> AsyncIterator[Database]:
    """A service's empty database on PostgreSQL."""
    name = f"tests_of_{service}"
    opened = Database(postgres.url(name), service, clock, rules_of(service))
    if name not in migrated:
        postgres.create_database(name)
        await migrate(opened.engine, _migrations(service))
        migrated.add(name)
    yield opened
    async with opened.engine.begin() as connection:
        await connection.execute(text(EMPTY))
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A service's empty database, on both kinds."""
    kind = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    opened: Database = request.getfixturevalue(kind)
    return opened


def _migrations(service: str) -> Path:
    return Path(services.__file__).parent / service / "migrations"


@pytest.fixture(scope="module")
def cooperative(broker: PrivateBroker, request: pytest.FixtureRequest) -> Iterator[Cooperative]:
    """The broker's users, queues and rights in a virtual host of this test module."""
    own = Cooperative(broker, request.module.__name__.rpartition(".")[2])
    own.found()
    yield own
    own.wind_up()
