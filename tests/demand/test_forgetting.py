"""A person that wants to be forgotten is named no more as who stated or decided on demand."""

from typing import Any

from sqlalchemy import MetaData, select

from services.demand import store
from shared.database import Database
from tests.builders import an_event, an_id, decided, deliver, only, rules
from tests.demand.world import admit, found, state, submit

CLERK = {"role": "it", "name": "e.kanari"}
CHIEF = {"role": "management", "name": "Erika  Kanarienvogel"}
OTHER = {"role": "finance", "name": "Kämmerei"}


async def forget(database: Database, *names: str) -> None:
    """Membership states that a person of Barleben is to be named no more."""
    event = an_event("contact.erased.v1", names=list(names), email="kanari@barleben.example")
    assert await deliver(database, event) == []


async def everything(database: Database) -> str:
    """All rows of all tables of this service's database."""
    async with database.engine.connect() as connection:
        metadata = MetaData()
        await connection.run_sync(metadata.reflect)
        rows = [
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in await connection.execute(select(table))
        ]
    return "\n".join(rows).casefold()


async def test_who_stated_approved_or_refused_is_nobody_afterwards(database: Database) -> None:
    await found(database)
    await deliver(database, an_event("approval.limit_set.v1", above="10000.00"))
    for number in (4, 5, 6):
        await submit(database, number, stated_by=CLERK)
    same = rules(await state(database, "demand.approved.v1", 4, approver=CLERK))
    assert list(same) == ["approver.name"]
    await state(database, "demand.approved.v1", 4, approver=CHIEF)
    await state(database, "demand.approval_refused.v1", 5, approver=CHIEF)
    assert "kanari" in await everything(database)

    await forget(database, "E.Kanari", "Erika Kanarienvogel")
    assert "kanari" not in await everything(database)
    async with database.transaction() as tx:
        shown = await store.show_demand(tx.session, "B-2026-00001")
    assert shown is not None
    assert shown["stated_by"] == {"role": "it", "name": "(gelöscht)"}
    assert "approved by (gelöscht) (management)" in shown["history"][-1]
    (record,) = await decided(database, "contact")
    assert (record["outcome"], record["result"]) == ("erased", {"demands": 3})


async def test_nobody_approves_what_was_stated_by_somebody_forgotten_until_it_is_stated_anew(
    database: Database,
) -> None:
    await found(database)
    await deliver(database, an_event("approval.limit_set.v1", above="10000.00"))
    await submit(database, 4, stated_by=CLERK)
    await forget(database, "e.kanari")
    for approver in (CLERK, OTHER):
        told = rules(await state(database, "demand.approved.v1", 4, approver=approver))
        assert "is forgotten" in told["approver.name"]
    await state(database, "demand.changed.v1", 4, stated_by=CHIEF)
    answers = await state(database, "demand.approved.v1", 4, approver=OTHER)
    assert only(answers, "demand.accepted.v1").data["demand_id"] == str(an_id(4))


async def test_others_of_that_name_and_others_of_the_member_stay(database: Database) -> None:
    await found(database)
    await admit(database, "10007")
    own: dict[str, Any] = {"stated_by": OTHER}
    await submit(database, 4, **own)
    await submit(database, 5, member="10007", stated_by=CLERK)
    await forget(database, "e.kanari")
    async with database.transaction() as tx:
        told = [await store.show_demand(tx.session, f"B-2026-0000{n}") for n in (1, 2)]
    assert [each and each["stated_by"] for each in told] == [OTHER, CLERK]
