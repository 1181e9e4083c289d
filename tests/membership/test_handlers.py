"""What membership says to what it hears, on both databases."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData, select

from services.membership import handlers, store
from shared.database import Database
from tests.builders import Clock, an_event, an_id, decided, deliver, only, rules, said
from tests.membership.people import apply, decide, join
from tests.shared.gatekeeping import only_reason, passed, with_data

SECOND_OF_MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """A day in March, after everything that happens here by default."""
    return Clock(SECOND_OF_MARCH)


async def test_an_application_is_confirmed_to_the_board(database: Database) -> None:
    (received,) = await apply(database)
    assert (received.type, received.party) == ("application.received.v1", "coop")
    assert received.data["name"] == "Gemeinde Barleben"
    assert received.whole["sequence"] == 1


async def test_an_application_is_received_once(database: Database) -> None:
    await apply(database)
    assert rules(await apply(database)) == {"application_id": "was received before"}


async def test_an_application_that_breaks_a_rule_is_refused_to_the_board(
    database: Database,
) -> None:
    spoken = await apply(database, ags=None)
    assert only(spoken, "message.rejected.v1").party == "coop"
    assert rules(spoken) == {"ags": "a municipality must state its AGS"}


async def test_an_admitted_applicant_is_told_to_all_under_its_number(database: Database) -> None:
    await apply(database)
    (admitted,) = await decide(database, member="10002")
    assert (admitted.type, admitted.party) == ("member.admitted.v1", "10002")
    assert admitted.data == an_event("member.admitted.v1").model_dump(
        mode="json", exclude_none=True
    )
    async with database.transaction() as tx:
        assert await store.application(tx.session, an_id(1)) is None


async def test_without_a_wish_the_next_free_number_is_given(database: Database) -> None:
    await join(database)
    await apply(database, 2, kind="district", ags=None)
    (admitted,) = await decide(database, 2)
    assert admitted.party == "10003"


async def test_a_number_that_a_member_has_is_refused_and_the_application_stays(
    database: Database,
) -> None:
    await join(database)
    await apply(database, 2, kind="district", ags=None)
    assert "member" in rules(await decide(database, 2, member="10002"))
    assert len(await decide(database, 2, member="10004")) == 1


async def test_a_municipality_joins_once(database: Database) -> None:
    await join(database)
    await apply(database, 2)
    assert "its AGS is that of member 10002" in rules(await decide(database, 2)).values()


async def test_only_an_undecided_application_can_be_decided(database: Database) -> None:
    assert "application_id" in rules(await decide(database))
    await join(database)
    assert "application_id" in rules(await decide(database))


async def test_many_admissions_at_once_give_each_a_number_of_its_own(database: Database) -> None:
    many = range(1, 13)
    for number in many:
        await apply(database, number, kind="district", ags=None, name=f"Landkreis {number}")
    await asyncio.gather(*(decide(database, number) for number in many))
    async with database.transaction() as tx:
        numbers = await store.numbers(tx.session)
        pages = await store.pages(tx.session)
    assert numbers == {str(10_000 + number) for number in many}
    names = {entry.person["name"] for page in pages.values() for entry in page}
    assert names == {f"Landkreis {n}" for n in many}


@pytest.mark.parametrize("party", ["10002", "coop"])
async def test_notice_is_confirmed_with_the_last_day(database: Database, party: str) -> None:
    await join(database)
    (confirmed,) = await deliver(database, an_event("membership.notice_given.v1"), party=party)
    assert (confirmed.type, confirmed.party) == ("member.notice_confirmed.v1", "10002")
    assert confirmed.data["leaves_on"] == "2026-12-31"
    assert confirmed.whole["sequence"] == 2


async def test_a_notice_of_somebody_else_is_refused(database: Database) -> None:
    spoken = await deliver(database, an_event("membership.notice_given.v1"))
    assert only(spoken, "message.rejected.v1").party == "10002"
    assert rules(spoken) == {"member": "must be a member of the cooperative"}


async def test_changed_shares_and_contacts_are_told_as_the_members_whole_state(
    database: Database,
) -> None:
    await join(database)
    shares = an_event("membership.shares_changed.v1", effective_on="2026-03-01", shares=5)
    (more,) = await deliver(database, shares)
    change = {"change": 4, "how": "stated", "effective_on": "2026-03-01"}
    assert more.data["shares_change"] == change
    contact = {"role": "finance", "name": "Kämmerei", "email": "k@barleben.example"}
    (other,) = await deliver(database, an_event("contacts.changed.v1", contacts=[contact]))
    assert [more.type, other.type] == ["member.changed.v1"] * 2
    assert [more.party, other.party] == ["10002"] * 2
    assert (more.data["shares"], other.data["shares"]) == (5, 5)
    assert other.data["contacts"] == [contact]
    assert other.whole["sequence"] == 3


async def test_what_a_contact_wants_of_mails_stays_until_something_else_is_said(
    database: Database,
) -> None:
    await join(database)
    contact = {"role": "finance", "name": "Kämmerei", "email": "k@barleben.example"}

    async def state(**wish: str) -> object:
        """The contact's wish after it was stated anew."""
        told = an_event("contacts.changed.v1", contacts=[{**contact, **wish}])
        (changed,) = await deliver(database, told)
        return changed.data["contacts"][0].get("mails")

    assert await state() is None
    assert await state(mails="daily") == "daily"
    unsubscribed = an_event("contact.unsubscribed.v1", role="finance", name="Kämmerei")
    (changed,) = await deliver(database, unsubscribed)
    assert changed.data["contacts"] == [{**contact, "mails": "needed"}]
    assert await deliver(database, an_event("contact.unsubscribed.v1", name="Niemand")) == []
    assert await state() == "needed"
    assert await state(mails="all") == "all"


