"""The page for other systems holds: its message and its program, as they stand there, are
published by a client that is not ours, to a real broker and the demand service as a process."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from deploy.contracts import FOLDER
from deploy.contracts.schemas import example
from deploy.kitu.broker import readers
from deploy.local.broker import PrivateBroker
from deploy.local.process import Process
from deploy.packages import ROOT
from shared.events import CATALOGUE
from shared.messaging.topology import EVENTS, INCOMING, definitions

VHOST = "foreign"
USERS = ("membership", "procurement", "demand", "member-10002", "member-10003")
KEY = "demand.submitted.v1.10002"
QUEUE = "member-10002.answers"


def on_the_page(language: str) -> list[str]:
    """The page's blocks in one language, as they stand there."""
    page = (FOLDER / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


MESSAGE, ACCEPTED, REJECTED, *CONSULTATION = on_the_page("json")
[PROGRAM] = on_the_page("python")


@pytest.fixture(scope="module")
def node(broker: PrivateBroker) -> Iterator[PrivateBroker]:
    """The broker with the cooperative's definitions in a virtual host of this test."""
    whole = definitions(readers(), {user: user for user in USERS}, VHOST)
    with httpx.Client(base_url=broker.management_url, auth=("guest", "guest"), timeout=30) as api:
        api.post("/api/definitions", json=whole).raise_for_status()
        yield broker
        api.delete(f"/api/vhosts/{VHOST}").raise_for_status()
        for user in USERS:
            api.delete(f"/api/users/{user}").raise_for_status()


@pytest.fixture(scope="module")
def demand(node: PrivateBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The demand service, which knows member 10002 and the item NB-14 from its neighbours."""
    for user, event_type in (
        ("membership", "member.admitted.v1"),
        ("procurement", "catalogue.published.v1"),
    ):
        whole = example(CATALOGUE[event_type])
        key = f"{event_type}.{whole['party']}"
        publish(node, user, json.dumps(whole).encode(), key=key, exchange=EVENTS)
    directory = tmp_path_factory.mktemp("demand")
    process = Process("demand", directory)
    process.start(
        [sys.executable, "-m", "tests.contracts.standing_clock"],
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "KITU_AMQP_URL": url(node, "demand"),
            "KITU_DATABASE_URL": f"sqlite:///{directory}/{{service}}.db",
            "KITU_HTTP_PORT": "0",
            "KITU_PREFETCH": "1",  # one after the other: the neighbours' facts take effect first
        },
    )
    yield
    process.stop()


def url(node: PrivateBroker, user: str) -> str:
    return node.amqp_url(user, user, VHOST)


def publish(
    node: PrivateBroker,
    user: str,
    body: bytes,
    *,
    key: str = KEY,
    exchange: str = INCOMING,
    user_id: str | None = None,
) -> None:
    """Publish with a client that is not ours; returns when the broker confirmed it."""
    with pika.BlockingConnection(pika.URLParameters(url(node, user))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(user_id=user_id or user, delivery_mode=2)
        channel.basic_publish(exchange, key, body, properties, mandatory=True)


def next_answer(node: PrivateBroker) -> dict[str, Any]:
    with pika.BlockingConnection(pika.URLParameters(url(node, "member-10002"))) as connection:
        channel = connection.channel()
        for delivery, _, body in channel.consume(QUEUE, inactivity_timeout=30):
            assert delivery is not None, "no answer within 30 seconds"
            assert body is not None
            channel.basic_ack(delivery.delivery_tag or 0)
            answer: dict[str, Any] = json.loads(body)
            return answer
    raise AssertionError("the connection ended without an answer")


@pytest.mark.usefixtures("demand")
def test_the_page_is_true_word_for_word(node: PrivateBroker, tmp_path: Path) -> None:
    (tmp_path / "message.json").write_bytes(MESSAGE.encode())
    (tmp_path / "client.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "client.py"],
        cwd=tmp_path,
        env={"BROKER": url(node, "member-10002")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    told = json.loads(ACCEPTED)
    assert list(answer) == list(told)
    assert {**answer, "id": told["id"]} == told

    publish(node, "member-10002", MESSAGE.encode())  # again, as one who is not sure
    broken = json.loads(MESSAGE)
    broken["data"] |= {"quantity": 0, "item_no": "NB-14"}
    publish(node, "member-10002", json.dumps(broken).encode())
    refusal = next_answer(node)
    assert refusal["type"] == "demand.rejected.v1"
    assert refusal["causationid"] == refusal["correlationid"] == broken["id"]
    assert refusal["data"] == json.loads(REJECTED)


@pytest.mark.parametrize(
    ("key", "user_id", "code"),
    [
        ("demand.submitted.v1.10003", "member-10002", 403),
        ("demand.accepted.v1.10002", "member-10002", 403),
        ("demand.submitted.10002", "member-10002", 403),
        ("demand.submitted.v1.10002.kid", "member-10002", 403),
        ("weather.observed.v1.10002", "member-10002", 403),
        ("order.answered.v1.10002", "member-10002", 403),
        (KEY, "member-10003", 406),
        (KEY, "demand", 406),
    ],
)
def test_the_broker_itself_lets_nobody_speak_for_another(
    node: PrivateBroker, key: str, user_id: str, code: int
) -> None:
    with pytest.raises(ChannelClosedByBroker) as refused:
        publish(node, "member-10002", MESSAGE.encode(), key=key, user_id=user_id)
    assert refused.value.reply_code == code


def test_a_system_cannot_write_what_only_services_say(node: PrivateBroker) -> None:
    with pytest.raises(ChannelClosedByBroker) as refused:
        publish(
            node, "member-10002", ACCEPTED.encode(), key="demand.accepted.v1.10002", exchange=EVENTS
        )
    assert refused.value.reply_code == 403


def test_the_page_and_the_catalogue_show_the_same_message() -> None:
    model = CATALOGUE["demand.submitted.v1"]
    assert model.model_validate_json(json.dumps(json.loads(MESSAGE)["data"]), strict=True)
    assert set(json.loads(MESSAGE)) <= set(example(model))
