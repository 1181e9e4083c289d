"""Several nodes of our own that are one broker."""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.broker.node import PrivateBroker, Ring, start_epmd
from deploy.local.ports import kept_ports
from deploy.local.process import Process


class BrokerCluster:
    """Private nodes that are one RabbitMQ, so that every quorum queue has a member on each.

    Args:
        directory: keeps everything.
        definitions: users, exchanges, queues and policies; loaded once all nodes have joined,
            for a queue has members on the nodes that are there when it is declared.
        size: how many nodes.
    """

    def __init__(self, directory: Path, definitions: Path, size: int = 3) -> None:
        self.directory = directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._definitions = definitions
        self._epmd = Process("epmd", self.directory)
        self._port = kept_ports(self.directory, "epmd")["epmd"]
        names = [f"kitu-{number}@localhost" for number in range(1, size + 1)]
        ring = Ring(names, self._port, secrets.token_hex(16))
        self.nodes = [
            PrivateBroker(self.directory / name.partition("@")[0], name=name, ring=ring)
            for name in names
        ]

    def start(self) -> None:
        """Start all nodes, or those that do not run; returns when all answer."""
        if not self._epmd.running:
            start_epmd(self._epmd, self._port, {"PATH": os.environ["PATH"]})
        loaded = self.directory / "loaded"
        # The first time one after the other, for each joins those before it; later together, for
        # a node whose peers were killed too waits for them.
        with ThreadPoolExecutor(len(self.nodes) if loaded.exists() else 1) as starting:
            list(starting.map(lambda node: node.start(), self.nodes))
        if not loaded.exists():
            self.rabbitmqctl("await_online_nodes", str(len(self.nodes)))
            self.rabbitmqctl("import_definitions", str(self._definitions))
            loaded.touch()

    def stop(self) -> None:
        """Shut all nodes down in good order."""
        with ThreadPoolExecutor(len(self.nodes)) as stopping:
            list(stopping.map(lambda node: node.stop(), self.nodes))

    def kill(self) -> None:
        """End all nodes at once, as a power cut would; `start` brings them back."""
        for node in self.nodes:
            node.kill()

    def close(self) -> None:
        """End everything."""
        self.kill()
        self._epmd.kill()

    def rabbitmqctl(self, *arguments: str) -> str:
        """What RabbitMQ's own command answers on the first node that runs."""
        running = next((node for node in self.nodes if node.running), self.nodes[0])
        return running.rabbitmqctl(*arguments)
