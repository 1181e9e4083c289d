"""Bad input at the door: a client that is not ours gets a rejection that names field, value and
rule, and nothing else is disturbed. Two services as processes, a real broker, JSON by hand."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.messaging.topology import DEAD_LETTERS, INCOMING
from tests.cooperative import Cooperative, System, log_in, next_message, run_service

KEY = "demand.submitted.v1.10002"
SOON = str((datetime.now(UTC) + timedelta(days=90)).date())
PLACE = {"name": "Rathaus", "street": "Markt 1", "postal_code": "39179", "city": "Barleben"}
MEMBER = {
    "name": "Gemeinde Barleben",
    "kind": "municipality",
    "ags": "15083040",
    "address": {"street": "Markt 1", "postal_code": "39179", "city": "Barleben"},
    "contacts": [{"role": "it", "name": "IT-Stelle", "email": "it@barleben.example"}],
    "shares": 1,
}


_HOUSES = itertools.count(1)


def message(type_: str, party: str, data: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A CloudEvent as somebody writes it who read the page for other systems."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "finance/1",
        "type": type_,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "party": party,
        "data": data,
    } | other


def a_demand(**other: Any) -> dict[str, Any]:
    """Barleben wants twelve notebooks, each time for another house: nothing is like another."""
    return {
        "demand_id": str(uuid4()),
        "member": "10002",
        "item": "NB-14",
        "quantity": 12,
        "unit": "C62",
        "place": PLACE | {"street": f"Markt {next(_HOUSES)}"},
        "needed_by": SOON,
    } | other


def submitted(**other: Any) -> dict[str, Any]:
    """A submission with some values of its demand replaced."""
    return message("demand.submitted.v1", "10002", a_demand(**other))


@pytest.fixture(scope="module")
async def member(cooperative: Cooperative, tmp_path_factory: Any) -> AsyncIterator[System]:
    """Barleben's system, once Barleben has joined and can ask for a notebook."""
    directory: Path = tmp_path_factory.mktemp("services")
    running = [
        # one message after the other: what a neighbour said first has taken effect first
        run_service(name, cooperative.url(name), directory / name, KITU_PREFETCH="1")
        for name in ("membership", "demand")
    ]
    board, procurement, operator, barleben = [
        await log_in(cooperative, user)
        for user in ("board", "procurement", "operator", "member-10002")
    ]
    today = str(datetime.now(UTC).date())
    application = {"application_id": str(uuid4())}
    steps = ("council_resolution_on", "supervisory_consent_on", "declared_on")
    applied = MEMBER | application | dict.fromkeys(steps, today)
    await board.say("membership.applied.v1.coop", message("membership.applied.v1", "coop", applied))
    decided = application | {"decision": "admitted", "decided_on": today, "member": "10002"}
    await board.say("membership.decided.v1.coop", message("membership.decided.v1", "coop", decided))
    item = {"item": "NB-14", "name": "Notebook", "category": "hardware", "unit": "C62"}
    published = item | {"billing": "once", "orderable": True}
    key = "catalogue.published.v1"
    whole = message(key, "coop", published, source="procurement", sequence=1)
    await procurement.state(f"{key}.coop", whole)
    await barleben.hears(lambda told: told["type"] == "member.admitted.v1")
    await asyncio.gather(*(service.becomes(200) for service in running))
    await settled(barleben)
    yield barleben
    for service in running:
        service.process.stop()
    for system in (board, procurement, operator, barleben):
        await system.connection.close()


async def settled(barleben: System) -> None:
    """Wait until demand knows the member and the item, which come on their own ways."""
    async with asyncio.timeout(30):
        while True:
            good = submitted()
            await barleben.say(KEY, good)
            told = await barleben.hears(lambda told: told.get("causationid") == good["id"])  # noqa: B023
            if told["type"] == "demand.accepted.v1":
                return


async def is_accepted(barleben: System) -> None:
    """A good message right after a bad one counts as ever."""
    good = submitted()
    await barleben.say(KEY, good)
    told = await barleben.hears(lambda told: told.get("causationid") == good["id"])
    assert told["type"] == "demand.accepted.v1"
    assert told["data"]["demand_id"] == good["data"]["demand_id"]


async def rejection(barleben: System) -> dict[str, Any]:
    """The next rejection in the member's answers."""
    told = await barleben.hears(lambda told: told["type"].endswith(".rejected.v1"))
    assert told["party"] == "10002"
    data: dict[str, Any] = told["data"]
    return data


@pytest.mark.parametrize(
    ("changes", "field", "value", "rule"),
    [
        ({"item": "NB-99"}, "item", "NB-99", "must be an item of the catalogue"),
        ({"unit": "KG"}, "unit", "KG", "must be C62"),
        ({"unit": "pieces"}, "unit", "pieces", "match pattern"),
        ({"quantity": 0}, "quantity", "0", "greater than or equal to 1"),
        ({"quantity": -5}, "quantity", "-5", "greater than or equal to 1"),
        ({"quantity": 10**9}, "quantity", "1000000000", "less than or equal to 1000000"),
        ({"quantity": 1.5}, "quantity", "1.5", "integer"),
        ({"quantity": "12"}, "quantity", "12", "integer"),
        ({"quantity": None}, "quantity", "null", "integer"),
        ({"quantity": True}, "quantity", "true", "integer"),
        ({"needed_by": "2020-01-01"}, "needed_by", "2020-01-01", "must be after"),
        ({"needed_by": "2026-02-30"}, "needed_by", "2026-02-30", "date"),
        ({"round_id": str(uuid4())}, "round_id", "", "must be a round that was opened"),
        ({"price_ceiling": 900}, "price_ceiling", "900", "never a number"),
        ({"reference": "a\nb"}, "reference", "a\nb", "control"),
        ({"colour": "red"}, "colour", "red", "is not a field of this message"),
        ({"member": "10007"}, "member", "10007", "must be the party that speaks"),
    ],
)
async def test_a_wrong_value_is_rejected_with_its_field_value_and_rule(
    member: System, changes: dict[str, Any], field: str, value: str, rule: str
) -> None:
    bad = submitted(**changes)
    await member.say(KEY, bad)
    told = await rejection(member)
    (reason,) = told["reasons"]
    assert reason["field"] == field
    assert reason["value"] == (value or str(changes[field]))
    assert rule in reason["rule"]
    assert (told["message_id"], told["message_type"]) == (bad["id"], "demand.submitted.v1")
    await is_accepted(member)


