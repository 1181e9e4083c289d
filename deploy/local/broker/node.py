"""A RabbitMQ node of our own: private name, private loopback ports, all its state in one place."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from deploy.bootstrap import find_rabbitmq
from deploy.local.ports import accepts, kept_ports
from deploy.local.process import CannotStart, Claim, Process
from deploy.packages import with_unpacked

NODE = "kitu@localhost"
PATIENCE = 180.0
"""Seconds for a node to come up; one whose peers are starting too waits for them."""
PLUGINS = "[rabbitmq_management,rabbitmq_auth_mechanism_ssl]."
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
disk_free_limit.absolute = 50MB
"""
CLUSTER = "cluster_formation.peer_discovery_backend = classic_config\n"
LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"


@dataclass(frozen=True, slots=True)
class Ring:
    """What nodes that form a cluster have in common."""

    names: Sequence[str]
    epmd: int
    cookie: str


class PrivateBroker:
    """RabbitMQ beside whatever else runs here, under the user who starts it.

    It ends with the process that started it, even if that is killed. A later object for the
    same directory finds the same messages, and the same ports if they are still free.

    Args:
        directory: keeps data, logs and configuration.
        definitions: users, exchanges, queues and policies to load at every start; without it
            there is the user `guest` with password `guest`.
        tls: lines of a configuration like those in deploy/rabbitmq; its port 5671 becomes a
            free one, and the open port stays beside it on loopback.
        name: the node's; one of the ring's.
        ring: the cluster that it belongs to, which runs the epmd.
    """

    def __init__(
        self,
        directory: Path,
        definitions: Path | None = None,
        *,
        tls: str = "",
        name: str = NODE,
        ring: Ring | None = None,
    ) -> None:
        self.name = name
        self._ring = ring
        self.directory = directory.resolve()
        self.definitions = definitions.resolve() if definitions else None
        self._tls = tls
        self._claim = Claim(self.directory)
        self._ports: dict[str, int] = {}
        self._epmd = Process("epmd", self.directory)
        self._node = Process("rabbitmq", self.directory)

    @property
    def running(self) -> bool:
        return self._node.running

    @property
    def management_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['management']}"

    @property
    def port(self) -> int:
        """Where it answers AMQP."""
        return self._ports["amqp"]

    def amqp_url(self, user: str = "guest", password: str = "guest", vhost: str = "/") -> str:  # noqa: S107
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"amqp://{who}@127.0.0.1:{self._ports['amqp']}/{quote(vhost, safe='')}"

    def amqps_url(self, who: str) -> str:
        """The address over TLS of `user:password`, or of a user who shows a certificate."""
        return f"amqps://{who}@localhost:{self._ports['amqps']}/"

    def start(self) -> None:
        """Start, or start again after `stop` or `kill`, and return when AMQP is answered.

        Raises:
            CannotStart: RabbitMQ is not installed, does not come up, or another running
                program uses the directory.
        """
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start and return at once, with the ports known; `wait` tells when it answers."""
        if self.running:
            return
        self._claim.take()
        with self._or_killed():
            self._epmd.end_leftovers()
            self._node.end_leftovers()
            environment = self._configure()
            self._pid_file.unlink(missing_ok=True)
            if self._ring is None:
                start_epmd(self._epmd, self._ports["epmd"], environment)
            self._node.start([program("rabbitmq-server")], environment)

    def wait(self) -> None:
        """Return when AMQP is answered; raises as `start` does."""
        with self._or_killed():
            self._node.wait_until(lambda: speaks_amqp(self._ports["amqp"]), PATIENCE)
            if self._tls:
                self._node.wait_until(lambda: accepts(self._ports["amqps"]))

    @contextlib.contextmanager
    def _or_killed(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Shut the node down in good order; its management plugin takes 5 seconds of that."""
        if self.running:
            # the start script and the helpers of the Erlang machine must not get the signal
            self._node.stop(pid=int(self._pid_file.read_text()))
        self.kill()

    def kill(self) -> None:
        """End the node with SIGKILL, as a power cut would; `start` brings it back."""
        self._node.kill()
        self._epmd.kill()
        self._claim.free()

    def signal(self, number: signal.Signals) -> None:
        """Send the node a signal, such as one to stand still."""
        os.kill(int(self._pid_file.read_text()), number)

    def rabbitmqctl(self, *arguments: str) -> str:
        """What RabbitMQ's main command answers; raises as `run` does."""
        return self.run("rabbitmqctl", "--quiet", *arguments)

    def run(self, tool: str, *arguments: str) -> str:
        """What one of RabbitMQ's commands answers.

        Raises:
            subprocess.CalledProcessError: the command failed; carries what it said.
        """
        command = [str(program(tool)), *arguments]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=self._environment()
        )
        return done.stdout

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def _pid_file(self) -> Path:
        return self.directory / "rabbitmq.pid"

    def _configure(self) -> dict[str, str]:
        self._ports = self._ports or kept_ports(
            self.directory, "amqp", "amqps", "management", "distribution", "epmd"
        )
        configuration = CONFIGURATION.format(**self._ports)
        tls = self._tls.replace("listeners.tcp = none", "")
        configuration += tls.replace("5671", f"127.0.0.1:{self._ports['amqps']}")
        if self._ring is not None:
            self._ports["epmd"] = self._ring.epmd
            # Those before it alone: from 3.13 on a node that knows others waits for them.
            before = self._ring.names[: self._ring.names.index(self.name)]
            if before:
                configuration += CLUSTER
                for number, name in enumerate([*before, self.name], 1):
                    configuration += f"cluster_formation.classic_config.nodes.{number} = {name}\n"
            cookie = self.directory / ".erlang.cookie"
            if not cookie.exists():
                cookie.write_text(self._ring.cookie)
                cookie.chmod(0o400)
        if self.definitions:
            configuration += f"load_definitions = {self.definitions}\n"
        (self.directory / "rabbitmq.conf").write_text(configuration)
        (self.directory / "enabled_plugins").write_text(PLUGINS)
        (self.directory / "nothing").touch()
        return self._environment()

    def _environment(self) -> dict[str, str]:
        here = str(self.directory)
        own = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": here,  # where Erlang keeps the cookie that lets programs talk to the node
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._ports["distribution"]),
            "ERL_AFLAGS": LOOPBACK,  # for every Erlang machine, tools and helpers too
            "RABBITMQ_CONF_ENV_FILE": f"{here}/nothing",
            "RABBITMQ_CONFIG_FILE": f"{here}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{here}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{here}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{here}/data",
            "RABBITMQ_LOG_BASE": f"{here}/log",
            "RABBITMQ_PID_FILE": str(self._pid_file),
        }
        return with_unpacked(own)


def start_epmd(epmd: Process, port: int, environment: Mapping[str, str]) -> None:
    """Start the daemon by which Erlang's nodes find each other."""
    epmd.start(["epmd", "-address", "127.0.0.1", "-port", str(port)], environment)
    epmd.wait_until(lambda: accepts(port))


def program(name: str) -> Path:
    """One of RabbitMQ's own scripts.

    Raises:
        CannotStart: RabbitMQ is not installed.
    """
    server = find_rabbitmq()
    if server is None:
        raise CannotStart("RabbitMQ is not installed; `make setup` does it")
    return server.with_name(name)


def speaks_amqp(port: int) -> bool:
    """Whether a broker on this loopback port answers the AMQP 0-9-1 greeting.

    The answer is the method frame `connection.start` (class 10, method 10) on channel 0;
    AMQP 0-9-1 specification, sections 4.2.2 and 1.4.2.1.
    """
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
        connection.makefile("rb") as answer,
    ):
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        frame = answer.read(11)
        return frame[:3] == b"\x01\x00\x00" and frame[7:] == b"\x00\x0a\x00\x0a"
    return False