async def test_a_contact_that_wants_so_is_forgotten(database: Database) -> None:
    await join(database)
    erika = {"role": "it", "name": "Erika Kanarienvogel", "email": "Erika@barleben.example"}
    other = {"role": "finance", "name": "Kämmerei", "email": "k@barleben.example"}
    await deliver(database, an_event("contacts.changed.v1", contacts=[erika, other]))
    email, reason = "erika@barleben.example", "5.1.1 user Erika unknown"
    await deliver(database, an_event("contact.bounced.v1", email=email, reason=reason))
    asked = an_event(
        "contact.erasure_requested.v1", email="erika@barleben.example", names=["e.kanari"]
    )
    changed, erased = await deliver(database, asked)
    assert changed.data["contacts"] == [other]
    assert erased.data == {
        "member": "10002",
        "names": ["Erika Kanarienvogel", "e.kanari"],
        "email": "erika@barleben.example",
    }
    async with database.engine.connect() as connection:
        metadata = MetaData()
        await connection.run_sync(metadata.reflect)
        rows = [
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in await connection.execute(select(table))
        ]
    assert not [row for row in rows if "erika" in row.casefold()]
    spoken = await deliver(
        database, an_event("contact.erasure_requested.v1", email="k@x.example", names=[])
    )
    assert list(rules(spoken)) == ["email"]
    spoken = await deliver(
        database, an_event("contact.erasure_requested.v1", email="k@barleben.example")
    )
    assert rules(spoken) == {
        "email": "is the only contact; state another by contacts.changed first"
    }


async def test_an_address_that_does_not_work_is_flagged_until_another_is_stated(
    database: Database,
) -> None:
    await join(database)
    it = {"role": "it", "name": "IT-Stelle", "email": "it@barleben.example"}
    head = {"role": "management", "name": "Bürgermeisterin", "email": "IT@barleben.example"}
    other = {"role": "finance", "name": "Kämmerei", "email": "k@barleben.example"}
    await deliver(database, an_event("contacts.changed.v1", contacts=[it, head, other]))
    assert await returned(database) == [None] * 3

    assert await deliver(database, an_event("contact.bounced.v1")) == []
    again = an_event("contact.bounced.v1", reason="5.2.1 disabled")
    assert await deliver(database, again) == []
    first = ("2026-03-02", "5.1.1 unknown")
    assert await returned(database) == [first, first, None]

    (told,) = await deliver(database, an_event("contacts.changed.v1", contacts=[other, it]))
    assert told.data["contacts"] == [other, it]
    assert await returned(database) == [None, first]
    better = {**it, "email": "edv@barleben.example"}
    await deliver(database, an_event("contacts.changed.v1", contacts=[other, better]))
    assert await returned(database) == [None, None]
    assert await deliver(database, an_event("contact.bounced.v1")) == []  # of the address before
    assert await returned(database) == [None, None]


