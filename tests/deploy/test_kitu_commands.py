"""The `kitu` command against a real broker, with least rights for everyone."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.kitu.app import main
from deploy.local.broker import PrivateBroker
from shared.events.demand import DemandAccepted, DemandRejected
from shared.events.member import DEMAND_EXAMPLE, DemandSubmitted
from shared.messaging.topology import EVENTS, definitions, inbox_queue

VHOST = "kitu-command"
PASSWORDS = {"demand": "d", "operator": "o", "member-10002": "m"}
TYPE = ["--type", "demand.submitted.v1"]


@pytest.fixture(scope="module")
def vhost(broker: PrivateBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A virtual host with the demand service's inbox and three users."""
    file = tmp_path_factory.mktemp("definitions") / "definitions.json"
    file.write_text(json.dumps(definitions({"demand": [DemandSubmitted]}, PASSWORDS, VHOST)))
    broker.rabbitmqctl("import_definitions", str(file))
    yield VHOST
    broker.rabbitmqctl("delete_vhost", VHOST)


@pytest.fixture
def url(broker: PrivateBroker, vhost: str) -> str:
    return broker.amqp_url("operator", PASSWORDS["operator"], vhost)


@pytest.fixture
def member_url(broker: PrivateBroker, vhost: str) -> str:
    return broker.amqp_url("member-10002", PASSWORDS["member-10002"], vhost)


@pytest.fixture
async def demand(broker: PrivateBroker, vhost: str) -> AsyncIterator[AbstractChannel]:
    """A channel with the rights of the demand service; its inbox is empty at first."""
    async with await aio_pika.connect(broker.amqp_url("demand", "d", vhost)) as connection:
        channel = await connection.channel(on_return_raises=True)
        await (await channel.get_queue(inbox_queue("demand"), ensure=False)).purge()
        yield channel


@asynccontextmanager
async def answering(demand: AbstractChannel) -> AsyncIterator[list[AbstractIncomingMessage]]:
    """Answer each demand as the service does: more than 100 pieces are rejected."""
    heard: list[AbstractIncomingMessage] = []
    events = await demand.get_exchange(EVENTS, ensure=False)
    inbox = await demand.get_queue(inbox_queue("demand"), ensure=False)

    async def answer(message: AbstractIncomingMessage) -> None:
        heard.append(message)
        said = json.loads(message.body)
        model = DemandRejected if said["data"]["quantity"] > 100 else DemandAccepted
        body = {"type": model.type, "causationid": said["id"], "data": model.example}
        key = f"{model.type}.{said['party']}"
        await events.publish(aio_pika.Message(json.dumps(body).encode()), key)
        await message.ack()

    tag = await inbox.consume(answer)
    yield heard
    await inbox.cancel(tag)


def a_file(folder: Path, *quantities: object) -> str:
    file = folder / "demand.json"
    file.write_text(json.dumps([{**DEMAND_EXAMPLE, "quantity": q} for q in quantities]))
    return str(file)


