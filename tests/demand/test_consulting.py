"""KID and a member talk about a requirement until it is an item that can be ordered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.database import Database
from tests.builders import Clock, Said, an_id, decided, only, rules
from tests.demand.test_domain import CUT_OFF
from tests.demand.world import (
    ROUND,
    close_round,
    found,
    offer,
    open_round,
    state,
    submit,
    submit_in_words,
)

QUESTION = str(an_id(50))
PROPOSAL = str(an_id(60))


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    await found(database)


async def ask(database: Database) -> list[Said]:
    """KID asks the member."""
    return await state(database, "consultation.asked.v1", question_id=QUESTION)


async def answer(database: Database) -> list[Said]:
    """The member answers KID."""
    return await state(database, "consultation.answered.v1", question_id=QUESTION)


async def propose(database: Database, **other: Any) -> list[Said]:
    """KID proposes the solution."""
    values: dict[str, Any] = {"proposal_id": PROPOSAL, "item": "DMS", "term_months": 36} | other
    return await state(database, "proposal.made.v1", **values)


async def accept(database: Database) -> list[Said]:
    """The member accepts."""
    return await state(database, "proposal.accepted.v1", proposal_id=PROPOSAL)


async def decline(database: Database) -> list[Said]:
    """The member declines."""
    return await state(database, "proposal.declined.v1", proposal_id=PROPOSAL)


async def test_a_requirement_is_told_to_the_member_and_to_kid(database: Database) -> None:
    mine, kids, _ = await submit_in_words(database)
    assert (mine.type, kids.type) == ("demand.consultation_opened.v1",) * 2
    assert (mine.party, kids.party) == ("10002", "kid")
    assert mine.data == kids.data
    assert mine.data["reference"] == "B-2026-00001"


async def test_a_question_reaches_the_member_and_its_answer_kid(database: Database) -> None:
    await submit_in_words(database)
    (asked,) = await ask(database)
    assert (asked.type, asked.party) == ("demand.question_asked.v1", "10002")
    (answered,) = await answer(database)
    assert (answered.type, answered.party) == ("demand.question_answered.v1", "kid")
    assert answered.data["question_id"] == QUESTION
    assert "was answered before" in rules(await answer(database)).values()


async def test_an_accepted_proposal_makes_the_demand_count(database: Database) -> None:
    await open_round(database, ROUND, "documents")
    await submit_in_words(database, unit="XYZ", equivalents=["NB-14"], minimum_quantity=2)
    (proposed,) = await propose(database)
    assert (proposed.type, proposed.party) == ("demand.proposal_made.v1", "10002")
    assert proposed.data["name"] == "Artikel DMS"
    spoken = await accept(database)
    assert [(each.type, each.party) for each in spoken] == [
        ("demand.specified.v1", "10002"),
        ("demand.specified.v1", "kid"),
        ("demand.accepted.v1", "10002"),
    ]
    accepted = only(spoken, "demand.accepted.v1").data
    assert (accepted["item"], accepted["quantity"], accepted["unit"]) == ("DMS", 25, "C62")
    assert (accepted["term_months"], accepted["round_id"]) == (36, str(ROUND))
    assert accepted["revision"] == 2
    assert "minimum_quantity" not in accepted
    assert accepted["equivalents"] == []


async def test_a_declined_proposal_is_told_to_kid_and_another_may_follow(
    database: Database,
) -> None:
    await submit_in_words(database)
    await propose(database)
    (declined,) = await decline(database)
    assert (declined.type, declined.party) == ("demand.proposal_declined.v1", "kid")
    assert declined.data["reason"] == "Zu teuer"
    assert "was answered before" in rules(await accept(database)).values()
    assert "use a new id" in rules(await propose(database))["proposal_id"]
    assert len(await propose(database, proposal_id=str(an_id(61)))) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": "NB-99"}, "item"),
        ({"term_months": None}, "term_months"),
        ({"item": "NB-14"}, "term_months"),
    ],
)
async def test_kid_hears_at_once_that_a_proposal_could_never_count(
    database: Database, changes: dict[str, Any], field: str
) -> None:
    await submit_in_words(database)
    spoken = await propose(database, **changes)
    assert only(spoken, "message.rejected.v1").party == "kid"
    assert list(rules(spoken)) == [field]


async def test_a_proposal_whose_contract_ended_meanwhile_counts_and_the_member_is_told(
    database: Database,
) -> None:
    await submit_in_words(database)
    await propose(database)
    await offer(database, "DMS", 9, category="documents", billing="monthly", orderable=False)
    accepted = only(await accept(database), "demand.accepted.v1")
    assert accepted.data["without_contract"] is True


async def test_an_accepted_proposal_counts_in_the_next_round_if_the_named_one_is_over(
    database: Database, clock: Clock
) -> None:
    await open_round(database, ROUND, "documents")
    await submit_in_words(database, round_id=str(ROUND))
    await propose(database)
    clock.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    await close_round(database)
    accepted = only(await accept(database), "demand.accepted.v1")
    assert "round_id" not in accepted.data


async def test_a_consultation_whose_round_is_over_can_be_withdrawn(
    database: Database, clock: Clock
) -> None:
    await open_round(database)
    await submit_in_words(database, round_id=str(ROUND))
    clock.now = CUT_OFF
    await close_round(database)
    withdrawn = only(await state(database, "demand.withdrawn.v1"), "demand.withdrawal_confirmed.v1")
    assert withdrawn.data["name"] == "Digitale Akte für 25 Arbeitsplätze"


async def test_there_is_no_talk_about_what_is_specified_or_unknown(database: Database) -> None:
    assert "demand_id" in rules(await ask(database))
    await submit(database)
    assert rules(await ask(database)) == {"demand_id": "B-2026-00001 is open"}
    assert rules(await answer(database)) == {"question_id": "must be a question of B-2026-00001"}
    assert rules(await accept(database)) == {"proposal_id": "must be a proposal of B-2026-00001"}


async def test_a_requirement_may_be_changed_in_words_and_into_an_item(database: Database) -> None:
    await submit_in_words(database)
    words: dict[str, Any] = {"item": None, "requirement": "Digitale Akte für 30 Arbeitsplätze"}
    spoken = await state(database, "demand.changed.v1", **words)
    assert [each.party for each in spoken] == ["10002", "kid"]  # what it lacks was asked before
    assert spoken[0].data["requirement"] == "Digitale Akte für 30 Arbeitsplätze"
    (accepted,) = await state(database, "demand.changed.v1")
    assert (accepted.data["item"], accepted.data["revision"]) == ("NB-14", 3)


async def test_a_consultation_is_on_record_from_wish_to_item(database: Database) -> None:
    await submit_in_words(database)
    await propose(database)
    await accept(database)
    record = await decided(database)
    assert [(each["kind"], each["outcome"], each["by"], each["user"]) for each in record] == [
        ("demand", "consultation", "rule", "member-10002"),
        ("proposal", "made", "kid", "kid"),
        ("proposal", "accepted", "member", "member-10002"),
        ("demand", "accepted", "rule", "member-10002"),
    ]
    assert {each["concerns"] for each in record} == {"10002"}