async def test_a_bounce_that_does_not_tell_its_address_is_known_by_role_and_name(
    database: Database,
) -> None:
    await join(database)
    await deliver(database, an_event("contact.bounced.v1", email=None, name="Niemand"))
    assert await returned(database) == [None]
    await deliver(database, an_event("contact.bounced.v1", email=None))
    assert await returned(database) == [("2026-03-02", "5.1.1 unknown")]


async def returned(database: Database) -> list[tuple[str, str] | None]:
    """By contact, since when and why mail comes back, as people see it."""
    async with database.transaction() as tx:
        shown = await store.show_member(tx.session, "10002")
    assert shown is not None
    return [
        (one["returned_on"], one["returned_because"]) if one["returned_on"] else None
        for one in shown["contacts"]
    ]


async def test_who_is_no_contact_is_forgotten_by_name_and_the_contacts_stay(
    database: Database,
) -> None:
    await join(database)
    asked = an_event("contact.erasure_requested.v1", email="e@x.example", names=["e.kanari"])
    (erased,) = await deliver(database, asked)
    assert (erased.type, erased.data["names"]) == ("contact.erased.v1", ["e.kanari"])


async def test_shares_of_the_future_are_refused(database: Database) -> None:
    await join(database)
    spoken = await deliver(database, an_event("membership.shares_changed.v1"))
    assert list(rules(spoken)) == ["effective_on"]


async def test_a_membership_ends_by_the_clock_once(database: Database, clock: Clock) -> None:
    await join(database)
    await deliver(database, an_event("membership.notice_given.v1"))
    clock.now = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)  # one second before the new year
    await handlers.due(database)
    assert await said(database) == []
    clock.now = datetime(2026, 12, 31, 23, tzinfo=UTC)  # midnight in Germany
    await asyncio.gather(*(handlers.due(database) for _ in range(4)))
    left, *repaid = await said(database)
    assert (left.type, left.party) == ("member.left.v1", "10002")
    assert [each.type for each in repaid] == ["repayment.due.v1"] * 2
    assert left.data["leaves_on"] == "2026-12-31"
    spoken = await deliver(database, an_event("contacts.changed.v1"))
    assert rules(spoken) == {"member": "left on 2026-12-31"}


async def test_an_end_that_fell_into_an_outage_is_caught_up(
    database: Database, clock: Clock
) -> None:
    await join(database)
    await deliver(database, an_event("membership.notice_given.v1"))
    clock.now = datetime(2031, 6, 1, tzinfo=UTC)
    await handlers.due(database)
    assert only(await said(database), "member.left.v1").data["leaves_on"] == "2026-12-31"


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("15083040-24", "its last two digits do not fit the rest"),
        ("15083041-23", "its last two digits do not fit the rest"),
        ("15083040", "should match pattern"),
        ("15083040-23 ", "should match pattern"),
    ],
)
def test_a_leitweg_id_whose_check_digits_are_wrong_stops_the_application(
    wrong: str, rule: str
) -> None:
    reason = only_reason(with_data("membership.applied.v1", leitweg_id=wrong))
    assert (reason.field, reason.value) == ("leitweg_id", wrong)
    assert rule in reason.rule


def test_a_right_leitweg_id_of_a_part_of_the_town_passes() -> None:
    passed(with_data("membership.applied.v1", leitweg_id="04011000-1234512345-06"))


async def test_hardship_is_the_boards_word_and_on_record(database: Database) -> None:
    await join(database)
    early = an_event("membership.notice_given.v1", hardship=True)
    assert list(rules(await deliver(database, early, party="10002"))) == ["hardship"]
    only(await deliver(database, early, party="coop"), "member.notice_confirmed.v1")
    (notice,) = await decided(database, "notice")
    assert notice["inputs"]["hardship"] is True
    assert notice["rules"][0]["source"].startswith("§ 65 (2) GenG")
    assert notice["result"]["leaves_on"] == "2026-12-31"
