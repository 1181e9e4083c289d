"""What membership keeps, it gives back unchanged, on both databases."""

from dataclasses import replace
from datetime import date

from services.membership import store
from services.membership.domain import Contact
from shared.database import Database
from tests.builders import an_id
from tests.membership.test_domain import a_member, an_application

TODAY = date(2026, 7, 1)


async def test_an_application_is_kept_until_it_is_deleted(database: Database) -> None:
    kept = an_application(contacts=(Contact("finance", "Kämmerei", "k@barleben.example"),))
    async with database.transaction() as tx:
        assert await store.application(tx.session, an_id(1)) is None
        await store.save_application(tx.session, kept)
    async with database.transaction() as tx:
        assert await store.application(tx.session, an_id(1)) == kept
        await store.delete_application(tx.session, an_id(1))
    async with database.transaction() as tx:
        assert await store.application(tx.session, an_id(1)) is None


async def test_a_members_newest_state_is_kept(database: Database) -> None:
    first = a_member()
    newest = replace(first, shares=7, leaves_on=date(2026, 12, 31), ags=None, has_left=True)
    for state in (first, newest):
        async with database.transaction() as tx:
            await store.save_member(tx.session, state)
        async with database.transaction() as tx:
            assert await store.member(tx.session, "10002") == state
    async with database.transaction() as tx:
        assert await store.member(tx.session, "10003") is None


async def test_the_register_finds_numbers_and_ags(database: Database) -> None:
    async with database.transaction() as tx:
        assert await store.numbers(tx.session) == set()
        await store.save_member(tx.session, a_member())
        await store.save_member(tx.session, a_member(number="10005", ags=None, has_left=True))
    async with database.transaction() as tx:
        assert await store.numbers(tx.session) == {"10002", "10005"}
        assert await store.number_with_ags(tx.session, "15083040") == "10002"
        assert await store.number_with_ags(tx.session, "15003000") is None


async def test_only_those_whose_last_day_is_over_and_who_did_not_leave_yet_are_due(
    database: Database,
) -> None:
    yesterday = date(2026, 6, 30)
    members = [
        a_member(number="10001", ags=None),
        a_member(number="10002", ags=None, leaves_on=TODAY),
        a_member(number="10003", ags=None, leaves_on=yesterday),
        a_member(number="10004", ags=None, leaves_on=yesterday, has_left=True),
    ]
    async with database.transaction() as tx:
        for member in members:
            await store.save_member(tx.session, member)
    async with database.transaction() as tx:
        assert await store.leaving_before(tx.session, TODAY) == [members[2]]


async def test_two_replicas_do_not_end_the_same_membership(postgres_database: Database) -> None:
    async with postgres_database.transaction() as tx:
        await store.save_member(tx.session, a_member(leaves_on=date(2026, 6, 30)))
    async with postgres_database.transaction() as one, postgres_database.transaction() as other:
        assert len(await store.leaving_before(one.session, TODAY)) == 1
        assert await store.leaving_before(other.session, TODAY) == []


async def test_a_member_is_shown_to_people_with_all_that_is_kept(database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_member(tx.session, a_member())
        shown = await store.show_member(tx.session, "10002")
        assert await store.show_member(tx.session, "10003") is None
    assert shown is not None
    assert shown["name"] == "Gemeinde Barleben"
    assert shown["contacts"][0]["email"] == "it@barleben.example"
