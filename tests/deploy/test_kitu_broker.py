"""Outside systems come and go on a running broker, by the operator's command."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aio_pika
import pytest
from aio_pika.exceptions import AMQPConnectionError
from aiormq.exceptions import ChannelAccessRefused

from deploy.kitu.app import main
from deploy.kitu.broker import write_definitions
from deploy.local.broker import PrivateBroker
from shared.messaging.topology import EVENTS
from tests.builders import an_envelope
from tests.cooperative import System, until

USER = "member-10019"
KEY = "demand.submitted.v1.10019"


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with definitions for one member, and everybody's password."""
    folder = tmp_path_factory.mktemp("definitions")
    return folder, write_definitions(folder, ["10002"])


@pytest.fixture(scope="module")
def node(
    private_directory: Path, passwords: tuple[Path, dict[str, str]]
) -> Iterator[PrivateBroker]:
    """A broker as `kitu broker definitions` sets it up."""
    folder, _ = passwords
    with PrivateBroker(private_directory / "kitu-broker", folder / "definitions.json") as started:
        yield started


@pytest.fixture(autouse=True)
def _management(
    node: PrivateBroker, passwords: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = f"http://operator:{passwords[1]['operator']}@"
    monkeypatch.setenv("KITU_MANAGEMENT_URL", node.management_url.replace("http://", operator))


async def kitu(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def added(capsys: pytest.CaptureFixture[str]) -> str:
    """Add the system; returns its password."""
    assert await kitu("broker", "add", USER) == 0
    return capsys.readouterr().out.splitlines()[-1]


async def log_in(node: PrivateBroker, user: str, password: str) -> System:
    connection = await aio_pika.connect(node.amqp_url(user, password))
    return System(user, connection, await connection.channel(on_return_raises=True))


@pytest.fixture
async def operator(
    node: PrivateBroker, passwords: tuple[Path, dict[str, str]]
) -> AsyncIterator[System]:
    """Who answers in a service's stead."""
    who = await log_in(node, "operator", passwords[1]["operator"])
    yield who
    await who.connection.close()


async def test_a_system_that_was_added_speaks_and_hears_for_its_member_only(
    node: PrivateBroker, operator: System, capsys: pytest.CaptureFixture[str]
) -> None:
    system = await log_in(node, USER, await added(capsys))
    await system.say(KEY, an_envelope("demand.submitted.v1", "10019"))
    for party in ("10002", "10019"):
        await operator.say(f"demand.accepted.v1.{party}", {"party": party}, EVENTS)
    assert await system.hears() == {"party": "10019"}
    assert await (await system.answers()).get(fail=False) is None
    with pytest.raises(ChannelAccessRefused):
        await system.say("demand.submitted.v1.10002", {})
    await system.connection.close()


async def test_a_system_that_is_added_again_gets_a_new_password_and_keeps_its_answers(
    node: PrivateBroker, operator: System, capsys: pytest.CaptureFixture[str]
) -> None:
    old = await added(capsys)
    await operator.say("demand.accepted.v1.10019", {"told": "before"}, EVENTS)
    new = await added(capsys)
    with pytest.raises(AMQPConnectionError):
        await log_in(node, USER, old)
    system = await log_in(node, USER, new)
    assert await system.hears() == {"told": "before"}
    await system.connection.close()


async def test_a_system_that_is_revoked_is_cut_off_at_once_and_logs_in_no_more(
    node: PrivateBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    password = await added(capsys)
    system = await log_in(node, USER, password)
    assert await kitu("broker", "revoke", USER) == 0

    async def cut_off() -> bool:
        return system.channel.is_closed

    await until(cut_off)
    with pytest.raises(AMQPConnectionError):
        await log_in(node, USER, password)


@pytest.mark.parametrize(
    "user", ["operator", "demand", "guest", "member-1", "member-.*", "member-10019\n", "*", ""]
)
@pytest.mark.parametrize("command", ["add", "revoke"])
async def test_only_outside_systems_are_added_and_revoked(command: str, user: str) -> None:
    assert await kitu("broker", command, user) == 2
