"""Real parts for the tests: a broker, a database server and a mail server of their own.

Each starts when the first test asks for it and ends with the session, on free loopback ports
and with all state in one directory that is removed at the end.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.broker import PrivateBroker
from deploy.local.postgres import PrivatePostgres

for name in [name for name in os.environ if name.startswith("KITU_")]:
    del os.environ[name]  # the tests use their own parts, whatever this machine is set up for


@pytest.fixture(scope="session")
def private_directory() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can reach too, unlike pytest's own."""
    directory = Path(tempfile.mkdtemp(prefix="kitu-tests-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def broker(private_directory: Path) -> Iterator[PrivateBroker]:
    """RabbitMQ with the user `guest`; every test cleans up, or names its own vhost."""
    node = PrivateBroker(private_directory / "broker")
    try:
        node.start()
        yield node
    finally:
        node.kill()  # nothing of it is needed any more, and a shutdown takes seconds


@pytest.fixture(scope="session")
def postgres(private_directory: Path) -> Iterator[PrivatePostgres]:
    """PostgreSQL without databases of ours; a test creates what it needs."""
    server = PrivatePostgres(private_directory / "postgres", durable=False)
    try:
        server.start()
        yield server
    finally:
        server.kill()