async def kitu(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def waiting_in(demand: AbstractChannel) -> int:
    queue = await demand.declare_queue(inbox_queue("demand"), passive=True)
    return queue.declaration_result.message_count or 0


async def test_what_is_published_carries_its_sender_its_type_and_its_id(
    tmp_path: Path, member_url: str, demand: AbstractChannel
) -> None:
    async with answering(demand) as heard:
        code = await kitu("publish", a_file(tmp_path, 12), *TYPE, "--url", member_url, "--wait")
    assert code == 0
    (message,) = heard
    event = json.loads(message.body)
    assert message.routing_key == "demand.submitted.v1.10002"
    assert (message.user_id, message.app_id) == ("member-10002", "member-10002")
    assert (message.message_id, message.type) == (event["id"], "demand.submitted.v1")
    assert message.content_type == "application/cloudevents+json"
    assert event["data"]["quantity"] == 12


async def test_a_rejection_is_told_with_its_row_and_reason(
    tmp_path: Path, url: str, demand: AbstractChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    async with answering(demand):
        code = await kitu("publish", a_file(tmp_path, 12, 101), *TYPE, "--url", url, "--wait")
    told = capsys.readouterr().err
    assert code == 1
    assert "demand.json:2  quantity = '0' must be at least 1" in told
    assert "1 accepted, 1 rejected, 0 without answer" in told


async def test_an_answer_that_does_not_come_is_told_after_the_time_given(
    tmp_path: Path, url: str, demand: AbstractChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("publish", a_file(tmp_path, 12), *TYPE, "--url", url, "--wait", "--timeout", "0.3")
    assert await kitu(*arguments) == 1
    assert "demand.json:1  no answer yet" in capsys.readouterr().err


async def test_one_invalid_message_keeps_the_whole_file_from_being_sent(
    tmp_path: Path, url: str, demand: AbstractChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await kitu("publish", a_file(tmp_path, 12, 0, "x"), *TYPE, "--url", url) == 1
    told = capsys.readouterr().err
    assert "demand.json:2  quantity = '0'" in told
    assert "demand.json:3  quantity = 'x'" in told
    assert await waiting_in(demand) == 0


async def test_an_invalid_message_is_sent_where_that_is_asked_for(
    tmp_path: Path, url: str, demand: AbstractChannel
) -> None:
    arguments = ("publish", a_file(tmp_path, 0), *TYPE, "--url", url, "--no-validate", "--wait")
    async with answering(demand) as heard:
        assert await kitu(*arguments) == 0
    assert json.loads(heard[0].body)["data"]["quantity"] == 0


async def test_the_broker_lets_nobody_speak_for_another_member(
    tmp_path: Path, member_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("publish", a_file(tmp_path, 12), *TYPE, "--url", member_url)
    assert await kitu(*arguments, "--party", "10007", "--no-validate") == 1
    assert "the broker refused: ACCESS_REFUSED" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["publish"], 2),
        (["publish", "/nowhere.json", *TYPE], 2),
        (["publish", "FILE"], 2),
        (["publish", "FILE", *TYPE, "--url", "http://somewhere/"], 2),
        (["publish", "FILE", *TYPE, "--user", "member-10002"], 2),
        (["publish", "FILE", *TYPE, "--url", "amqp://a:b@127.0.0.1:9/"], 3),
        (["round", "open", "--title", "x", "--category", "hardware", "--cut-off", "soon"], 2),
        (["round", "open", "--title", "x", "--category", "shoes", "--cut-off", "+1d"], 2),
        (["show", "elephant", "1"], 2),
        (["show", "demand", "B-2026-00001"], 3),
        (["schema", "demand.submited"], 2),
        (["fly"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_told_in_one_line_with_its_exit_code(
    arguments: list[str],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KITU_DEMAND_HTTP", "http://127.0.0.1:9")
    file = a_file(tmp_path, 12)
    assert main([file if argument == "FILE" else argument for argument in arguments]) == code
    told = capsys.readouterr().err
    assert told.startswith("kitu: ")
    assert told.count("\n") == 1


async def test_a_wrong_password_is_told_as_unreachable(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = url.replace(":o@", ":wrong@")
    assert await kitu("publish", a_file(tmp_path, 12), *TYPE, "--url", wrong) == 3
    assert "wrong" not in capsys.readouterr().err


async def test_another_users_password_comes_from_the_passwords_file(
    tmp_path: Path, url: str, demand: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    monkeypatch.setenv("KITU_PASSWORDS_FILE", str(passwords))
    monkeypatch.setenv("KITU_AMQP_URL", url)
    async with answering(demand) as heard:
        file = a_file(tmp_path, 12)
        assert await kitu("publish", file, *TYPE, "--user", "member-10002", "--wait") == 0
    assert heard[0].user_id == "member-10002"


async def state(demand: AbstractChannel, message_type: str, party: str, data: Any) -> None:
    """State an event as a service does."""
    events = await demand.get_exchange(EVENTS, ensure=False)
    body = json.dumps({"type": message_type, "time": "2026-03-01T08:00:00Z", "data": data})
    await events.publish(aio_pika.Message(body.encode()), f"{message_type}.{party}")


async def followed(until: int, *arguments: str) -> tuple[list[str], int]:
    """What `kitu follow` prints, until so many lines; then its exit code after Ctrl-C."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from deploy.kitu.app import run; run()", "follow", *arguments),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        lines = [(await process.stdout.readline()).decode() for _ in range(until)]
        process.send_signal(signal.SIGINT)
        return lines, await process.wait()


async def test_a_member_follows_its_answers_and_leaves_them_where_they_are(
    member_url: str, demand: AbstractChannel
) -> None:
    await state(demand, "demand.accepted.v1", "10002", {"reference": "B-2026-00017"})
    await state(demand, "demand.accepted.v1", "10007", {"reference": "B-2026-00018"})
    await state(demand, "demand.specified.v1", "10002", {"reference": "B-2026-00019"})
    arguments = ("--type", "demand.specified", "--url", member_url)
    for _ in range(2):
        lines, code = await followed(1, *arguments)
        assert "B-2026-00019" in lines[0]
        assert code == 0


async def test_the_operator_follows_everything_as_it_happens(
    url: str, demand: AbstractChannel
) -> None:
    async def state_until_followed() -> None:
        while True:
            await state(demand, "demand.accepted.v1", "10007", {"reference": "B-2026-00018"})
            await state(demand, "demand.specified.v1", "kid", {"reference": "B-2026-00020"})
            await asyncio.sleep(0.1)

    stating = asyncio.create_task(state_until_followed())
    lines, code = await followed(2, "--party", "kid", "--json", "--url", url)
    stating.cancel()
    assert {json.loads(line)["data"]["reference"] for line in lines} == {"B-2026-00020"}
    assert code == 0


async def test_a_round_is_announced_and_closed_from_the_command_line(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("cooperative.incoming", "round.#")
        announce = ("round", "open", "--title", "Herbst", "--category", "hardware")
        assert await kitu(*announce, "--cut-off", "2026-12-01T11:00+01:00", "--url", url) == 0
        announced = await queue.get(timeout=30)
        await announced.ack()
        round_id = capsys.readouterr().out.split()[-1]
        assert announced.routing_key == "round.announced.v1.kid"
        assert json.loads(announced.body)["data"] == {
            "round_id": round_id,
            "title": "Herbst",
            "categories": ["hardware"],
            "cut_off": "2026-12-01T10:00:00Z",
        }
        assert await kitu("round", "close", round_id, "--url", url) == 0
        closing = await queue.get(timeout=30)
        await closing.ack()
        assert json.loads(closing.body)["data"]["round_id"] == round_id
