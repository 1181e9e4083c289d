"""The TLS configurations in deploy/rabbitmq, on a real node with certificates of its own."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import aio_pika
import pytest
import trustme
from aio_pika.exceptions import AMQPError

from deploy.local.broker import PrivateBroker
from shared.messaging.topology import INCOMING, definitions

CONFIGURATIONS = Path("deploy/rabbitmq")
USERS = {"member-10007": "secret", "operator": "other"}


class Node:
    """A node with one of the configurations, and clients' addresses for it."""

    def __init__(self, directory: Path, configuration: str) -> None:
        self.directory = directory
        directory.mkdir()
        self.authority = trustme.CA()
        self._write("server", self.authority.issue_cert("localhost"))
        self.authority.cert_pem.write_to_path(str(directory / "ca.pem"))
        definitions_file = directory / "definitions.json"
        definitions_file.write_text(json.dumps(definitions({}, USERS)))
        text = (CONFIGURATIONS / configuration).read_text()
        self.broker = PrivateBroker(
            directory / "node",
            definitions_file,
            tls=text.replace("/etc/rabbitmq/tls", str(directory)),
        )

    def certificate_of(self, name: str, authority: trustme.CA | None = None) -> str:
        """The part of an address that shows a certificate with this common name."""
        self._write(
            name, (authority or self.authority).issue_cert(f"{name}.example", common_name=name)
        )
        certificate, key = (quote(f"{self.directory}/{name}.{kind}") for kind in ("pem", "key"))
        return f"&certfile={certificate}&keyfile={key}"

    def url(self, who: str, more: str = "") -> str:
        """An address over TLS."""
        return f"{self.broker.amqps_url(who)}?cafile={quote(f'{self.directory}/ca.pem')}{more}"

    def _write(self, name: str, issued: trustme.LeafCert) -> None:
        issued.private_key_pem.write_to_path(str(self.directory / f"{name}.key"))
        for blob in issued.cert_chain_pems:
            blob.write_to_path(str(self.directory / f"{name}.pem"), append=True)


async def opens(url: str) -> bool:
    """Whether a system may log in and finds its exchange."""
    try:
        async with asyncio.timeout(15):
            connection = await aio_pika.connect(url)
            async with connection:
                channel = await connection.channel()
                await channel.get_exchange(INCOMING, ensure=True)
    except (OSError, TimeoutError, AMQPError):
        return False
    return True


@pytest.fixture(scope="module")
def over_tls(private_directory: Path) -> Iterator[Node]:
    node = Node(private_directory / "tls", "tls.conf")
    with node.broker:
        yield node


@pytest.fixture(scope="module")
def over_mutual_tls(private_directory: Path) -> Iterator[Node]:
    node = Node(private_directory / "mutual-tls", "mutual-tls.conf")
    with node.broker:
        yield node


async def test_over_tls_a_password_opens(over_tls: Node) -> None:
    assert await opens(over_tls.url("member-10007:secret"))


async def test_over_tls_a_wrong_password_does_not_open(over_tls: Node) -> None:
    assert not await opens(over_tls.url("member-10007:wrong"))


async def test_a_client_does_not_talk_to_a_server_of_another_authority(over_tls: Node) -> None:
    trustme.CA().cert_pem.write_to_path(str(over_tls.directory / "foreign.pem"))
    url = over_tls.url("member-10007:secret").replace("/ca.pem", "/foreign.pem")
    assert not await opens(url)


async def test_over_mutual_tls_a_certificate_opens(over_mutual_tls: Node) -> None:
    shown = over_mutual_tls.certificate_of("member-10007")
    assert await opens(over_mutual_tls.url("member-10007", f"{shown}&auth=EXTERNAL"))


async def test_over_mutual_tls_a_password_is_worth_nothing(over_mutual_tls: Node) -> None:
    shown = over_mutual_tls.certificate_of("member-10007")
    assert not await opens(over_mutual_tls.url("operator:other", shown))


async def test_over_mutual_tls_nobody_enters_without_certificate(over_mutual_tls: Node) -> None:
    assert not await opens(over_mutual_tls.url("member-10007", "&auth=EXTERNAL"))


async def test_a_certificate_of_another_authority_does_not_open(over_mutual_tls: Node) -> None:
    shown = over_mutual_tls.certificate_of("member-10007", trustme.CA())
    assert not await opens(over_mutual_tls.url("member-10007", f"{shown}&auth=EXTERNAL"))


async def test_a_certificate_for_nobody_known_does_not_open(over_mutual_tls: Node) -> None:
    shown = over_mutual_tls.certificate_of("member-99999")
    assert not await opens(over_mutual_tls.url("member-99999", f"{shown}&auth=EXTERNAL"))
