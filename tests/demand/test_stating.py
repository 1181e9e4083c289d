"""Members state, change and withdraw demand; everyone concerned hears of it."""

from datetime import date
from typing import Any

import pytest

from shared.database import Database
from shared.events.demand import digest_of
from tests.builders import Clock, an_event, an_id, deliver, only, rules
from tests.demand.test_domain import CUT_OFF
from tests.demand.world import (
    ROUND,
    admit,
    close_round,
    found,
    offer,
    open_round,
    state,
    submit,
    submit_in_words,
)


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    await found(database)


async def test_a_demand_is_accepted_whole_with_a_reference(database: Database) -> None:
    await open_round(database)
    (accepted,) = await submit(database, price_ceiling="900.00", equivalents=[], reference="x")
    assert (accepted.type, accepted.party) == ("demand.accepted.v1", "10002")
    stated = an_event("demand.submitted.v1", demand_id=str(an_id(4)))
    told = stated.model_dump(mode="json", exclude_none=True) | {
        "reference": "B-2026-00001",
        "revision": 1,
        "name": "Artikel NB-14",
        "round_id": str(ROUND),
        "price_ceiling": "900.00",
        "submitted_at": "2026-02-03T12:00:00Z",
        "category": "hardware",
        "attributes": {},
        "without_contract": False,
    }
    assert accepted.data == told


async def test_references_count_up_and_refusals_leave_no_gap(database: Database) -> None:
    assert only(await submit(database, 1), "demand.accepted.v1").data["reference"][-5:] == "00001"
    assert "item" in rules(await submit(database, 2, item="NB-99"))
    assert only(await submit(database, 3), "demand.accepted.v1").data["reference"][-5:] == "00002"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": "NB-99"}, "item"),
        ({"unit": "KG"}, "unit"),
        ({"needed_by": "2026-02-03"}, "needed_by"),
        ({"needed_by": "2025-12-31"}, "needed_by"),
        ({"item": "DMS"}, "term_months"),
        ({"round_id": str(an_id(9))}, "round_id"),
        ({"minimum_quantity": 13}, "minimum_quantity"),
    ],
)
async def test_a_demand_that_breaks_a_rule_is_rejected_to_the_member(
    database: Database, changes: dict[str, Any], field: str
) -> None:
    spoken = await submit(database, **changes)
    answer = only(spoken, "demand.rejected.v1")
    assert answer.party == "10002"
    assert answer.data["demand_id"] == str(an_id(4))
    assert list(rules(spoken)) == [field]


async def test_only_a_member_of_today_may_state_demand(database: Database, clock: Clock) -> None:
    assert "member" in rules(await submit(database, member="10007"))
    leaving = an_event("member.notice_confirmed.v1", leaves_on="2026-02-03")
    await deliver(database, leaving, sequence=2)
    assert only(await submit(database, 1), "demand.accepted.v1")
    clock.now = clock.now.replace(day=4)
    assert "member" in rules(await submit(database, 2))


async def test_an_item_that_no_contract_prices_counts_and_the_member_is_told(
    database: Database,
) -> None:
    await offer(database, orderable=False, sequence=2)
    accepted = only(await submit(database), "demand.accepted.v1")
    assert accepted.data["without_contract"] is True
    await offer(database, orderable=True, sequence=3)
    joined = only(await open_round(database), "demand.accepted.v1")
    assert joined.data["round_id"] == str(ROUND)
    assert joined.data["without_contract"] is False, "a contract came while it waited"


async def test_an_older_state_of_a_member_or_item_changes_nothing(database: Database) -> None:
    await offer(database, unit="KG", sequence=5)
    await offer(database, unit="C62", sequence=4)
    assert only(await submit(database, unit="KG"), "demand.accepted.v1")
    await admit(database, leaves_on="2026-01-31", sequence=1)
    assert only(await submit(database, 5, unit="KG"), "demand.accepted.v1")


async def test_a_demand_is_submitted_once(database: Database) -> None:
    await submit(database)
    assert "send demand.changed" in rules(await submit(database))["demand_id"]
    await admit(database, "10007")
    rule = rules(await submit(database, member="10007"))["demand_id"]
    assert rule == "must be a demand of this member"


async def test_a_change_is_told_whole_with_the_next_revision(database: Database) -> None:
    await submit(database)
    (changed,) = await state(database, "demand.changed.v1", quantity=15)
    assert (changed.type, changed.party) == ("demand.accepted.v1", "10002")
    assert (changed.data["quantity"], changed.data["revision"]) == (15, 2)
    assert changed.data["reference"] == "B-2026-00001"
    assert changed.whole["sequence"] == 2


