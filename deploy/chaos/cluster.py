"""Several replicas of each service on one broker and one PostgreSQL, all private."""

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from deploy.kitu.broker import write_definitions
from deploy.kitu.wire import Login
from deploy.local.broker import PrivateBroker
from deploy.local.mailbox import PrivateMailbox
from deploy.local.ports import free_ports
from deploy.local.postgres import PrivatePostgres
from deploy.local.process import Process, descendants
from shared.messaging.topology import SERVICES

DATABASE = "kitu"


class Cluster:
    """Real parts with replicas, to be hurt.

    Args:
        directory: keeps everything.
        members: the numbers of the members whose systems log in.
        replicas: of each service.
        without: a safeguard that the services run without (`inbox` or `outbox`), to show that
            its loss is seen.
    """

    def __init__(
        self, directory: Path, members: list[str], replicas: int, without: str | None = None
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o711)
        self.passwords = write_definitions(directory / "broker", members)
        self.broker = PrivateBroker(directory / "broker", directory / "broker" / "definitions.json")
        self.postgres = PrivatePostgres(directory / "postgres")
        self.mailbox = PrivateMailbox(directory / "mails")
        self.replicas = {
            (name, number): Process(f"{name}-{number}", directory)
            for name in SERVICES
            for number in range(replicas)
        }
        self._ports = dict(zip(self.replicas, free_ports(len(self.replicas)), strict=True))
        self._without = without

    def start(self) -> None:
        """Start all parts, services last and together; returns when every replica is healthy."""
        with ThreadPoolExecutor(3) as together:
            starts = (self.broker.start, self.postgres.start, self.mailbox.start)
            list(together.map(lambda start: start(), starts))
        self.postgres.create_database(DATABASE)
        for replica in self.replicas:
            self.start_replica(replica)
        for replica, process in self.replicas.items():
            process.wait_until(lambda replica=replica: self.healthy(replica), 90)  # type: ignore[misc]

    def stop(self) -> None:
        """End everything."""
        for process in self.replicas.values():
            process.kill()
        self.mailbox.kill()
        self.postgres.kill()
        self.broker.kill()

    def start_replica(self, replica: tuple[str, int]) -> None:
        """Start a replica, or start it again; returns at once."""
        name, _ = replica
        module = [f"services.{name}.app"]
        if self._without:
            module = ["deploy.chaos.sabotage", name, self._without]
        self.replicas[replica].start(
            [sys.executable, "-m", *module],
            {
                **{k: v for k, v in os.environ.items() if not k.startswith("KITU_")},
                "KITU_AMQP_URL": self.broker.amqp_url(name, self.passwords[name]),
                "KITU_DATABASE_URL": self.postgres.url(DATABASE),
                "KITU_SMTP_URL": self.mailbox.smtp_url,
                "KITU_MAIL_COLLECT_SECONDS": "2",
                "KITU_HTTP_PORT": str(self._ports[replica]),
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
        )

    def healthy(self, replica: tuple[str, int]) -> bool:
        """Whether a replica says that it, its broker and its database are well."""
        try:
            return httpx.get(self.http(replica) + "/health", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def http(self, replica: tuple[str, int]) -> str:
        """Where a replica answers."""
        return f"http://127.0.0.1:{self._ports[replica]}"

    def login(self, user: str) -> Login:
        """How a broker user logs in."""
        return Login(user, self.broker.amqp_url(user, self.passwords[user]))

    def signal(self, replica: tuple[str, int], number: signal.Signals) -> None:
        """Send a signal to a replica's own process."""
        for pid in self._pids(replica):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def _pids(self, replica: tuple[str, int]) -> Iterator[int]:
        leader = self.replicas[replica].pid
        if leader is not None:
            yield from (pid for pid in descendants(leader) if pid != leader)
