"""What is done to a cluster while it works: drawn from a seed, counted, always undone."""

import asyncio
import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.exceptions import AMQPError

from deploy.chaos.cluster import Cluster
from deploy.local.cable import Cable
from shared.messaging.topology import EVENTS, INCOMING

AT_ONCE = 200
"""Messages repeated through one connection."""
MOST_EVENTS = 20_000
"""Messages remembered at most, besides those of outside systems, which are remembered all."""
BY_THEN = (5, 10, 12, 42, 50, 55, 60, 70, 72, 82, 91)
"""Percent of the faults that may be injected by the end of each step of the round; in the end, all.
So every step is hurt, the longest (all state their demand) most."""
Fault = Callable[[], Awaitable[int]]


class Faults:
    """Hurts a cluster again and again; `injected` counts what was done by kind.

    `poison` holds the marker of every message that can only end as a dead letter, `perhaps` of
    those of which it is not known whether the broker took them.
    """

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self._cluster = cluster
        self._draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._steps = 0
        self._seen: list[tuple[str, str, bytes]] = []
        self.injected: Counter[str] = Counter()
        self.poison: set[str] = set()
        self.perhaps: set[str] = set()
        self._kinds: list[tuple[int, str, Fault]] = [
            (30, "service killed with -9", self._kill_service),
            (12, "service paused", self._pause_service),
            (3, "broker killed with -9", self._kill_broker),
            (1, "broker restarted", self._restart_broker),
            (3, "broker paused", self._pause_broker),
            (4, "connections closed by the broker", self._cut_connections),
            (10, "network cut", self._cut_network),
            (10, "network stalled", self._stall_network),
            (2, "disk alarm", self._fill_disk),
            (4, "database killed with -9", self._kill_database),
            (1, "database restarted", self._restart_database),
            (30, "message doubled", self._double),
            (30, "event repeated late", self._repeat_event),
            (10, "poison", self._poison),
        ]
        if len(cluster.broker.nodes) > 1:
            self._kinds += [
                (12, "broker killed with -9", self._kill_broker),
                (3, "all broker nodes killed with -9", self._kill_all_nodes),
                (5, "queues' leaders moved", self._move_leaders),
            ]

    def saw(self, exchange: str, key: str, body: bytes) -> None:
        """Remember a message, to send it again out of turn."""
        if exchange == INCOMING or len(self._seen) < MOST_EVENTS:
            self._seen.append((exchange, key, body))

    def step_done(self) -> None:
        """The round has come a step further."""
        self._steps += 1

    @asynccontextmanager
    async def at_work(self, total: int, pause: float) -> AsyncIterator[asyncio.Task[None]]:
        """Inject faults one after the other until so many were done, or until this ends; the
        services' own deaths come on top.

        Gives the work, to be awaited by who wants all of them.
        """
        stop = asyncio.Event()
        working = asyncio.create_task(self._run(stop, total, pause))
        try:
            yield working
        finally:
            stop.set()
            await working

    async def _run(self, stop: asyncio.Event, total: int, pause: float) -> None:
        weights = [weight for weight, _, _ in self._kinds]
        if total:
            self._cluster.deadly.touch()
        while not stop.is_set() and (so_far := self.injected.total()) < total:
            percent = BY_THEN[self._steps] if self._steps < len(BY_THEN) else 100
            if so_far * 100 < total * percent:
                _, name, fault = self._draw.choices(self._kinds, weights)[0]
                self.injected[name] += await fault()
            self._revive()
            await asyncio.sleep(self._draw.uniform(0, 2 * pause))
        self._cluster.deadly.unlink(missing_ok=True)
        self._revive()

    @property
    def total(self) -> int:
        """How many faults there were, with the services' own deaths."""
        return self.all().total()

    def all(self) -> Counter[str]:
        """Every fault so far, by kind."""
        return self.injected + self._cluster.deaths()

    def _revive(self) -> None:
        for replica, process in self._cluster.replicas.items():
            if not process.running:
                process.kill()
                self._cluster.start_replica(replica)

    async def _kill_service(self) -> int:
        replica = self._draw.choice(sorted(self._cluster.replicas))
        self._cluster.signal(replica, signal.SIGKILL)
        await asyncio.to_thread(self._cluster.replicas[replica].kill)
        await asyncio.sleep(self._draw.uniform(0, 1))
        self._cluster.start_replica(replica)
        return 1

    async def _pause_service(self) -> int:
        replica = self._draw.choice(sorted(self._cluster.replicas))
        self._cluster.signal(replica, signal.SIGSTOP)
        await asyncio.sleep(self._draw.uniform(0.1, 3))
        self._cluster.signal(replica, signal.SIGCONT)
        return 1

    async def _kill_broker(self) -> int:
        node = self._draw.choice(self._cluster.broker.nodes)
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(self._draw.uniform(0, 1))
        await asyncio.to_thread(node.start)
        return 1

    async def _restart_broker(self) -> int:
        node = self._draw.choice(self._cluster.broker.nodes)
        await asyncio.to_thread(node.stop)
        await asyncio.to_thread(node.start)
        return 1

    async def _pause_broker(self) -> int:
        node = self._draw.choice(self._cluster.broker.nodes)
        node.signal(signal.SIGSTOP)
        await asyncio.sleep(self._draw.uniform(0.1, 5))
        node.signal(signal.SIGCONT)
        return 1

    async def _kill_all_nodes(self) -> int:
        """Their majority is gone, until they are back."""
        await asyncio.to_thread(self._cluster.broker.kill)
        await asyncio.to_thread(self._cluster.broker.start)
        return 1

    async def _move_leaders(self) -> int:
        """Each queue may have its leader elsewhere afterwards."""
        node = self._draw.choice(self._cluster.broker.nodes)
        try:
            await asyncio.to_thread(node.run, "rabbitmq-queues", "rebalance", "quorum")
        except subprocess.CalledProcessError:
            return 0
        return 1

    async def _cut_connections(self) -> int:
        try:
            await asyncio.to_thread(
                self._cluster.broker.rabbitmqctl, "close_all_connections", "chaos"
            )
        except subprocess.CalledProcessError:
            return 0
        return 1

    async def _cut_network(self) -> int:
        cable = self._any_cable()
        await cable.pull()
        await asyncio.sleep(self._draw.uniform(0, 3))
        await cable.plug_in()
        return 1

    async def _stall_network(self) -> int:
        """Nothing arrives for a while, and then it does, or the connection is gone."""
        cable = self._any_cable()
        cable.stall()
        await asyncio.sleep(self._draw.uniform(0.5, 6))
        if self._draw.random() < 0.5:
            await cable.pull()
            await cable.plug_in()
        cable.flow()
        return 1

    def _any_cable(self) -> Cable:
        cables = self._cluster.cables
        return self._draw.choice(cables[self._draw.choice(sorted(cables))])

    async def _fill_disk(self) -> int:
        """The broker blocks its publishers until there is room again."""
        ctl = self._draw.choice(self._cluster.broker.nodes).rabbitmqctl
        try:
            await asyncio.to_thread(ctl, "set_disk_free_limit", "1000000GB")
            await asyncio.sleep(self._draw.uniform(0, 3))
        except subprocess.CalledProcessError:
            return 0
        finally:
            await asyncio.to_thread(ctl, "set_disk_free_limit", "50MB")
        return 1

    async def _kill_database(self) -> int:
        await asyncio.to_thread(self._cluster.postgres.kill)
        await asyncio.sleep(self._draw.uniform(0, 1))
        await asyncio.to_thread(self._cluster.postgres.start)
        return 1

    async def _restart_database(self) -> int:
        await asyncio.to_thread(self._cluster.postgres.stop)
        await asyncio.to_thread(self._cluster.postgres.start)
        return 1

    async def _double(self) -> int:
        return await self._again(INCOMING)

    async def _repeat_event(self) -> int:
        return await self._again(EVENTS)

    async def say_all_again(self) -> None:
        """Send everything that outside systems said once more, as after a restored backup."""
        said = [seen for seen in self._seen if seen[0] == INCOMING]
        for start in range(0, len(said), AT_ONCE):
            left = said[start : start + AT_ONCE]
            while left:
                left = left[await self.publish(left) :]
        self.injected["everything said again"] += 1

    async def _again(self, exchange: str) -> int:
        """Send a few messages of the past again, in another order."""
        known = [seen for seen in self._seen if seen[0] == exchange]
        if not known:
            return 0
        chosen = self._draw.sample(known, min(len(known), self._draw.randint(1, 5)))
        return await self.publish(chosen)

    async def _poison(self) -> int:
        """A service's event that cannot be read; each of its readers must bury it."""
        marker = f"poison-{self._draw.getrandbits(64):016x}"
        key = f"{self._draw.choice(['member.changed', 'round.opened', 'demand.accepted'])}.v1.coop"
        sent = await self.publish([(EVENTS, key, json.dumps({"marker": marker}).encode())])
        (self.poison if sent else self.perhaps).add(marker)
        return sent

    async def publish(self, messages: list[tuple[str, str, bytes]]) -> int:
        """Publish as the operator; returns how many were confirmed."""
        done = 0
        try:
            async with asyncio.timeout(5):
                connection = await aio_pika.connect(self._cluster.login("operator").url)
                async with connection:
                    channel = await connection.channel(on_return_raises=True)
                    for exchange, key, body in messages:
                        target = await channel.get_exchange(exchange, ensure=False)
                        message = Message(
                            body, user_id="operator", delivery_mode=DeliveryMode.PERSISTENT
                        )
                        await target.publish(message, key)
                        done += 1
        except (OSError, TimeoutError, AMQPError, RuntimeError):
            return done
        return done
