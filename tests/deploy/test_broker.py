"""The private broker: real, alone, and gone when it is stopped."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError

from deploy.local.broker import BrokerCluster, PrivateBroker
from deploy.local.ports import is_free
from tests.deploy.processes import started_in

USER, PASSWORD = "town hall", "p/w:ö@"
DEFINITIONS = {
    "users": [{"name": USER, "password": PASSWORD, "tags": "administrator"}],
    "vhosts": [{"name": "/"}],
    "permissions": [
        {"user": USER, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    ],
    "queues": [
        {"name": name, "vhost": "/", "durable": True, "auto_delete": False, "arguments": kind}
        for name, kind in (("kept", {}), ("kept by quorum", {"x-queue-type": "quorum"}))
    ],
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    """A broker that these tests may kill; starts with the definitions above."""
    directory = tmp_path_factory.mktemp("broker")
    definitions = directory / "definitions.json"
    definitions.write_text(json.dumps(DEFINITIONS))
    node = PrivateBroker(directory / "state", definitions)
    node.start()
    yield node
    node.kill()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[BrokerCluster]:
    """Three nodes with the definitions above."""
    definitions = tmp_path / "definitions.json"
    definitions.write_text(json.dumps(DEFINITIONS))
    cluster = BrokerCluster(tmp_path / "nodes", definitions)
    yield cluster
    cluster.close()


@asynccontextmanager
async def channel(node: PrivateBroker) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(node.amqp_url(USER, PASSWORD))
    async with connection, connection.channel() as channel:
        yield channel


async def kept_in(node: PrivateBroker, queue: str) -> bytes:
    """Take a message; a quorum queue that has no leader yet answers with errors, or never."""
    async with asyncio.timeout(60):
        while True:
            with suppress(TimeoutError, AMQPError):
                async with channel(node) as open_channel:
                    kept = await (await open_channel.get_queue(queue)).get(timeout=1)
                    await kept.ack()
                    return kept.body


def listening(pids: set[int]) -> set[tuple[str, int]]:
    """Address and port of every TCP socket on which one of these processes listens."""
    inodes = set()
    for link in [link for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir()]:
        with suppress(FileNotFoundError):  # closed meanwhile
            inodes.add(re.sub(r"\D", "", str(link.readlink())))
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                words = [bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8)]
                found.add((socket.inet_ntop(family, b"".join(words)), int(port, 16)))
    return found


async def test_users_and_queues_are_there_when_it_is_ready(node: PrivateBroker) -> None:
    async with channel(node) as open_channel:
        await open_channel.get_queue("kept by quorum")
    assert node.rabbitmqctl("list_users", "--formatter=json").count('"user"') == 1
    async with httpx.AsyncClient(auth=(USER, PASSWORD)) as client:
        overview = await client.get(f"{node.management_url}/api/overview")
    assert overview.json()["node"] == "kitu@localhost"


def test_it_listens_on_four_loopback_ports_and_no_standard_one(node: PrivateBroker) -> None:
    sockets = listening(started_in(node.directory))

    ports = {port for _, port in sockets}
    assert {address for address, _ in sockets} <= {"127.0.0.1", "::1"}
    assert len(ports) == 4  # AMQP, management, distribution, epmd
    assert not {4369, 5672, 15672, 25672} & ports


async def test_a_killed_broker_comes_back_where_it_was_with_what_it_confirmed(
    node: PrivateBroker,
) -> None:
    # RabbitMQ 3.10 writes down a new quorum queue's first term late; killed within that second
    # the queue stays without leader.
    node.stop()
    node.start()
    async with channel(node) as open_channel:
        for queue in ("kept", "kept by quorum"):
            message = aio_pika.Message(b"demand", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await open_channel.default_exchange.publish(message, routing_key=queue)
    address = node.amqp_url(USER, PASSWORD)

    node.kill()
    assert started_in(node.directory) == set()
    node.start()

    assert node.amqp_url(USER, PASSWORD) == address
    assert await kept_in(node, "kept") == b"demand"
    assert await kept_in(node, "kept by quorum") == b"demand"


def test_a_stopped_broker_leaves_no_process_and_no_port(node: PrivateBroker) -> None:
    ports = {port for _, port in listening(started_in(node.directory))}

    node.stop()

    assert not node.running
    assert started_in(node.directory) == set()
    assert all(is_free(port) for port in ports)


async def test_a_cluster_keeps_what_it_confirmed_when_a_node_is_killed(
    cluster: BrokerCluster,
) -> None:
    cluster.start()
    first, *others = cluster.nodes
    async with channel(first) as open_channel:
        message = aio_pika.Message(b"demand", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await open_channel.default_exchange.publish(message, routing_key="kept by quorum")

    first.kill()

    assert await kept_in(others[-1], "kept by quorum") == b"demand"
    addresses = {address for address, _ in listening(started_in(cluster.directory))}
    assert addresses <= {"127.0.0.1", "::1"}
