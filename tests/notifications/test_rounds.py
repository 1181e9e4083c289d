"""Whom a round's opening, its cut-off and its closing are told."""

import asyncio
from uuid import uuid4

import pytest

from shared.database import Database
from shared.events.demand import digest_of
from tests.notifications.conftest import Clock
from tests.notifications.story import admit, hear, mails, text


async def test_every_active_member_hears_of_a_round(database: Database) -> None:
    await admit(database, "10001")
    await admit(database, "10002")
    await admit(database, "10003")
    await hear(database, "member.left.v1", member="10002")
    await hear(database, "round.opened.v1", party="coop")
    opened = await mails(database, "round_opened")
    assert sorted(mail.party for mail in opened) == ["10001", "10003"]


async def test_who_joins_while_a_round_is_open_hears_of_it_too(database: Database) -> None:
    await admit(database, "10001")
    opening = await hear(database, "round.opened.v1", party="coop")
    await admit(database, "10003")
    await hear(database, "round.opened.v1", party="coop", cause=opening)
    opened = await mails(database, "round_opened")
    assert sorted(mail.party for mail in opened) == ["10001", "10003"]


async def test_who_joins_at_the_moment_a_round_opens_hears_of_it_once(database: Database) -> None:
    await admit(database, "10001")
    may_commit = asyncio.Event()
    joining = asyncio.create_task(admit(database, "10003", may_commit=may_commit))
    opening = asyncio.create_task(hear(database, "round.opened.v1", party="coop"))
    await asyncio.wait({opening}, timeout=0.5)
    may_commit.set()
    await asyncio.gather(joining, opening)
    opened = await mails(database, "round_opened")
    assert sorted(mail.party for mail in opened) == ["10001", "10003"]


async def test_a_reminder_comes_once_and_not_after_an_outage_that_was_too_long(
    database: Database, clock: Clock
) -> None:
    await admit(database, "10001")
    await hear(database, "round.opened.v1", party="coop", cut_off="2026-03-12T10:00:00Z")
    await hear(database, "demand.accepted.v1", member="10001")
    clock.forward(days=6)
    assert await mails(database, "round_reminder") == []
    clock.forward(days=2)
    await mails(database)
    [mail] = await mails(database, "round_reminder")
    assert "12 Stück Notebook 14 Zoll" in text(mail)

    clock.forward(days=3)
    await admit(database, "10003")
    assert len(await mails(database, "round_reminder")) == 1


async def test_those_with_demand_hear_what_is_in_a_closed_round(database: Database) -> None:
    await admit(database, "10001")
    await admit(database, "10002")
    await hear(database, "round.opened.v1", party="coop")
    await hear(database, "demand.accepted.v1")
    withdrawn = str(uuid4())
    await hear(database, "demand.accepted.v1", demand_id=withdrawn, reference="B-2026-00099")
    await hear(database, "demand.withdrawal_confirmed.v1", demand_id=withdrawn)
    await hear(database, "round.closed.v1", party="coop")
    await hear(database, "round.counted.v1", party="coop", demands=1, pieces=12, digest=None)
    [mail] = await mails(database, "round_closed")
    assert mail.party == "10002"
    assert "B-2026-00017" in text(mail)
    assert "B-2026-00099" not in text(mail)


async def test_who_has_demand_that_arrives_after_the_count_hears_of_the_closing_once(
    database: Database,
) -> None:
    await admit(database, "10001")
    await admit(database, "10002")
    await hear(database, "round.opened.v1", party="coop")
    await hear(database, "demand.accepted.v1", member="10001", demand_id=str(uuid4()))
    await hear(database, "round.closed.v1", party="coop")
    await hear(database, "round.counted.v1", party="coop", demands=2, pieces=24, digest=None)
    assert await mails(database, "round_closed") == []
    await hear(database, "demand.accepted.v1")
    await mails(database)
    told = await mails(database, "round_closed")
    assert sorted(mail.party for mail in told) == ["10001", "10002"]


async def test_who_withdrew_before_the_count_hears_nothing_of_the_closing(
    database: Database,
) -> None:
    await admit(database)
    await hear(database, "round.opened.v1", party="coop")
    await hear(database, "demand.accepted.v1")
    await hear(database, "round.counted.v1", party="coop", demands=0, pieces=0, digest=None)
    assert await mails(database, "round_closed") == []
    await hear(database, "demand.withdrawal_confirmed.v1")
    assert await mails(database, "round_closed") == []


@pytest.mark.parametrize(
    "end",
    ["demand.withdrawal_confirmed.v1", "demand.refusal_confirmed.v1", "demand.lapsed.v1"],
)
async def test_a_demand_that_is_accepted_late_does_not_count_after_its_end(
    database: Database, end: str
) -> None:
    await admit(database)
    await hear(database, "round.opened.v1", party="coop")
    await hear(database, end, sequence=2)
    await hear(database, "demand.accepted.v1", sequence=1)
    await hear(database, "round.counted.v1", party="coop", demands=1, pieces=12, digest=None)
    assert await mails(database, "round_closed") == []


async def test_members_hear_of_a_closing_once_exactly_the_counted_demand_is_known(
    database: Database,
) -> None:
    withdrawn, late = uuid4(), uuid4()
    await admit(database, "10001")
    await admit(database, "10002")
    await hear(database, "round.opened.v1", party="coop")
    await hear(database, "demand.accepted.v1", member="10001", demand_id=str(withdrawn))
    which = digest_of([late])
    await hear(database, "round.counted.v1", party="coop", demands=1, pieces=12, digest=which)
    assert await mails(database, "round_closed") == []
    await hear(database, "demand.withdrawal_confirmed.v1", demand_id=str(withdrawn))
    await hear(database, "demand.accepted.v1", demand_id=str(late))
    await mails(database)
    assert [mail.party for mail in await mails(database, "round_closed")] == ["10002"]
