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
from deploy.local.mailbox import PrivateMailbox
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
