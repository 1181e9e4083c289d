"""Cases from the law and from the cooperative's public history, through every message, in time."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import MetaData, String, cast, func, or_, select

from services.membership import handlers, store
from shared.database import Database
from tests.builders import Clock, Said, an_event, an_id, deliver, only, rules, said
from tests.membership.people import apply, decide, join, state


@pytest.fixture
def clock() -> Clock:
    """The cooperative begins."""
    return at("2010-01-01")


def at(day: str) -> Clock:
    """Noon of a day."""
    return Clock(datetime.fromisoformat(f"{day}T12:00:00+00:00"))


async def on(database: Database, clock: Clock, day: str) -> list[Said]:
    """A day comes, and what it makes due is said."""
    clock.now = at(day).now
    await handlers.due(database)
    return await said(database)


def types(spoken: list[Said]) -> list[str]:
    """What was said, without the version."""
    return [each.type.removesuffix(".v1") for each in spoken]


async def listed(database: Database, day: str, show: str = "show_register") -> list[str]:
    """The members of a day, or those who vote."""
    async with database.transaction() as tx:
        found = await getattr(store, show)(tx.session, day)
    return [each["number"] for each in found["members"]]


async def test_stendal_joins_for_a_term_is_reminded_leaves_and_is_repaid(
    database: Database, clock: Clock
) -> None:
    clock.now = at("2012-05-01").now
    (joined,) = await join(database, "10020", on="2012-05-01", ends_on="2015-12-31")
    assert (joined.data["leaves_on"], joined.data["ended_by"]) == ("2015-12-31", "term")
    assert await on(database, clock, "2015-10-01") == []
    (ending,) = await on(database, clock, "2015-10-02")
    assert (ending.type, ending.party) == ("member.term_ending.v1", "10020")
    assert await on(database, clock, "2015-12-31") == []
    left, repaid, told = await on(database, clock, "2016-01-01")
    assert left.type == "member.left.v1"
    assert (repaid.party, told.party) == ("10020", "coop")
    assert (repaid.data["amount"], repaid.data["due_on"]) == ("5000.00", "2016-06-30")
    assert await on(database, clock, "2026-01-01") == []
    assert await listed(database, "2015-12-31") == ["10020"]
    assert await listed(database, "2016-01-01") == []


async def test_a_longer_term_is_reminded_of_anew(database: Database, clock: Clock) -> None:
    clock.now = at("2012-05-01").now
    await join(database, "10020", on="2012-05-01", ends_on="2015-12-31")
    assert types(await on(database, clock, "2015-10-05")) == ["member.term_ending"]
    longer = {"member": "10020", "agreed_on": "2015-10-05", "ends_on": "2020-12-31"}
    (changed,) = await state(database, "membership.term_changed", **longer)
    assert changed.data["leaves_on"] == "2020-12-31"
    assert await on(database, clock, "2016-01-01") == []
    assert types(await on(database, clock, "2020-10-03")) == ["member.term_ending"]
    assert types(await on(database, clock, "2021-01-01"))[0] == "member.left"


async def test_notice_of_the_first_of_october_ends_with_the_next_year(
    database: Database, clock: Clock
) -> None:
    await join(database, on="2010-01-01")
    clock.now = at("2013-10-01").now
    (told,) = await state(database, "membership.notice_given", given_on="2013-10-01")
    assert told.data["leaves_on"] == "2014-12-31"
    assert await on(database, clock, "2014-12-31") == []
    assert types(await on(database, clock, "2015-01-01")) == [
        "member.left",
        "repayment.due",
        "repayment.due",
    ]


async def test_some_shares_under_notice_end_and_are_repaid_with_the_year(
    database: Database, clock: Clock
) -> None:
    await join(database, on="2010-01-01", shares=3)
    given = {"given_on": "2010-01-01", "shares": 2}
    (told,) = await state(database, "membership.notice_given", **given)
    assert (told.data["shares_given_up"], told.data["shares_until"]) == (2, "2010-12-31")
    assert "leaves_on" not in told.data
    changed, *repaid = await on(database, clock, "2011-01-01")
    assert (changed.data["shares"], changed.data["shares_change"]["how"]) == (1, "returned")
    assert {each.data["amount"] for each in repaid} == {"10000.00"}


async def test_a_whole_balance_goes_to_one_that_joins_and_nothing_is_repaid(
    database: Database, clock: Clock
) -> None:
    await join(database, on="2010-01-01", shares=2)
    clock.now = at("2011-03-01").now
    today = dict.fromkeys(
        ("declared_on", "council_resolution_on", "supervisory_consent_on"), "2011-03-01"
    )
    await apply(database, 2, kind="company", ags=None, leitweg_id=None, shares=2, **today)
    promise = {"to": None, "shares": None, "application_id": str(an_id(2))}
    (promised,) = await state(
        database, "membership.shares_transferred", effective_on="2011-03-01", **promise
    )
    assert promised.data["shares_from"] == "10002"
    assert await listed(database, "2011-03-01") == ["10002"]
    spoken = await decide(database, 2, decided_on="2011-03-01", member="10007")
    assert types(spoken) == ["member.changed", "member.left", "member.admitted"]
    assert only(spoken, "member.left.v1").data["ended_by"] == "transfer"
    assert only(spoken, "member.admitted.v1").data["shares"] == 2
    assert await listed(database, "2011-02-28") == ["10002"]
    assert await listed(database, "2011-03-01") == ["10007"]


async def test_a_part_of_a_balance_goes_to_a_member(database: Database, clock: Clock) -> None:
    await join(database, on="2010-01-01", shares=2)
    await join(database, "10007", 2, on="2010-01-01")
    spoken = await state(database, "membership.shares_transferred", effective_on="2010-01-01")
    changes = {each.party: each.data["shares_change"]["change"] for each in spoken}
    assert changes == {"10002": -1, "10007": 1}
    spoken = await state(
        database, "membership.shares_transferred", effective_on="2010-01-01", shares=2
    )
    assert rules(spoken) == {"shares": "member 10002 has 1 on 2010-01-01"}


async def test_municipalities_merge_and_the_successor_stands_in_on_its_day(
    database: Database, clock: Clock
) -> None:
    await join(database, on="2010-01-01")
    await join(database, "10007", 2, on="2010-01-01")
    clock.now = at("2010-05-03").now
    (changed,) = await state(database, "membership.succeeded", effective_on="2010-07-01")
    assert (changed.type, changed.data["successor"]) == ("member.changed.v1", "10007")
    assert await on(database, clock, "2010-06-30") == []
    spoken = await on(database, clock, "2010-07-01")
    assert [(each.type, each.party) for each in spoken] == [
        ("member.succeeded.v1", "10002"),
        ("member.succeeded.v1", "10007"),
    ]
    assert await listed(database, "2010-07-01", "show_votes") == ["10007"]
    assert await listed(database, "2010-12-31") == ["10002", "10007"]
    left, paid, _ = await on(database, clock, "2011-01-01")
    assert left.data["ended_by"] == "dissolution"
    assert (paid.party, paid.data["payee"]) == ("10007", "10007")


async def test_an_exclusion_is_told_with_its_end(database: Database, clock: Clock) -> None:
    clock.now = at("2026-03-03").now
    await join(database, on="2010-01-01")
    (told,) = await state(database, "membership.excluded")
    assert (told.type, told.data["leaves_on"]) == ("member.excluded.v1", "2026-12-31")
    assert await listed(database, "2026-03-02", "show_votes") == ["10002"]
    assert await listed(database, "2026-03-03", "show_votes") == []


async def test_what_lacks_is_told_until_every_step_is_taken(
    database: Database, clock: Clock
) -> None:
    clock.now = at("2026-03-02").now
    nothing: dict[str, Any] = {"council_resolution_on": None, "supervisory_consent_on": None}
    (received,) = await apply(database, **nothing)
    assert received.data["lacks"] == ["council_resolution", "supervisory_consent"]
    refused = rules(await decide(database))
    assert list(refused) == ["council_resolution", "supervisory_consent"]
    assert "state membership.step_taken" in refused["supervisory_consent"]
    own = {"application_id": str(an_id(1))}
    taken = own | {"step": "council_resolution", "taken_on": "2025-12-10"}
    (progressed,) = await state(database, "membership.step_taken", **taken)
    assert progressed.data["lacks"] == ["supervisory_consent"]
    (progressed,) = await state(database, "membership.step_taken", **own)
    assert progressed.data["lacks"] == []
    assert types(await decide(database)) == ["member.admitted"]


async def test_a_refused_applicant_is_forgotten_when_the_refusal_is_sent_and_that_is_shown(
    database: Database, clock: Clock
) -> None:
    clock.now = at("2026-03-02").now
    await apply(database)
    (refused,) = await decide(database, decision="refused", reason="Sitz außerhalb des Landes")
    assert refused.data["contacts"][0]["email"] == "it@barleben.example"
    message = refused.whole["id"]
    for kind, cause in (("cost_statement", message), ("application_refused", str(an_id(9)))):
        other = an_event("notification.sent.v1", about="coop", kind=kind, caused_by=cause)
        assert await deliver(database, other) == []
    sent = an_event(
        "notification.sent.v1", about="coop", kind="application_refused", caused_by=message
    )
    (erased,) = await deliver(database, sent)
    assert (erased.type, erased.data["refusal_sent"]) == ("application.erased.v1", True)
    assert message in erased.data["messages"]
    assert "Barleben" not in str(erased.whole)
    done = an_event("notification.erased.v1", application_id=str(an_id(1)), mails=2)
    assert await deliver(database, done) == []
    async with database.transaction() as tx:
        assert await store.application(tx.session, an_id(1)) is None
        shown = await store.show_erasure(tx.session, str(an_id(1)))
    assert shown is not None
    assert (shown["mails"], shown["digest"]) == (2, erased.data["digest"])
    assert await deliver(database, sent) == []
    assert rules(await apply(database)) == {"application_id": "was received before"}
    await nothing_is_left(database, "Barleben", "15083040", "it@barleben")


async def nothing_is_left(database: Database, *words: str) -> None:
    """No table of the service holds any of these words."""

    there = MetaData()
    async with database.engine.connect() as connection:
        await connection.run_sync(there.reflect)
        for table in there.tables.values():
            hits = or_(*(cast(c, String).contains(word) for c in table.c for word in words))
            found = await connection.scalar(select(func.count()).select_from(table).where(hits))
            assert found == 0, table.name


async def test_a_refused_applicant_is_forgotten_in_time_even_where_nobody_could_be_told(
    database: Database, clock: Clock
) -> None:
    clock.now = at("2026-03-02").now
    await apply(database)
    await decide(database, decision="refused", decided_on="2026-01-20")  # told weeks later
    assert await on(database, clock, "2026-03-31") == []
    (erased,) = await on(database, clock, "2026-04-01")
    assert (erased.type, erased.data["refusal_sent"]) == ("application.erased.v1", False)


async def test_a_correction_is_told_and_what_was_known_before_stays(
    database: Database, clock: Clock
) -> None:
    await join(database, on="2010-01-01")
    clock.now = at("2012-01-01").now
    (told,) = await state(database, "register.corrected", entry=1, name="Gemeinde Barleben b. M.")
    assert told.data["name"] == "Gemeinde Barleben b. M."
    async with database.transaction() as tx:
        names = [
            (await store.show_register(tx.session, key) or {})["members"][0]["person"]["name"]
            for key in ("2010-06-01", "2010-06-01/2011-12-31T00:00:00Z")
        ]
    assert names == ["Gemeinde Barleben b. M.", "Gemeinde Barleben"]


async def test_who_left_may_join_again_under_another_number(
    database: Database, clock: Clock
) -> None:
    await join(database, on="2010-01-01")
    await state(database, "membership.notice_given", given_on="2010-01-01")
    await on(database, clock, "2011-01-01")
    (again,) = await join_again(database)
    assert (again.type, again.party) == ("member.admitted.v1", "10003")
    assert await listed(database, "2010-12-31") == ["10002"]
    assert await listed(database, "2011-01-01") == ["10003"]


async def join_again(database: Database) -> list[Said]:
    """Barleben joins a second time."""
    steps = ("declared_on", "council_resolution_on", "supervisory_consent_on")
    await apply(database, 2, **dict.fromkeys(steps, "2011-01-01"))
    return await decide(database, 2, decided_on="2011-01-01")


async def test_from_22_to_100_members_in_twelve_years_each_day_has_its_list(
    sqlite_database: Database, clock: Clock
) -> None:
    days = [date(2010, 1, 1)] * 22 + [date(2010 + at // 7, 2 + at % 7, 1) for at in range(78)]
    for number, day in enumerate(sorted(days)):
        clock.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        await join(sqlite_database, str(10_101 + number), number, on=str(day))
    assert len(await listed(sqlite_database, "2010-01-01")) == 22
    assert len(await listed(sqlite_database, "2022-10-01")) == 100
    assert len(await listed(sqlite_database, "2022-10-01", "show_votes")) == 100
    for day in {*days}:
        assert len(await listed(sqlite_database, str(day))) == sum(each <= day for each in days)
    await asyncio.gather(*(handlers.due(sqlite_database) for _ in range(3)))
