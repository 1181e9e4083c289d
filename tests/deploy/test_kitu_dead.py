"""Dead letters from the operator's chair: seen with their reason, tried again, taken away."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aio_pika.abc import AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused

from deploy.kitu.app import main
from shared.database import Database
from shared.messaging.receiving import Receiver
from shared.messaging.relay import Relay
from shared.messaging.topology import DEAD_LETTERS, INCOMING
from tests.builders import AT_ONCE, OPERATORS, Clock, an_envelope
from tests.cooperative import Cooperative, System, log_in, run_service, until
from tests.shared.withdrawals import current, failing, withdrawn

FAR = {"message_id": "0190163d-0000-7000-8000-000000000001"}


@pytest.fixture
def operator_url(cooperative: Cooperative, monkeypatch: pytest.MonkeyPatch) -> str:
    """The broker as the operator's `kitu` finds it."""
    monkeypatch.setenv("KITU_AMQP_URL", cooperative.url("operator"))
    return cooperative.url("operator")


@pytest.fixture(autouse=True)
async def operator(cooperative: Cooperative) -> AsyncIterator[System]:
    """The operator's own system; no dead letters are left over."""
    who = await log_in(cooperative, "operator")
    await (await who.channel.get_queue(DEAD_LETTERS)).purge()
    yield who
    await who.connection.close()


async def kitu(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `kitu dead list` tells."""
    capsys.readouterr()
    assert await kitu("dead", "list", "--json") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def bury(database: Database, clock: Clock, cooperative: Cooperative) -> None:
    """Let a member's withdrawal fail until it is a dead letter of the demand service."""
    handle, _ = failing(99)
    own = Receiver(database, OPERATORS, AT_ONCE)
    await own.receive(withdrawn(), current(handle))
    for delay in AT_ONCE.delays:
        clock.now += timedelta(seconds=delay)
        await own.revive({"demand.withdrawn.v1": handle})
    relay = Relay(database, cooperative.url("demand"), "demand")
    await relay.drain()
    await relay.close()


async def test_a_letter_is_listed_with_reader_sender_and_reason_and_shown_with_all_it_went_through(
    sqlite_database: Database,
    clock: Clock,
    cooperative: Cooperative,
    operator_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await bury(sqlite_database, clock, cooperative)
    (letter,) = await listed(capsys)
    assert letter["reader"] == "demand"
    assert letter["user"] == "member-10002"
    assert letter["key"] == "demand.withdrawn.v1.10002"
    assert letter["reason"] == "Failed('no such thing')"
    assert await kitu("dead", "list") == 0
    assert letter["id"] in capsys.readouterr().out  # whole, in a window of 80 columns too
    assert await kitu("dead", "show", letter["id"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("Failed: no such thing") > len(AT_ONCE.delays)
    assert "Traceback" in shown
    assert '"reason":"1"' in shown.replace(" ", "")
    assert len(await listed(capsys)) == 1


async def test_a_letter_that_is_sent_again_takes_effect_for_its_first_sender(
    cooperative: Cooperative,
    operator: System,
    operator_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    applied = an_envelope("membership.applied.v1", "coop")
    board = await log_in(cooperative, "board")
    await (await board.answers()).purge()
    whole = json.dumps(applied).encode()
    headers = {
        "kitu-exchange": INCOMING,
        "kitu-routing-key": "membership.applied.v1.coop",
        "kitu-user": "board",
        "kitu-reason": "for the test",
    }
    await operator.say("membership.x", whole, DEAD_LETTERS, headers=headers, **FAR)
    membership = run_service("membership", cooperative.url("membership"), tmp_path)
    try:
        await membership.becomes(200)
        assert await kitu("dead", "replay", FAR["message_id"]) == 0
        told = await board.hears()
        assert (told["type"], told["causationid"]) == ("application.received.v1", applied["id"])
        assert await listed(capsys) == []
    finally:
        membership.process.kill()
        await board.connection.close()


async def test_letters_are_dropped_by_id_or_all_and_an_unknown_id_is_told(
    operator: System, operator_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        await operator.say("demand.x", b"%d" % number, DEAD_LETTERS)
    ids = [letter["id"] for letter in await listed(capsys)]
    assert len(set(ids)) == 3
    assert await kitu("dead", "drop", "unknown") == 1
    assert "no dead letter unknown" in capsys.readouterr().err
    assert await kitu("dead", "drop", ids[1]) == 0
    assert [letter["id"] for letter in await listed(capsys)] == [ids[0], ids[2]]
    assert await kitu("dead", "drop", "--all") == 0
    assert await listed(capsys) == []


async def test_what_killed_its_reader_too_often_tells_so(
    cooperative: Cooperative,
    operator: System,
    operator_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def stumble(message: AbstractIncomingMessage) -> None:
        await message.reject(requeue=True)

    inbox = await operator.channel.get_queue("demand.inbox")
    await operator.say("demand.submitted.v1.10002", b"{}")
    tag = await inbox.consume(stumble)

    async def buried() -> bool:
        return len(await listed(capsys)) == 1

    await until(buried)
    await inbox.cancel(tag)
    (letter,) = await listed(capsys)
    assert letter["reason"] == "the broker gave up: delivery_limit"
    assert letter["reader"] == "demand.inbox"
    assert letter["key"] == "demand.submitted.v1.10002"
    assert letter["user"] == "operator"


async def test_nobody_but_the_operator_reads_or_writes_dead_letters(
    cooperative: Cooperative, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await kitu("dead", "list", "--url", cooperative.url("member-10002")) != 0
    member = await log_in(cooperative, "member-10002")
    with pytest.raises(ChannelAccessRefused):
        await member.say("demand.x", b"{}", DEAD_LETTERS)
    await member.connection.close()
