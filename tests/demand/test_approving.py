"""Above its member's own limit a demand counts only by the word of a second person."""

from datetime import timedelta
from typing import Any

import pytest

from services.demand.handlers import due
from shared.database import Database
from tests.builders import Clock, Said, an_event, an_id, decided, deliver, only, rules, said
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

FIRST = {"role": "it", "name": "M. Schulz"}


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    await found(database)
    await state_limit(database)


async def state_limit(database: Database, **other: Any) -> list[Said]:
    """Barleben's management wants two persons above 10,000 euros."""
    return await deliver(database, an_event("approval.limit_set.v1", above="10000.00", **other))


async def submit_large(database: Database, number: int = 4, **other: Any) -> list[Said]:
    """Twelve notebooks of 899.00 euros each."""
    return await submit(database, number, stated_by=FIRST, **other)


async def test_a_limit_is_set_by_management_alone_and_confirmed(database: Database) -> None:
    refused = rules(await state_limit(database, set_by=FIRST))
    assert refused == {"set_by.role": "must be management"}
    confirmed = only(await state_limit(database), "approval.limit_confirmed.v1")
    assert (confirmed.data["above"], confirmed.data["own"]) == ("10000.00", True)


async def test_above_the_limit_a_demand_waits_and_does_not_count(database: Database) -> None:
    await open_round(database)
    (asked,) = await submit_large(database)
    assert (asked.type, asked.party) == ("demand.approval_requested.v1", "10002")
    assert (asked.data["expected"], asked.data["above"]) == ("10788.00", "10000.00")
    assert asked.data["cut_off"] == "2026-03-31T10:00:00Z"
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 0


async def test_at_the_limit_one_person_is_enough(database: Database) -> None:
    spoken = await submit(database, quantity=11)
    assert [each.type for each in spoken] == ["demand.accepted.v1"]


async def test_above_the_limit_the_first_person_must_be_named(database: Database) -> None:
    refused = rules(await submit(database))
    assert refused["stated_by"].startswith("must be stated: 10788.00 net is expected, and above")


async def test_a_second_person_lets_it_count_in_the_round_it_waited_for(
    database: Database,
) -> None:
    await open_round(database)
    await submit_large(database)
    same = {"role": "finance", "name": "m.  SCHULZ"}
    assert (
        "another person"
        in rules(await state(database, "demand.approved.v1", approver=same))["approver.name"]
    )
    (accepted,) = await state(database, "demand.approved.v1")
    assert accepted.type == "demand.accepted.v1"
    assert accepted.data["round_id"] == str(ROUND)
    assert rules(await state(database, "demand.approved.v1")) == {
        "demand_id": "B-2026-00001 is open"
    }
    record = [(each["kind"], each["outcome"], each["by"]) for each in await decided(database)]
    assert ("demand", "awaiting_approval", "rule") in record
    assert ("approval", "approved", "member") in record


async def test_a_refusal_ends_it(database: Database) -> None:
    await submit_large(database)
    (told,) = await state(database, "demand.approval_refused.v1")
    assert (told.type, told.data["reason"]) == ("demand.refusal_confirmed.v1", "Nicht im Haushalt")
    ended = rules(await state(database, "demand.changed.v1", stated_by=FIRST))
    assert ended == {"demand_id": "B-2026-00001 is refused already"}


async def test_what_counted_waits_again_once_it_is_changed_above_the_limit(
    database: Database,
) -> None:
    await open_round(database)
    await submit(database, quantity=5)
    (asked,) = await state(database, "demand.changed.v1", quantity=20, stated_by=FIRST)
    assert asked.type == "demand.approval_requested.v1"
    (small,) = await state(database, "demand.changed.v1", quantity=6)
    assert (small.type, small.data["round_id"]) == ("demand.accepted.v1", str(ROUND))


async def test_what_waits_is_reminded_of_then_misses_the_round_and_joins_the_next(
    database: Database, clock: Clock
) -> None:
    await open_round(database)
    await submit_large(database)
    clock.now = CUT_OFF - timedelta(days=2)
    await due(database)
    reminded = only(await said(database), "demand.approval_due.v1")
    assert reminded.data["round_reference"] == "R-2026-0001"
    clock.now = CUT_OFF
    await close_round(database)
    await due(database)
    missed = only(await said(database), "demand.round_missed.v1")
    assert missed.data["round_id"] == str(ROUND)
    await due(database)
    assert await said(database) == []
    assert await open_round(database, an_id(3), sequence=3) == []
    clock.now -= timedelta(hours=1)  # the example's next round has the same cut-off
    (accepted,) = await state(database, "demand.approved.v1")
    assert accepted.data["round_id"] == str(an_id(3))


