"""A requirement tells what it needs, is asked for the rest, and becomes what is proposed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.demand import store
from services.demand.handlers import due
from shared.database import Database
from tests.builders import Clock, Said, an_id, only, rules, said
from tests.demand.world import admit, found, offer, open_round, state, submit, submit_in_words

PROPOSAL = str(an_id(60))
BOTH = ["10002", "kid"]


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    await found(database)


async def propose(database: Database, number: int = 4, **other: Any) -> list[Said]:
    """KID proposes the solution."""
    values: dict[str, Any] = {"proposal_id": PROPOSAL, "item": "DMS", "term_months": 36} | other
    return await state(database, "proposal.made.v1", number, **values)


async def tomorrow(database: Database, clock: Clock, days: int = 1) -> list[Said]:
    """So many days pass; what is due is done, and done only once."""
    clock.now += timedelta(days=days)
    await due(database)
    spoken = await said(database)
    await due(database)
    assert await said(database) == []
    return spoken


async def test_a_requirement_is_asked_for_its_category_then_for_what_that_asks(
    database: Database,
) -> None:
    asked = only(await submit_in_words(database), "demand.details_asked.v1")
    assert asked.party == "10002"
    assert [question["field"] for question in asked.data["questions"]] == ["category"]
    spoken = await state(
        database, "consultation.details_given.v1", attributes={"category": "documents"}
    )
    assert [each.party for each in spoken if each.type == "demand.details_given.v1"] == BOTH
    fields = {each["field"]: each for each in only(spoken, asked.type).data["questions"]}
    assert {"users", "records", "protection_level", "start", "term_months"} <= fields.keys()
    assert fields["protection_level"]["choices"] == ["normal", "hoch", "sehr hoch"]


async def test_an_answer_that_is_none_is_refused_with_field_value_and_rule(
    database: Database,
) -> None:
    await submit_in_words(database, category="documents")
    told = {"users": 0, "protection_level": "egal", "mood": "gut"}
    refused = rules(await state(database, "consultation.details_given.v1", attributes=told))
    assert refused["attributes.users"] == "must be a whole number from 1 to 100000"
    assert refused["attributes.protection_level"] == "must be one of: normal, hoch, sehr hoch"
    assert refused["attributes.mood"].startswith("is not asked for in documents; known are")
    unknown = rules(await submit(database, 5, attributes={"users": 3}))
    assert unknown["attributes.users"].startswith("is not asked for in hardware")


async def test_what_similar_members_chose_is_suggested_and_can_be_taken_over(
    database: Database,
) -> None:
    for number, level in enumerate(["hoch", "hoch", "normal"], 10003):
        await admit(database, str(number))
        told = {"users": number - 10000, "protection_level": level}
        await submit(
            database,
            number,
            member=str(number),
            item="DMS",
            term_months=36,
            quantity=25,
            attributes=told,
        )
    asked = only(
        await submit_in_words(database, category="documents", quantity=30),
        "demand.details_asked.v1",
    )
    suggested = {each["field"]: each.get("suggested") for each in asked.data["questions"]}
    assert suggested["protection_level"] == {
        "value": "hoch",
        "chosen_by": 2,
        "similar_members": 3,
        "how": "most_frequent",
    }
    assert suggested["users"]["value"] == 4
    assert suggested["budget_ceiling"] is None
    spoken = await state(
        database, "consultation.details_given.v1", attributes={"users": 7}, accept_suggestions=True
    )
    told_now = spoken[0].data
    assert told_now["attributes"]["users"] == 7
    assert told_now["attributes"]["protection_level"] == "hoch"
    assert "users" not in told_now["missing"]
    assert "budget_ceiling" in told_now["missing"]


async def test_a_configuration_of_several_items_is_priced_and_becomes_several_demands(
    database: Database,
) -> None:
    await open_round(database, an_id(2), "documents", "hardware")
    tiers = [{"threshold": 1, "unit_price": "12.00"}, {"threshold": 20, "unit_price": "10.00"}]
    priced = {"contract_reference": "RV-DMS", "basis": "quantity", "mode": "all_units"}
    await offer(
        database,
        "DMS",
        5,
        category="documents",
        billing="monthly",
        offers=[{**priced, "tiers": tiers}],
    )
    await submit_in_words(database, category="documents", attributes={"budget_ceiling": "9000.00"})
    notebooks = {"item": "NB-14", "quantity": 2, "unit_price": "850.00"}
    proposed = only(await propose(database, further=[notebooks]), "demand.proposal_made.v1").data
    assert proposed["expected"] == "10798.00"  # 25 pieces x 36 months x 10.00, 2 x 899.00
    assert proposed["expected_from"] == "RV-2026-NB, RV-DMS"
    assert proposed["above_budget"] == "1798.00"
    assert proposed["further"][0]["name"] == "Artikel NB-14"
    spoken = await state(database, "proposal.accepted.v1", proposal_id=PROPOSAL)
    first, second = [each.data for each in spoken if each.type == "demand.accepted.v1"]
    assert (first["reference"], first["item"], first["quantity"]) == ("B-2026-00001", "DMS", 25)
    assert (second["reference"], second["item"], second["part_of"]) == (
        "B-2026-00002",
        "NB-14",
        "B-2026-00001",
    )
    assert spoken[0].data["further"] == ["B-2026-00002"]
    assert {first["round_id"], second["round_id"]} == {str(an_id(2))}


async def test_a_configuration_that_cannot_be_ordered_names_the_place_of_the_fault(
    database: Database,
) -> None:
    await submit_in_words(database)
    further = [{"item": "NB-99", "quantity": 2, "unit_price": "850.00"}]
    assert list(rules(await propose(database, further=further))) == ["further.0.item"]
    twice = [{"item": "DMS", "quantity": 2, "unit_price": "8.00", "term_months": 36}]
    assert rules(await propose(database, further=twice)) == {"further": "must name each item once"}


async def test_a_member_counters_a_proposal_and_kid_proposes_anew(database: Database) -> None:
    await submit_in_words(database)
    await propose(database)
    (told,) = await state(database, "proposal.countered.v1", proposal_id=PROPOSAL)
    assert (told.type, told.party) == ("demand.proposal_countered.v1", "kid")
    assert told.data["quantity"] == 20
    again = rules(await state(database, "proposal.accepted.v1", proposal_id=PROPOSAL))
    assert again == {"proposal_id": "was answered before"}
    assert only(await propose(database, proposal_id=str(an_id(61))), "demand.proposal_made.v1")


async def test_a_proposal_is_reminded_of_once_then_lapses_and_can_no_longer_be_accepted(
    database: Database, clock: Clock
) -> None:
    await submit_in_words(database, category="documents", needed_by="2026-12-31")
    await propose(database, answer_by="2026-02-28")
    types = [each.type for each in await tomorrow(database, clock, 12)]  # 15 February
    assert types == ["demand.answer_due.v1"]  # the details, due on the 17th
    reminded = only(await tomorrow(database, clock, 10), "demand.answer_due.v1")
    assert (reminded.data["asked"], reminded.data["what"]) == ("proposal", "Artikel DMS")
    assert await tomorrow(database, clock, 3) == []
    clock.now = datetime(2026, 3, 1, 9, tzinfo=UTC)
    late = rules(await state(database, "proposal.accepted.v1", proposal_id=PROPOSAL))
    assert late == {"proposal_id": "took answers until 2026-02-28"}
    lapsed = await tomorrow(database, clock, 30)  # an outage
    assert [(each.type, each.party) for each in lapsed] == [
        ("demand.proposal_lapsed.v1", "10002"),
        ("demand.proposal_lapsed.v1", "kid"),
    ]
    assert only(
        await propose(database, proposal_id=str(an_id(61)), answer_by="2026-05-01"),
        "demand.proposal_made.v1",
    )


async def test_a_proposal_leaves_time_to_answer(database: Database) -> None:
    await submit_in_words(database)
    assert rules(await propose(database, answer_by="2026-02-02")) == {
        "answer_by": "must be 2026-02-03 or later"
    }


async def test_a_consultation_lapses_on_its_day_of_need(database: Database, clock: Clock) -> None:
    await submit_in_words(database, needed_by="2026-02-20")
    spoken = await tomorrow(database, clock, 17)
    assert [(each.type, each.party) for each in spoken] == [
        ("demand.lapsed.v1", "10002"),
        ("demand.lapsed.v1", "kid"),
    ]
    assert rules(await state(database, "demand.withdrawn.v1")) == {
        "demand_id": "B-2026-00001 is lapsed already"
    }


async def test_demand_that_may_be_meant_twice_counts_and_is_told_of_once(
    database: Database,
) -> None:
    await submit(database)
    spoken = await submit(database, 5, quantity=10, needed_by="2026-07-15")
    assert [each.type for each in spoken] == ["demand.accepted.v1", "demand.similar_found.v1"]
    (like,) = spoken[1].data["similar"]
    assert (like["reference"], like["exact"]) == ("B-2026-00001", False)
    exact = only(await submit(database, 6), "demand.similar_found.v1").data["similar"]
    assert [(each["reference"], each["exact"]) for each in exact] == [
        ("B-2026-00001", True),
        ("B-2026-00002", False),
    ]
    assert [e.type for e in await state(database, "demand.changed.v1", 6, quantity=13)] == [
        "demand.accepted.v1"
    ]
    place = {"name": "Bauhof", "street": "Weg 1", "postal_code": "39179", "city": "Barleben"}
    assert len(await submit(database, 7, place=place)) == 1
    assert len(await submit(database, 8, needed_by="2026-12-01")) == 1


async def test_the_whole_history_of_a_demand_is_shown_in_sentences(
    database: Database, clock: Clock
) -> None:
    await submit_in_words(database, category="documents")
    await state(database, "consultation.asked.v1", answer_by="2026-02-20")
    await state(database, "consultation.answered.v1")
    await propose(database)
    await state(database, "proposal.declined.v1", proposal_id=PROPOSAL)
    await state(database, "demand.withdrawn.v1")
    async with database.transaction() as tx:
        shown = await store.show_demand(tx.session, "B-2026-00001")
    assert shown is not None
    fields = "budget_ceiling, locations, protection_level, records, start, term_months"
    fields += ", users, workplaces"
    assert [line.partition("  ")[2].partition(":")[0] for line in shown["history"]] == [
        "the member submitted it",
        f"asked until 2026-02-17 for {fields}",
        "KID asked until 2026-02-20",
        "the member answered",
        "KID proposed until 2026-03-01",
        "the member declined a proposal",
        "the member withdrew it",
    ]
