"""Decisions commit with their effect, get their place soon after, and can lose their payload."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from shared.database import Database, deciding
from shared.database.sealing import seal
from shared.database.tables import decisions
from shared.decisions import Decision
from shared.decisions.chain import Entry
from shared.decisions.proof import Proof, prove
from tests.builders import Clock, said

APPLICANT = "0190163d-8694-739b-aea5-966c26f8ad04"


class Failed(Exception):
    """What goes wrong in the middle of a transaction."""


def a_decision(subject: str = APPLICANT, **other: object) -> Decision:
    """A refusal of an applicant."""
    values = {"inputs": {"name": "Gemeinde Barleben"}, "result": {"reason": "none"}} | other
    return Decision("admission", subject, "refused", by="board", **values)  # type: ignore[arg-type]


async def decide(database: Database, *decided: Decision) -> None:
    """Put decisions on record in one transaction."""
    async with database.transaction(user="board") as tx:
        for decision in decided:
            tx.decide(decision)


async def record(database: Database, subject: str | None = None) -> list[Entry]:
    """The whole record, or what is about a subject."""
    async with database.transaction() as tx:
        return [each async for each in deciding.entries(tx.session, subject=subject)]


async def proof(database: Database) -> Proof:
    """What the record comes to, with the anchors that it keeps itself."""
    entries = await record(database)
    async with database.transaction() as tx:
        return prove(entries, await deciding.told(tx.session))


async def test_a_decision_is_kept_with_the_commit_and_sealed_soon_after(
    database: Database,
) -> None:
    await decide(database, a_decision(), a_decision("other"))
    assert (await proof(database)).unsealed == 2
    await seal(database)
    found = await proof(database)
    assert (found.end.position, found.unsealed, found.faults) == (2, 0, [])
    head = json.loads((await record(database))[0].head)
    assert (head["user"], head["by"], head["service"]) == ("board", "board", "demand")
    assert head["decided_at"] == "2026-02-03T12:00:00Z"


async def test_nothing_is_decided_where_the_transaction_fails(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as tx:
            tx.decide(a_decision())
            await tx.flush()
            raise Failed

    with pytest.raises(Failed):
        await fail()
    assert await record(database) == []


async def test_replicas_that_seal_at_once_make_one_chain(postgres_database: Database) -> None:
    database = postgres_database
    for number in range(8):
        await decide(database, *(a_decision(str(number)) for _ in range(100)))
    other = Database(str(database.engine.url.render_as_string(hide_password=False)), "demand")

    async def go_on_deciding() -> None:
        for number in range(50):
            await decide(database, a_decision(str(number)))

    await asyncio.gather(go_on_deciding(), *(seal(each) for each in (database, other) * 4))
    await seal(other)
    await other.close()
    found = await proof(database)
    assert (found.end.position, found.unsealed, found.faults) == (850, 0, [])


async def test_decisions_on_one_subject_keep_their_order(database: Database) -> None:
    for first in range(0, 700, 100):
        numbers = range(first, first + 100)
        await decide(database, *(a_decision(inputs={"number": number}) for number in numbers))
    await seal(database)
    found = [json.loads(each.payload or "")["inputs"]["number"] for each in await record(database)]
    assert found == list(range(700))


async def test_an_erased_subject_leaves_a_whole_chain_without_its_data(
    database: Database,
) -> None:
    concerned = a_decision("demand-1", concerns=APPLICANT)
    await decide(database, a_decision(), concerned, a_decision("other"))
    await seal(database)
    async with database.transaction() as tx:
        assert await tx.erase(APPLICANT, "application refused") == 2
    async with database.transaction() as tx:
        assert await tx.erase(APPLICANT, "again") == 0
    await seal(database)
    found = await proof(database)
    assert (found.erased, found.faults, found.kinds["erasure"]) == (2, [], 1)
    left = await record(database, APPLICANT)
    assert [each.payload is None for each in left] == [True, True, False]
    assert "Barleben" not in "".join(each.head + (each.payload or "") for each in left)


async def test_what_is_decided_and_erased_at_once_is_erased_before_it_is_sealed(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        tx.decide(a_decision())
        assert await tx.erase(APPLICANT, "application refused") == 1
        tx.decide(Decision("admission", APPLICANT, "forgotten"))
    await seal(database)
    found = await proof(database)
    assert (found.erased, found.end.position, found.faults) == (1, 3, [])


async def test_the_end_of_the_record_is_told_once_for_each_day_with_decisions(
    database: Database, clock: Clock
) -> None:
    await decide(database, a_decision())
    await seal(database)
    assert await said(database) == []
    clock.now = datetime(2026, 2, 3, 23, 0, 1, tzinfo=UTC)  # past midnight in Germany
    await decide(database, a_decision())
    await asyncio.gather(*(seal(database) for _ in range(3)))
    (told,) = await said(database)
    assert (told.type, told.party) == ("record.anchored.v1", "coop")
    first = (await record(database))[0].seal
    assert first is not None
    assert told.data == {
        "service": "demand",
        "day": "2026-02-03",
        "position": 1,
        "hash": first.hash,
    }
    clock.now += timedelta(days=1)
    await seal(database)
    (told,) = await said(database)
    assert (told.data["day"], told.data["position"]) == ("2026-02-04", 2)
    clock.now += timedelta(days=1)
    await seal(database)
    assert await said(database) == []
    assert (await proof(database)).faults == []


@pytest.mark.parametrize(
    "change",
    [
        {"head": "{}"},
        {"payload": '{"inputs":{},"result":{}}'},
        {"salt": "00" * 16},
        {"payload": None, "salt": None},
        {"subject": "another"},
        {"concerns": "another"},
        {"kind": "another"},
        {"id": "another"},
        {"hash": "0" * 64},
        {"previous": "1" * 64},
        {"position": 9},
        {"position": None, "hash": None, "previous": None, "sealed_at": None},
        {"sealed_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=lambda change: ",".join(change),
)
async def test_what_somebody_changes_in_the_database_shows(
    database: Database, change: dict[str, object]
) -> None:
    await decide(database, *(a_decision(str(number)) for number in range(3)))
    await seal(database)
    async with database.engine.begin() as connection:
        await connection.execute(
            update(decisions).where(decisions.c.position == 2).values(**change)
        )
    assert (await proof(database)).faults


async def test_decisions_cut_off_show_by_the_anchor_that_was_told(
    database: Database, clock: Clock
) -> None:
    await decide(database, *(a_decision(str(number)) for number in range(3)))
    await seal(database)
    clock.now += timedelta(days=1)
    await seal(database)
    async with database.engine.begin() as connection:
        await connection.execute(decisions.delete().where(decisions.c.position > 1))
        assert await connection.scalar(select(func.count()).select_from(decisions)) == 1
    (fault,) = (await proof(database)).faults
    assert "before the anchor" in fault.what
