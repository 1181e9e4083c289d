"""Several replicas of each service on a RabbitMQ and a PostgreSQL, all private."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx

from deploy.chaos.sabotage import DIED
from deploy.kitu.broker import write_definitions
from deploy.kitu.wire import Login
from deploy.local.broker import BrokerCluster
from deploy.local.cable import Cable
from deploy.local.mailbox import PrivateMailbox
from deploy.local.ports import free_ports
from deploy.local.postgres import PrivatePostgres
from deploy.local.process import CannotStart, Process, descendants
from shared.messaging.topology import SERVICES

DATABASE = "kitu"
START_SECONDS = 180
"""For a replica to come up, on a busy machine too."""


class Cluster:
    """Real parts with replicas, to be hurt.

    Args:
        directory: keeps everything.
        members: the numbers of the members whose systems log in.
        replicas: of each service.
        nodes: of RabbitMQ.
        without: a safeguard that the services run without (`inbox` or `outbox`), to show that
            its loss is seen.
    """

    def __init__(
        self,
        directory: Path,
        members: list[str],
        replicas: int,
        nodes: int = 1,
        without: str | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o711)
        self.passwords = write_definitions(directory / "broker", members)
        definitions = directory / "broker" / "definitions.json"
        self.broker = BrokerCluster(directory / "broker", definitions, nodes)
        self.postgres = PrivatePostgres(directory / "postgres")
        self.mailbox = PrivateMailbox(directory / "mails")
        self.replicas = {
            (name, number): Process(f"{name}-{number}", directory)
            for name in SERVICES
            for number in range(replicas)
        }
        self.returned = directory / "returned"
        """A Maildir for mail that comes back."""
        self.cables: dict[tuple[str, int], tuple[Cable, Cable]] = {}
        """Each replica's way to the broker and to the database."""
        self._entrance: Cable | None = None
        self._directory = directory
        self._ports: dict[tuple[str, int], int] = {}
        self._without = without

    async def start(self) -> None:
        """Start all parts, services last and together; returns when every replica is healthy."""
        await asyncio.to_thread(self._start_servers)
        self._entrance = self._to_broker("operator")
        await self._entrance.plug_in()
        for replica in self.replicas:
            name, _ = replica
            cables = (
                self._to_broker(name),
                Cable(self.postgres.url(DATABASE)),
            )
            for cable in cables:
                await cable.plug_in()
            self.cables[replica] = cables
            self.start_replica(replica)
        for replica in self.replicas:
            await asyncio.to_thread(self._wait_for, replica)

    def _wait_for(self, replica: tuple[str, int]) -> None:
        process, is_well = self.replicas[replica], partial(self.healthy, replica)
        try:
            process.wait_until(is_well, START_SECONDS)
        except CannotStart:  # somebody else may have taken its port meanwhile
            self.start_replica(replica)
            process.wait_until(is_well, START_SECONDS)

    def _to_broker(self, user: str) -> Cable:
        """A way to whichever node is there, as through a load balancer."""
        first, *others = self.broker.nodes
        url = first.amqp_url(user, self.passwords[user])
        return Cable(url, others=[node.port for node in others])

    def _start_servers(self) -> None:
        with ThreadPoolExecutor(3) as together:
            starts = (self.broker.start, self.postgres.start, self.mailbox.start)
            list(together.map(lambda start: start(), starts))
        self.postgres.create_database(DATABASE)

    async def stop(self) -> None:
        """End everything."""
        for cables in self.cables.values():
            for cable in cables:
                await cable.pull()
        if self._entrance is not None:
            await self._entrance.pull()
        await asyncio.to_thread(self._stop_all)

    def _stop_all(self) -> None:
        for process in self.replicas.values():
            process.kill()
        self.mailbox.kill()
        self.postgres.kill()
        self.broker.close()

    def start_replica(self, replica: tuple[str, int]) -> None:
        """Start a replica, or start it again; returns at once."""
        name, _ = replica
        to_broker, to_database = self.cables[replica]
        arguments: list[str | Path] = ["--deadly", self.deadly]
        if self._without:
            arguments += ["--without", self._without]
        (self._ports[replica],) = free_ports(1)
        self.replicas[replica].start(
            [sys.executable, "-m", "deploy.chaos.sabotage", name, *arguments],
            {
                **{k: v for k, v in os.environ.items() if not k.startswith("KITU_")},
                "KITU_AMQP_URL": to_broker.url,
                "KITU_DATABASE_URL": to_database.url,
                "KITU_SMTP_URL": self.mailbox.smtp_url,
                "KITU_MAIL_COLLECT_SECONDS": "2",
                "KITU_SMTP_TIMEOUT": "2",  # a killed sender's mails wait four times that and 30 s
                "KITU_MAIL_RETURNED": f"maildir:{self.returned}",
                "KITU_HTTP_PORT": str(self._ports[replica]),
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
        )

    @property
    def deadly(self) -> Path:
        """While this file is there, services die at their most delicate moments."""
        return self._directory / "deadly"

    def deaths(self) -> Counter[str]:
        """How often a service died by itself, by the moment, as their logs tell."""
        found: Counter[str] = Counter()
        for process in self.replicas.values():
            text = process.log.read_text(errors="replace")
            found.update(line for line in text.splitlines() if line.startswith(DIED))
        return found

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
        """How a broker user logs in; while the cluster runs."""
        if self._entrance is None:
            raise LookupError("the cluster was not started")
        who = f"{quote(user, safe='')}:{quote(self.passwords[user], safe='')}"
        return Login(user, f"amqp://{who}@127.0.0.1:{self._entrance.port}/")

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