async def test_what_nobody_approves_lapses_on_its_day_of_need(
    database: Database, clock: Clock
) -> None:
    await submit_large(database, needed_by="2026-03-01")
    clock.now += timedelta(days=40)
    await due(database)
    lapsed = only(await said(database), "demand.lapsed.v1")
    assert (lapsed.party, lapsed.data["was"]) == ("10002", "awaiting_approval")


async def test_what_no_contract_prices_needs_two_persons_by_kids_price(
    database: Database,
) -> None:
    proposal = str(an_id(60))
    await offer(database, "NEW", orderable=False, offers=[])
    await submit_in_words(database, quantity=12)
    await state(
        database,
        "proposal.made.v1",
        proposal_id=proposal,
        item="NEW",
        quantity=12,
        unit_price="900.00",
    )
    accepting: dict[str, Any] = {"proposal_id": proposal}
    refused = rules(await state(database, "proposal.accepted.v1", **accepting))
    assert refused["stated_by"].startswith("must be stated: 10800.00 net is expected")
    spoken = await state(database, "proposal.accepted.v1", **accepting, stated_by=FIRST)
    asked = only(spoken, "demand.approval_requested.v1")
    assert asked.data["expected"] == "10800.00"


async def submit_unpriced(database: Database, **other: Any) -> None:
    """Twelve pieces of what no contract prices, in an open round: they count."""
    await offer(database, "NEW", orderable=False, offers=[])
    await open_round(database)
    (accepted,) = await submit(database, item="NEW", **other)
    assert (accepted.type, accepted.data["without_contract"]) == ("demand.accepted.v1", True)


async def test_what_gets_its_first_price_before_the_cut_off_waits_for_a_second_person(
    database: Database,
) -> None:
    await submit_unpriced(database, stated_by=FIRST)
    asked = an_event("catalogue.published.v1", item="NEW")
    (requested,) = await deliver(database, asked, sequence=2)
    assert (requested.type, requested.party) == ("demand.approval_requested.v1", "10002")
    assert (requested.data["expected"], requested.data["now_priced"]) == ("10788.00", True)
    assert requested.data["stated_by"] == FIRST
    assert await deliver(database, asked, sequence=3) == [], "it is asked for once"
    approving = await state(database, "demand.approved.v1", approver=FIRST)
    assert list(rules(approving)) == ["approver.name"]
    (accepted,) = await state(database, "demand.approved.v1")
    assert accepted.data["round_id"] == str(ROUND)
    assert accepted.data["without_contract"] is False
    record = [each["outcome"] for each in await decided(database, "demand")]
    assert record == ["accepted", "awaiting_approval"]


async def test_what_nobody_approves_once_it_has_a_price_does_not_count(database: Database) -> None:
    await submit_unpriced(database)
    asked = an_event("catalogue.published.v1", item="NEW")
    (requested,) = await deliver(database, asked, sequence=2)
    assert requested.data["stated_by"] == {"role": "staff", "name": "nicht genannt"}
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 0


async def test_an_item_that_would_do_prices_it_too(database: Database) -> None:
    await offer(database, "ALSO", orderable=False, offers=[])
    await submit_unpriced(database, equivalents=["ALSO"])
    spoken = await deliver(database, an_event("catalogue.published.v1", item="ALSO"), sequence=2)
    assert only(spoken, "demand.approval_requested.v1").data["expected"] == "10788.00"


@pytest.mark.parametrize(
    "other", [{"quantity": 11}, {"price_ceiling": "700.00"}, {"equivalents": ["NB-14"]}]
)
async def test_what_one_person_may_decide_or_had_a_value_before_goes_on_counting(
    database: Database, other: dict[str, Any]
) -> None:
    if "equivalents" in other:
        other |= {"quantity": 11}
    await offer(database, "NEW", orderable=False, offers=[])
    await open_round(database)
    await submit(database, item="NEW", **other)
    event = an_event("catalogue.published.v1", item="NEW")
    assert await deliver(database, event, sequence=2) == []
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 1


async def test_what_a_closed_round_counted_is_asked_for_no_more(database: Database) -> None:
    await submit_unpriced(database)
    await close_round(database)
    event = an_event("catalogue.published.v1", item="NEW")
    assert await deliver(database, event, sequence=2) == []
