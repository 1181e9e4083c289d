"""Rounds open and close; procurement waits until it knows all of a round's demand."""

from datetime import timedelta
from typing import Any

import pytest

from services.procurement import store
from services.procurement.handlers import collecting
from shared.database import Database
from shared.events.board import RoundCloseRequested
from shared.events.demand import digest_of
from shared.events.kid import RoundAnnounced
from shared.events.membership import MemberAdmitted, MemberLeft
from shared.events.procurement import (
    BundleProposed,
    OrderPlaced,
    RoundClosed,
    RoundCompleted,
    RoundOpened,
)
from shared.refusal import Refused
from tests.procurement.builders import an_id
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    ROUND,
    admit_members,
    announce,
    close,
    count,
    demand,
    offer,
    only,
    parties,
    pass_time,
    stated,
    tell,
    withdraw,
)


async def test_an_announced_round_opens_under_the_next_reference(database: Database) -> None:
    spoken = await announce(database) + await announce(database, round_id=an_id(22))
    references = [event.reference for event in only(RoundOpened, spoken)]
    assert references == ["R-2026-0001", "R-2026-0002"]
    assert parties(RoundOpened, spoken) == ["coop", "coop"]


async def test_references_begin_anew_with_the_year_in_germany(
    database: Database, clock: Clock
) -> None:
    await announce(database)
    clock.now = clock.now.replace(month=12, day=31, hour=23, minute=30)
    later = "2027-01-31T10:00:00Z"
    spoken = await announce(database, round_id=an_id(22), cut_off=later)
    assert [event.reference for event in only(RoundOpened, spoken)] == ["R-2027-0001"]


async def test_a_refused_announcement_uses_up_no_reference(database: Database) -> None:
    with pytest.raises(Refused, match="cut_off"):
        await announce(database, cut_off="2026-03-31T10:00:00Z")
    spoken = await announce(database)
    assert [event.reference for event in only(RoundOpened, spoken)] == ["R-2026-0001"]
    with pytest.raises(Refused, match="announced before"):
        await announce(database)


async def test_a_round_closes_once_at_its_cut_off_however_late_the_clock_looks(
    database: Database, clock: Clock
) -> None:
    await announce(database)
    assert await pass_time(database) == []
    clock.now += timedelta(days=40)
    (closed,) = only(RoundClosed, await pass_time(database))
    assert (closed.reason, closed.closed_at) == ("cut_off", clock.now)
    assert await pass_time(database) == []


async def test_a_round_closes_early_on_request_and_only_once(database: Database) -> None:
    await announce(database)
    assert [event.reason for event in only(RoundClosed, await close(database))] == ["requested"]
    with pytest.raises(Refused, match="must be an open round"):
        await close(database)


async def test_a_request_to_close_an_unknown_round_is_refused(database: Database) -> None:
    event = stated(RoundCloseRequested, round_id=an_id(98))
    with pytest.raises(Refused, match="round_id"):
        await tell(database, collecting.close_round, event)


async def test_a_round_waits_until_all_counted_demand_is_here(database: Database) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    assert await pass_time(database) == [], "nobody has counted yet"
    await count(database, 2, 15)
    assert await pass_time(database) == [], "a demand is missing"
    await demand(database, 2, "10002", 4)
    assert await pass_time(database) == [], "a changed demand is still the old one"
    await demand(database, 2, "10002", 5, sequence=2)
    assert len(only(OrderPlaced, await pass_time(database))) == 2


async def test_a_round_waits_for_a_change_that_leaves_the_pieces_as_they_were(
    database: Database,
) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10, price_ceiling="900.00")
    await close(database)
    await count(database, 1, 10, revisions=2)
    assert await pass_time(database) == [], "its ceiling is still the old one"
    await demand(database, 1, "10001", 10, price_ceiling="950.00", revision=2, sequence=2)
    assert len(only(OrderPlaced, await pass_time(database))) == 1


async def test_a_round_waits_for_a_withdrawal_and_an_acceptance_that_weigh_the_same(
    database: Database,
) -> None:
    await admit_members(database)
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10, revisions=1, digest=digest_of([an_id(402)]))
    assert await pass_time(database) == [], "it holds the demand that was withdrawn"
    await demand(database, 2, "10002", 10)
    await withdraw(database, 1, sequence=2)
    (order,) = only(OrderPlaced, await pass_time(database))
    assert [line.member for line in order.lines] == ["10002"]


async def test_a_round_waits_until_its_members_are_known(database: Database) -> None:
    await offer(database)
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 1, 10)
    assert await pass_time(database) == []
    await admit_members(database)
    (order,) = only(OrderPlaced, await pass_time(database))
    assert order.lines[0].member_name == "Landeshauptstadt Magdeburg"


async def test_what_is_older_than_what_is_known_changes_nothing(database: Database) -> None:
    await announce(database)
    await demand(database, 1, "10001", 10, sequence=3)
    await demand(database, 1, "10001", 99, sequence=2)
    await withdraw(database, 2, sequence=2)
    await demand(database, 2, "10001", 50, sequence=1)
    async with database.transaction() as tx:
        tally = await store.tally(tx.session, ROUND)
    assert (tally.count.demands, tally.count.pieces) == (1, 10)


async def test_a_withdrawn_demand_no_longer_counts(database: Database) -> None:
    await announce(database)
    await demand(database, 1, "10001", 10)
    await withdraw(database, 1, sequence=2)
    async with database.transaction() as tx:
        assert (await store.tally(tx.session, ROUND)).count.demands == 0


async def test_a_member_is_known_by_the_newest_name(database: Database) -> None:
    for kind, name, sequence in (
        (MemberAdmitted, "alt", 1),
        (MemberLeft, "neu", 3),
        (MemberAdmitted, "überholt", 2),
    ):
        event = stated(kind, member="10001", name=name)
        await tell(database, collecting.keep_member, event, sequence)
    async with database.transaction() as tx:
        assert await store.member_names(tx.session, ["10001", "10009"]) == {"10001": "neu"}


async def test_a_round_without_demand_is_completed_without_orders(database: Database) -> None:
    await announce(database)
    await close(database)
    await count(database, 0, 0)
    spoken = await pass_time(database)
    assert [event.demands for event in only(BundleProposed, spoken)] == [0]
    assert [event.net for event in only(RoundCompleted, spoken)] == [0]


async def test_a_round_shows_what_it_waits_for(database: Database) -> None:
    await announce(database)
    await demand(database, 1, "10001", 10)
    await close(database)
    await count(database, 2, 15)
    async with database.transaction() as tx:
        for key in ("R-2026-0001", str(ROUND)):
            shown: dict[str, Any] | None = await store.show_round(tx.session, key)
            assert shown is not None
            assert shown["state"] == "closed"
            counted = {"demands": 2, "pieces": 15, "revisions": 0, "digest": None}
            arrived = {
                "demands": 1,
                "pieces": 10,
                "revisions": 1,
                "digest": digest_of([an_id(401)]),
            }
            assert shown["counted"] == counted
            assert shown["arrived"] == {**arrived, "of_unknown_members": 1}
        assert await store.show_round(tx.session, "R-2026-0009") is None


def test_only_rounds_with_categories_can_be_announced() -> None:
    with pytest.raises(ValueError, match="categories"):
        stated(RoundAnnounced, categories=[])
