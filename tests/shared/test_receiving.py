"""A message takes effect once and in order, or its sender is told why not."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from shared.database import Database, Transaction
from shared.decisions import Decision
from shared.events import Event
from shared.messaging.gate import SENT_AGAIN_FOR, Arrival
from shared.messaging.receiving import Receiver
from shared.messaging.topology import DEAD_LETTERS
from shared.refusal import refuse
from tests.builders import (
    AT_ONCE,
    OPERATORS,
    an_arrival,
    an_envelope,
    an_id,
    decided,
    only,
    rules,
    said,
)
from tests.shared.withdrawals import (
    NOBODYS,
    confirm,
    current,
    effects,
    failing,
    give,
    receiver,
    withdrawn,
)


async def test_a_message_takes_effect_once_however_often_it_comes(database: Database) -> None:
    for _ in range(3):
        await give(database, withdrawn(), confirm)
    assert await effects(database) == 1
    assert len(await said(database)) == 1


async def test_a_message_that_comes_at_many_replicas_at_once_takes_effect_once(
    database: Database,
) -> None:
    await asyncio.gather(*(give(database, withdrawn(), confirm) for _ in range(8)))
    assert await effects(database) == 1
    assert len(await said(database)) == 1


async def test_another_content_under_a_used_id_is_refused_loudly(database: Database) -> None:
    await give(database, withdrawn(), confirm)
    await said(database)
    await give(database, withdrawn(1, demand=5), confirm)
    spoken = await said(database)
    assert only(spoken, "demand.rejected.v1").party == "10002"
    assert rules(spoken) == {"id": "its id was used before with other content; use a new id"}
    assert await effects(database) == 1


async def test_two_systems_may_use_the_same_source_and_id(database: Database) -> None:
    await give(database, withdrawn(), confirm)
    data = {"demand_id": str(an_id(9)), "member": "10007", "reason": "1"}
    await give(database, withdrawn(party="10007", data=data), confirm)
    assert await effects(database) == 2


async def test_a_service_that_uses_an_id_twice_makes_a_dead_letter_and_tells_no_member(
    database: Database,
) -> None:
    whole = an_envelope("order.placed.v1")
    await give(database, an_arrival(whole), confirm)
    await said(database)
    await give(database, an_arrival(whole | {"time": "2026-02-03T09:00:00Z"}), confirm)
    (letter,) = await said(database)
    assert letter.exchange == DEAD_LETTERS
    assert "its id was used before with other content" in letter.headers["kitu-reason"]


BAD = {
    "stopped by the gate": [withdrawn(colour="red")],
    "whose id is another's": [withdrawn(), withdrawn(1, demand=5)],
    "of nobody": [NOBODYS],
}


@pytest.mark.parametrize("arrivals", BAD.values(), ids=BAD)
async def test_a_bad_message_is_answered_once_however_often_the_broker_brings_it_back(
    database: Database, arrivals: list[Arrival]
) -> None:
    for arrival in arrivals:
        await give(database, arrival, confirm)
    await said(database)
    *_, bad = arrivals
    await give(database, replace(bad, redelivered=True), confirm)
    assert await said(database) == []
    await give(database, bad, confirm)
    assert len(await said(database)) == 1


async def test_a_dead_letter_that_is_sent_again_speaks_for_its_first_sender_only(
    database: Database,
) -> None:
    headers = {SENT_AGAIN_FOR: b"member-10002"}
    await give(database, replace(withdrawn(), user="operator", headers=headers), confirm)
    assert await effects(database) == 1
    await said(database)
    whole = an_envelope("order.placed.v1")
    await give(database, an_arrival(whole, user="operator", headers=headers), confirm)
    (letter,) = await said(database)
    assert "must be the service that speaks" in letter.headers["kitu-reason"]
    assert letter.headers["kitu-user"] == "member-10002"
    assert await effects(database) == 1


async def test_only_an_operator_sends_again_for_others(database: Database) -> None:
    headers = {SENT_AGAIN_FOR: "member-10002"}
    await give(database, replace(withdrawn(), user="member-10007", headers=headers), confirm)
    assert rules(await said(database)) == {"party": "user member-10007 may speak for 10007 only"}
    assert await effects(database) == 0


async def test_a_refusal_undoes_everything_answers_the_sender_and_counts_as_handled(
    database: Database,
) -> None:
    handle, calls = failing(1, refuse("reason", "1", "must be another reason"))
    for _ in range(2):
        await give(database, withdrawn(), handle)
    (answer,) = await said(database)
    assert (answer.type, answer.party) == ("demand.rejected.v1", "10002")
    assert answer.data["reasons"] == [
        {"field": "reason", "value": "1", "rule": "must be another reason"}
    ]
    assert answer.data["message_id"] == answer.whole["causationid"] == str(an_id(1001))
    assert calls.total() == 1
    assert await effects(database) == 0


async def test_a_stopped_message_is_answered_though_it_names_no_way(database: Database) -> None:
    await give(database, withdrawn(colour="red"), confirm)
    spoken = await said(database)
    assert only(spoken, "demand.rejected.v1").party == "10002"
    assert rules(spoken) == {"colour": "is not a field of this message"}


async def test_a_message_whose_sender_cannot_be_known_is_a_dead_letter_with_the_reason(
    database: Database,
) -> None:
    await give(database, NOBODYS, confirm)
    (letter,) = await said(database)
    assert letter.exchange == DEAD_LETTERS
    assert "must be <noun>.<fact>.v<version>.<party>" in letter.headers["kitu-reason"]
    assert letter.headers["kitu-routing-key"] == NOBODYS.routing_key
    assert letter.headers["kitu-user"] == "x"
    assert letter.headers["kitu-reader"] == "demand"


@pytest.mark.parametrize("arrival", [withdrawn(), withdrawn(colour="red")])
async def test_a_copy_in_the_inbox_of_another_service_has_no_effect_and_no_answer(
    database: Database, arrival: Arrival
) -> None:
    another = Receiver(database, OPERATORS, AT_ONCE, types=["order.answered.v1"])
    await another.receive(arrival, current(confirm))
    assert await said(database) == []


async def test_a_forged_event_is_a_dead_letter_and_answered_to_nobody(database: Database) -> None:
    forged = an_arrival(an_envelope("order.placed.v1"), user="member-10002")
    await give(database, forged, confirm)
    (letter,) = await said(database)
    assert letter.exchange == DEAD_LETTERS
    assert "must be the service that speaks" in letter.headers["kitu-reason"]


async def test_messages_on_a_subject_take_effect_in_the_order_they_came(
    database: Database,
) -> None:
    order: dict[str, list[int]] = {}

    async def handle(event: Any, tx: Any) -> None:
        number = int(event.reason)
        await asyncio.sleep(0.01 * (number % 3 == 0))  # the first of three is the slowest
        await confirm(event, tx)
        order.setdefault(str(event.demand_id), []).append(number)

    one = receiver(database)
    await asyncio.gather(
        *(one.receive(withdrawn(number, number % 4), current(handle)) for number in range(24))
    )
    assert len(order) == 4
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert sum(map(len, order.values())) == 24


async def test_a_message_cut_off_by_a_stop_leaves_nothing_and_comes_again(
    database: Database,
) -> None:
    begun = asyncio.Event()

    async def handle(event: Any, tx: Any) -> None:
        await confirm(event, tx)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(give(database, withdrawn(), handle))
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})
    assert await effects(database) == 0
    await give(database, withdrawn(), confirm)
    assert await effects(database) == 1


async def test_every_refusal_is_put_on_record_with_who_asked_and_why(database: Database) -> None:
    async def refuse_it(_event: Event, tx: Transaction) -> None:
        tx.decide(Decision("demand", "x", "accepted"))
        raise refuse("demand_id", "x", "must be open")

    await give(database, withdrawn(), refuse_it)
    await give(database, an_arrival(b"no JSON"), confirm)
    by_rule, by_gate = await decided(database)
    assert (by_rule["kind"], by_rule["outcome"]) == ("message", "rejected")
    assert (by_rule["user"], by_rule["concerns"]) == ("member-10002", "10002")
    assert by_rule["rules"][0]["name"] == "demand.withdrawn.v1"
    assert by_rule["result"]["reasons"] == [
        {"field": "demand_id", "value": "x", "rule": "must be open"}
    ]
    assert by_gate["result"]["reasons"][0]["field"] == "body"
