"""What membership keeps, it gives back unchanged, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

from services.membership import store
from services.membership.domain import joining, leaving, members, shares
from services.membership.domain.joining import Transfer
from services.membership.domain.members import Member
from services.membership.domain.people import Contact
from shared.database import Database
from tests.builders import an_id
from tests.membership.people import (
    JOINED,
    RULES,
    TODAY,
    a_member,
    a_person,
    an_application,
    stated,
)


async def keep(database: Database, *kept: Member) -> None:
    """Keep members as they are today."""
    async with database.transaction() as tx:
        for member in kept:
            await store.save_member(tx.session, member, TODAY, RULES)


async def test_an_application_is_kept_until_it_is_deleted(database: Database) -> None:
    whole = an_application(
        contacts=(Contact("finance", "Kämmerei", "k@barleben.example"),),
        person=a_person(leitweg_id="15083040-23"),
        ends_on=date(2030, 12, 31),
    )
    promised = joining.with_transfer(whole, Transfer("10007", 1, JOINED, "Vertrag"))
    refused = joining.refused(promised, JOINED, TODAY, an_id(2))
    for state in (whole, promised, replace(refused, messages=(an_id(3), an_id(2)))):
        async with database.transaction() as tx:
            await store.save_application(tx.session, state)
        async with database.transaction() as tx:
            assert await store.application(tx.session, an_id(1)) == state
    async with database.transaction() as tx:
        assert await store.refused_by(tx.session, an_id(2)) is not None
        assert await store.refused_by(tx.session, an_id(3)) is None
        assert len(await store.refused_until(tx.session, TODAY)) == 1
        assert await store.refused_until(tx.session, TODAY - timedelta(days=1)) == []
        await store.delete_application(tx.session, an_id(1))
    async with database.transaction() as tx:
        assert await store.application(tx.session, an_id(1)) is None


async def test_a_members_page_is_kept_entry_by_entry(database: Database) -> None:
    member = a_member(shares=3, person=a_person(leitweg_id="15083040-23"))
    await keep(database, member)
    how = stated()
    for change in (
        lambda m: shares.subscribed(m, 2, TODAY, how, RULES),
        lambda m: members.with_details(m, {"name": "Stadt Barleben"}, TODAY, how, RULES),
        lambda m: members.corrected(m, 2, "war einer", how, RULES, shares=1),
        lambda m: leaving.under_notice(m, TODAY, how, RULES),
        lambda m: replace(m, told=frozenset({"left/4"})),
    ):
        member = change(member)
        await keep(database, member)
        async with database.transaction() as tx:
            assert await store.member(tx.session, "10002") == member
    async with database.transaction() as tx:
        assert await store.member(tx.session, "10003") is None


async def test_the_register_finds_numbers_and_the_ags_of_those_who_go_on_to_exist(
    database: Database,
) -> None:
    district = a_member("10005", person=a_person(kind="district", ags=None))
    magdeburg = a_member("10001", person=a_person(ags="15003000"))
    merged = leaving.succeeded(magdeburg, district, TODAY, stated())
    left = leaving.under_notice(
        a_member("10003", person=a_person(ags="15083015")), TODAY, stated(), RULES
    )
    await keep(database, a_member(), district, merged, left)
    async with database.transaction() as tx:
        found = {
            ags: await store.number_with_ags(tx.session, ags, day)
            for ags, day in (
                ("15083040", TODAY),
                ("15003000", TODAY),
                ("15083015", date(2026, 12, 31)),
                ("15083015", date(2027, 1, 1)),
            )
        }
        numbers = await store.numbers(tx.session)
    assert numbers == {"10001", "10002", "10003", "10005"}
    assert found == {"15083040": "10002", "15003000": None, "15083015": None}


async def test_only_those_for_whom_something_has_become_due_are_due(database: Database) -> None:
    leaves = leaving.under_notice(a_member("10001"), date(2026, 3, 1), stated(), RULES)
    term = a_member("10003", ends_on=date(2027, 6, 30))
    await keep(database, leaves, a_member(), term)
    for day, numbers in (
        (date(2026, 12, 31), []),
        (date(2027, 1, 1), ["10001"]),
        (date(2027, 4, 1), ["10001", "10003"]),
    ):
        async with database.transaction() as tx:
            assert await store.due_members(tx.session, day) == numbers


async def test_two_replicas_do_not_end_the_same_membership(postgres_database: Database) -> None:
    await keep(
        postgres_database, leaving.under_notice(a_member(), date(2026, 3, 1), stated(), RULES)
    )
    later = date(2027, 1, 1)
    async with postgres_database.transaction() as one, postgres_database.transaction() as other:
        assert await store.due_members(one.session, later) == ["10002"]
        assert await store.due_members(other.session, later) == []


async def test_a_member_is_shown_to_people_with_every_entry(database: Database) -> None:
    await keep(database, shares.subscribed(a_member(), 2, TODAY, stated(), RULES))
    async with database.transaction() as tx:
        shown = await store.show_member(tx.session, "10002")
        assert await store.show_member(tx.session, "10003") is None
    assert shown is not None
    assert (shown["name"], shown["shares"]) == ("Gemeinde Barleben", 3)
    assert shown["contacts"][0]["email"] == "it@barleben.example"
    assert [(e["number"], e["fact"], e["counts"]) for e in shown["entries"]] == [
        (1, "admitted", True),
        (2, "shares", True),
    ]


async def test_the_register_and_the_votes_are_shown_of_a_day_as_known_at_a_moment(
    database: Database,
) -> None:
    late = stated(date(2026, 6, 1))
    excluded = leaving.excluded(
        a_member("10003"), date(2026, 2, 1), date(2026, 2, 2), "Beiträge offen", late
    )
    await keep(database, a_member(), excluded)

    async def numbers(show: str, key: str) -> list[str]:
        async with database.transaction() as tx:
            shown = await getattr(store, show)(tx.session, key)
        return [each["number"] for each in shown["members"]]

    assert await numbers("show_register", "2026-03-01") == ["10002", "10003"]
    assert await numbers("show_votes", "2026-03-01") == ["10002"]
    assert await numbers("show_votes", "2026-03-01/2026-05-31T00:00:00Z") == ["10002", "10003"]
    assert await numbers("show_register", "2026-01-11") == []
    assert await numbers("show_register", "2027-01-01") == ["10002"]
    async with database.transaction() as tx:
        for wrong in ("today", "2026-13-01", "2026-01-01/later", ""):
            assert await store.show_register(tx.session, wrong) is None
        for wrong in ("x", str(an_id(9))):
            assert await store.show_application(tx.session, wrong) is None
            assert await store.show_erasure(tx.session, wrong) is None