async def test_a_withdrawal_is_confirmed_and_final(database: Database) -> None:
    await submit(database)
    (confirmed,) = await state(database, "demand.withdrawn.v1")
    assert (confirmed.type, confirmed.party) == ("demand.withdrawal_confirmed.v1", "10002")
    assert confirmed.data["name"] == "Artikel NB-14"
    for again in ("demand.withdrawn.v1", "demand.changed.v1"):
        assert rules(await state(database, again)) == {
            "demand_id": "B-2026-00001 is withdrawn already"
        }


@pytest.mark.parametrize(
    "type_", ["demand.changed.v1", "demand.withdrawn.v1", "proposal.accepted.v1"]
)
async def test_nobody_touches_anothers_demand_or_one_that_is_not(
    database: Database, type_: str
) -> None:
    await admit(database, "10007")
    none = rules(await state(database, type_, member="10007"))
    await submit(database)
    anothers = rules(await state(database, type_, member="10007"))
    assert none == anothers == {"demand_id": "must be a demand of this member"}


async def test_demand_that_waits_joins_the_round_that_opens_for_it(database: Database) -> None:
    (waits,) = await submit(database)
    assert "round_id" not in waits.data
    await submit(database, 5, item="DMS", term_months=12)
    (joined,) = await open_round(database)
    assert joined.data == waits.data | {"round_id": str(ROUND)}
    assert joined.party == "10002"


async def test_after_its_cut_off_a_demand_is_neither_changed_nor_withdrawn(
    database: Database, clock: Clock
) -> None:
    await open_round(database)
    await submit(database)
    clock.now = CUT_OFF
    for type_ in ("demand.changed.v1", "demand.withdrawn.v1"):
        assert (
            "took changes until 2026-03-31 10:00Z"
            in rules(await state(database, type_))["demand_id"]
        )


async def test_demand_after_the_cut_off_waits_for_the_next_round(
    database: Database, clock: Clock
) -> None:
    await open_round(database)
    clock.now = CUT_OFF
    late = only(await submit(database), "demand.accepted.v1")
    assert "round_id" not in late.data
    named = rules(await submit(database, 5, round_id=str(ROUND)))
    assert "took demand until 2026-03-31 10:00Z" in named["round_id"]


async def test_a_rounds_books_are_closed_with_what_counts(database: Database) -> None:
    await open_round(database)
    for number in (4, 5, 6):
        await submit(database, number)
    await state(database, "demand.withdrawn.v1", 5)
    await submit(database, 7, item="DMS", term_months=12)
    await submit_in_words(database, 8)
    (counted,) = await close_round(database)
    assert (counted.type, counted.party) == ("round.counted.v1", "coop")
    assert counted.data == {
        "round_id": str(ROUND),
        "demands": 2,
        "pieces": 24,
        "revisions": 2,
        "digest": digest_of([an_id(4), an_id(6)]),
    }
    assert "round_id" not in only(await submit(database, 9), "demand.accepted.v1").data


async def test_a_round_that_closes_before_it_opens_takes_nothing(database: Database) -> None:
    await submit(database)
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 0
    assert await open_round(database) == []
    assert "round_id" not in only(await submit(database, 5), "demand.accepted.v1").data


async def test_what_became_of_a_demand_is_known_and_final(database: Database) -> None:
    await open_round(database)
    for number in (4, 5):
        await submit(database, number)
    allocation = an_event("demand.allocated.v1").model_dump(mode="json", exclude_none=True)
    await state(database, "demand.allocated.v1", allocations=allocation["allocations"])
    await state(database, "demand.unfilled.v1", 5)
    ordered = rules(await state(database, "demand.withdrawn.v1"))
    unfilled = rules(await state(database, "demand.withdrawn.v1", 5))
    assert ordered == {"demand_id": "B-2026-00001 is ordered already"}
    assert unfilled == {"demand_id": "B-2026-00002 is unfilled already"}


async def test_the_day_is_germanys(database: Database, clock: Clock) -> None:
    clock.now = clock.now.replace(hour=23, minute=30)  # already the 4th in Germany
    assert "needed_by" in rules(await submit(database, needed_by="2026-02-04"))
    assert only(await submit(database, needed_by=str(date(2026, 2, 5))), "demand.accepted.v1")
