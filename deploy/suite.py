"""The whole suite on one machine: broker, mailbox and the four services as processes.

What the environment names (`KITU_AMQP_URL`, `KITU_DATABASE_URL`, `KITU_SMTP_URL`) is used as it
is; for what it leaves out there is a private part with all its state in one directory. On a broker
of others its one user may speak for everyone, unless `KITU_OPERATORS` says who may.
"""

import asyncio
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx

from deploy.kitu.broker import write_definitions
from deploy.kitu.failure import Failure
from deploy.kitu.wire import Login, channel_of, login
from deploy.local.broker import PrivateBroker
from deploy.local.mailbox import PrivateMailbox
from deploy.local.ports import accepts, kept_ports
from deploy.local.process import CannotStart, Process
from shared.messaging.topology import SERVICES

START_SECONDS = 60
STOP_SECONDS = 25
"""A service finishes what is in hand within 15 seconds by default, and hangs up within 5 more."""


class Suite:
    """Starts and stops all parts; a later object for the same directory goes on where it stopped.

    Args:
        directory: keeps everything: messages, databases, mails, passwords, logs.
        members: the numbers of members whose systems get a broker user, on a private broker.
        ports: the HTTP port of each service; else free ones, the same each time if possible.
        given: the environment; its `KITU_…` reach the services unchanged.
    """

    def __init__(
        self,
        directory: Path,
        members: Sequence[str],
        ports: Mapping[str, int] | None = None,
        given: Mapping[str, str] = os.environ,
    ) -> None:
        self.directory = directory.resolve()
        self.ports = ports or {}
        self._members = members
        self._given = given
        self._passwords: dict[str, str] = {}
        self.broker: PrivateBroker | None = None
        self.mailbox: PrivateMailbox | None = None
        self.services = {name: Process(name, self.directory) for name in SERVICES}

    def start(self, tell: Callable[[str], object] = lambda _: None) -> None:
        """Start everything and return when every service is healthy.

        Args:
            tell: is told what is being started, a few words each time.

        Raises:
            CannotStart: a part does not come up; what was started is stopped again.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ports = self.ports or kept_ports(self.directory, *SERVICES)
        try:
            self._start_broker(tell)
            self._start_mailbox(tell)
            tell("four services")
            # One after the other, which leaves the broker its half of two cores.
            for name in SERVICES:
                self.start_service(name)
                self.services[name].wait_until(partial(accepts, self.ports[name]))
            if self.broker is not None:
                self.broker.wait()
            with httpx.Client(timeout=5) as asking:
                for name in SERVICES:
                    health = partial(self._is_healthy, asking, name)
                    self.services[name].wait_until(health, START_SECONDS)
        except BaseException:
            self.kill()
            raise

    def start_service(self, name: str) -> None:
        """Start one service, or start it again; returns at once."""
        command = [sys.executable, "-m", f"services.{name}.app"]
        self.services[name].start(command, self._service_environment(name))

    def _is_healthy(self, asking: httpx.Client, name: str) -> bool:
        """Whether a service answers that it, its broker and its database are well."""
        try:
            return asking.get(f"{self.http(name)}/health").is_success
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """Stop in good order: services together, then the mailbox, then the broker."""
        with ThreadPoolExecutor(len(SERVICES)) as together:
            list(together.map(lambda one: one.stop(seconds=STOP_SECONDS), self.services.values()))
        if self.mailbox is not None:
            self.mailbox.stop()
        if self.broker is not None:
            self.broker.stop()

    def kill(self) -> None:
        """End everything at once; what was confirmed or acknowledged is kept."""
        for service in self.services.values():
            service.kill()
        if self.mailbox is not None:
            self.mailbox.kill()
        if self.broker is not None:
            self.broker.kill()

    @property
    def is_on_a_given_broker(self) -> bool:
        """Whether `KITU_AMQP_URL` names the broker, and with it one user for everyone."""
        return bool(self._given.get("KITU_AMQP_URL"))

    def http(self, service: str) -> str:
        """Where a service answers."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def login(self, user: str) -> Login:
        """How a broker user logs in; on a broker of others, everyone as the user it was given."""
        if self.broker is None:
            return login(self._given.get("KITU_AMQP_URL"), None)
        return Login(user, self.broker.amqp_url(user, self._passwords[user]))

    def client_environment(self) -> dict[str, str]:
        """What the `kitu` command needs to find this suite."""
        found = {f"KITU_{name.upper()}_HTTP": self.http(name) for name in SERVICES}
        found["KITU_AMQP_URL"] = self.login("operator").url
        if self.broker is not None:
            password = quote(self._passwords["operator"], safe="")
            scheme, _, place = self.broker.management_url.partition("://")
            found["KITU_MANAGEMENT_URL"] = f"{scheme}://operator:{password}@{place}"
            found["KITU_PASSWORDS_FILE"] = str(self._broker_directory / "passwords.json")
        return found

    def write_client_environment(self) -> Path:
        """Write `client_environment` as a shell file that only its owner can read."""
        file = self.directory / "env"
        file.touch(mode=0o600)
        lines = [f"export {k}={shlex.quote(v)}\n" for k, v in self.client_environment().items()]
        programs = shlex.quote(str(Path(sys.executable).parent))
        file.write_text("".join([*lines, f"export PATH={programs}:$PATH\n"]))
        return file

    @property
    def _broker_directory(self) -> Path:
        return self.directory / "broker"

    def _start_broker(self, tell: Callable[[str], object]) -> None:
        if self.is_on_a_given_broker:
            tell("the broker that KITU_AMQP_URL names")
            try:
                asyncio.run(_reach(self.login("operator")))
            except Failure as failure:
                raise CannotStart(str(failure)) from None
            return
        tell("a private RabbitMQ")
        self._passwords = write_definitions(self._broker_directory, list(self._members))
        definitions = self._broker_directory / "definitions.json"
        self.broker = PrivateBroker(self._broker_directory, definitions)
        self.broker.begin()  # services wait for it by themselves

    def _start_mailbox(self, tell: Callable[[str], object]) -> None:
        if self._given.get("KITU_SMTP_URL"):
            tell("the mail server that KITU_SMTP_URL names")
            return
        tell("a mailbox")
        self.mailbox = PrivateMailbox(self.directory / "mails")
        self.mailbox.start()

    def _service_environment(self, name: str) -> dict[str, str]:
        own = f"KITU_{name.upper()}"
        defaults = {"KITU_DATABASE_URL": f"sqlite:///{self.directory}/{{service}}.db"}
        if self.mailbox is not None:
            defaults["KITU_SMTP_URL"] = self.mailbox.smtp_url
        if self.broker is None:  # one user for all services must be trusted to be each of them
            defaults["KITU_OPERATORS"] = self.login(name).user
        return {
            **defaults,
            f"{own}_AMQP_URL": self.login(name).url,
            f"{own}_HTTP_PORT": str(self.ports[name]),
            **self._given,
            "PYTHONUNBUFFERED": "1",
        }


async def _reach(who: Login) -> None:
    async with channel_of(who):
        pass
