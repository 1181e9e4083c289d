"""What happens at the same moment: each demand is in exactly one place, on both databases."""

import asyncio
from itertools import chain

import pytest

from services.demand.handlers.world import begin_stating
from shared.database import Database
from tests.builders import Said, an_event, deliver, said
from tests.demand.world import ROUND, admit, close_round, found, open_round, state, submit


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    await found(database)


async def all_said(database: Database, *spoken: list[Said]) -> list[Said]:
    """What was said by several at once, and what is left to say."""
    return [*chain(*spoken), *await said(database)]


async def test_a_rounds_count_is_what_was_accepted_into_it_though_it_closes_meanwhile(
    database: Database,
) -> None:
    await open_round(database)
    many = [submit(database, number) for number in range(100, 124)]
    some = [submit(database, number, quantity=5) for number in range(200, 206)]
    spoken = await all_said(
        database, *await asyncio.gather(*many[:12], close_round(database), *some, *many[12:])
    )
    accepted = [each for each in spoken if each.type == "demand.accepted.v1"]
    (counted,) = [each for each in spoken if each.type == "round.counted.v1"]
    inside = [each.data for each in accepted if each.data.get("round_id") == str(ROUND)]
    assert len(accepted) == 30
    assert counted.data["demands"] == len(inside)
    assert counted.data["pieces"] == sum(each["quantity"] for each in inside)


async def test_changes_and_withdrawals_count_or_are_refused_though_the_round_closes_meanwhile(
    database: Database,
) -> None:
    await open_round(database)
    for number in range(100, 116):
        await submit(database, number)
    acts = [
        state(database, "demand.changed.v1", number, quantity=1)
        if number % 2
        else state(database, "demand.withdrawn.v1", number)
        for number in range(100, 116)
    ]
    acts.insert(8, close_round(database))
    spoken = await all_said(database, *await asyncio.gather(*acts))
    (counted,) = [each for each in spoken if each.type == "round.counted.v1"]
    changed = sum(each.type == "demand.accepted.v1" for each in spoken)
    ended = sum(each.type == "demand.withdrawal_confirmed.v1" for each in spoken)
    assert changed + ended + sum(each.type == "demand.rejected.v1" for each in spoken) == 16
    assert counted.data["demands"] == 16 - ended
    assert counted.data["pieces"] == 12 * (16 - ended) - 11 * changed


async def test_no_demand_is_left_waiting_though_its_round_opens_meanwhile(
    database: Database,
) -> None:
    many = [submit(database, number) for number in range(100, 124)]
    await asyncio.gather(*many[:12], open_round(database), *many[12:])
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 24


async def test_a_demand_submitted_twice_at_once_is_accepted_once(database: Database) -> None:
    spoken = await all_said(database, *await asyncio.gather(*(submit(database) for _ in range(6))))
    types = sorted(each.type for each in spoken)
    assert types == ["demand.accepted.v1"] + ["demand.rejected.v1"] * 5


async def test_of_like_demands_stated_at_once_the_later_is_told(database: Database) -> None:
    spoken = await all_said(database, *await asyncio.gather(*(submit(database, n) for n in (4, 5))))
    assert [each.type for each in spoken].count("demand.similar_found.v1") == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_member_does_not_wait_for_what_another_states(database: Database) -> None:
    await admit(database, "10003")
    async with database.transaction() as tx, asyncio.timeout(20):
        await begin_stating(tx, "10002")
        spoken = await submit(database, member="10003")
    assert [each.type for each in spoken] == ["demand.accepted.v1"]


async def test_references_are_given_once_each_though_demands_come_at_once(
    database: Database,
) -> None:
    spoken = await all_said(
        database, *await asyncio.gather(*(submit(database, n) for n in range(100, 120)))
    )
    references = {each.data["reference"] for each in spoken}
    assert references == {f"B-2026-{number:05d}" for number in range(1, 21)}


async def test_the_newest_state_of_a_member_wins_in_whatever_order_states_come(
    database: Database,
) -> None:
    last_days = {2: "2026-01-01", 3: None, 4: "2025-12-31", 5: None, 6: "2026-12-31"}
    await asyncio.gather(
        *(
            deliver(database, an_event("member.changed.v1", leaves_on=day), sequence=sequence)
            for sequence, day in sorted(last_days.items(), reverse=True)
        )
    )
    (accepted,) = await submit(database)
    assert accepted.type == "demand.accepted.v1"