async def test_one_who_is_not_a_member_yet_or_any_more_is_rejected(
    cooperative: Cooperative, member: System
) -> None:
    other, board = [await log_in(cooperative, user) for user in ("member-10007", "board")]

    async def state(fact: str, **data: Any) -> None:
        await board.say(
            f"membership.{fact}.v1.coop", message(f"membership.{fact}.v1", "coop", data)
        )

    async def is_rejected() -> None:
        body = message("demand.submitted.v1", "10007", a_demand(member="10007"))
        await other.say("demand.submitted.v1.10007", body)
        told = await other.hears(lambda told: told["type"] == "demand.rejected.v1")
        assert [reason["field"] for reason in told["data"]["reasons"]] == ["member"]
        assert told["data"]["reasons"][0]["value"] == "10007"

    await is_rejected()
    joins = str(uuid4())
    company = {**MEMBER, "kind": "company", "application_id": joins, "declared_on": "2024-01-05"}
    del company["ags"]
    await state("applied", **company)
    decided = {"decision": "admitted", "decided_on": "2024-01-12", "member": "10007"}
    await state("decided", application_id=joins, **decided)
    await other.hears(lambda told: told["type"] == "member.admitted.v1")
    await state("notice_given", member="10007", given_on="2024-09-30")
    await other.hears(lambda told: told["type"] == "member.left.v1")
    await is_rejected()
    for system in (other, board):
        await system.connection.close()
    await is_accepted(member)


async def test_another_content_under_a_used_id_is_rejected_and_the_same_one_ignored(
    member: System,
) -> None:
    first = submitted()
    await member.say(KEY, first)
    await member.hears(lambda told: told.get("causationid") == first["id"])
    await member.say(KEY, first)
    await member.say(KEY, first | {"data": first["data"] | {"quantity": 13}})
    told = await member.hears()
    assert told["type"] == "demand.rejected.v1"
    assert [reason["field"] for reason in told["data"]["reasons"]] == ["id"]
    assert told["data"]["message_id"] == first["id"]
    await is_accepted(member)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", "body"),
        ("", "body"),
        ('{"id": 1, "id": 2}', "body"),
        (b"\xff\xfe{", "body"),
        ("[" * 100_000, "body"),
        (" " * 300_000, "body"),
        (json.dumps(submitted() | {"type": "demand.changed.v1"}), "type"),
        (json.dumps(submitted() | {"specversion": "0.3"}), "specversion"),
        (json.dumps(submitted() | {"data": None}), "data"),
    ],
)
async def test_a_body_that_is_no_such_message_is_rejected(
    member: System, body: str | bytes, field: str
) -> None:
    await member.say(KEY, body)
    told = await rejection(member)
    assert [reason["field"] for reason in told["reasons"]] == [field]
    assert all(reason["rule"] for reason in told["reasons"])
    await is_accepted(member)


async def test_a_version_that_is_not_known_is_rejected(member: System) -> None:
    body = submitted() | {"type": "demand.submitted.v2"}
    await member.say("demand.submitted.v2.10002", body)
    told = await rejection(member)
    (reason,) = told["reasons"]
    assert (reason["field"], reason["value"]) == ("type", "demand.submitted.v2")
    assert "demand.submitted.v1" in reason["rule"]
    await is_accepted(member)


async def test_a_message_without_a_vouched_user_is_rejected(member: System) -> None:
    await member.say(KEY, submitted(), user_id=None)
    told = await rejection(member)
    assert [reason["field"] for reason in told["reasons"]] == ["user_id"]
    await is_accepted(member)


async def test_a_message_that_asks_for_copies_is_rejected_once(member: System) -> None:
    copies = {"CC": ["order.answered.v1.kid", "membership.applied.v1.coop"]}
    await member.say(KEY, submitted(), headers=copies)
    told = await rejection(member)
    assert [reason["field"] for reason in told["reasons"]] == ["headers.CC"]
    await is_accepted(member)


async def test_a_message_whose_sender_cannot_be_known_is_a_dead_letter_with_the_reason(
    cooperative: Cooperative, member: System
) -> None:
    operator = await log_in(cooperative, "operator")
    letters = await operator.channel.get_queue(DEAD_LETTERS, ensure=False)
    body = submitted()
    await operator.say("demand.submitted.v1.nobody", body, INCOMING)
    letter = await next_message(letters)
    assert json.loads(letter.body) == body
    assert "routing_key" in str(letter.headers["kitu-reason"])
    await operator.say(KEY, body, INCOMING, headers={"CC": ["order.placed.v1.10007"]})
    letter = await next_message(letters, lambda whole: whole["id"] == body["id"])
    assert "headers.CC" in str(letter.headers["kitu-reason"])
    await operator.connection.close()
    await is_accepted(member)
