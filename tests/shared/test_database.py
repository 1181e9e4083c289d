"""State, inbox record and outgoing messages commit together or not at all, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from shared.database import Database
from shared.database.dialects import is_passing
from shared.database.tables import inbox, outbox, parked, sequences
from shared.database.transactions import InboxKey, Sight
from shared.events import Header
from shared.refusal import Reason
from tests.builders import NOON, Clock, an_event, an_id, said

SUBJECT = "0190163d-8694-739b-aea5-966c26f8ad04"
KEY = InboxKey("10002/finance", str(an_id(1)))
WITHDRAWN = an_event("demand.withdrawal_confirmed.v1")


class Failed(Exception):
    """What goes wrong in the middle of a transaction."""


def a_header(number: int = 1) -> Header:
    """The header of a demand that was submitted."""
    return Header(
        id=an_id(number),
        source="member",
        type="demand.submitted.v1",
        time=NOON,
        party="10002",
        correlationid=an_id(77),
    )


async def test_what_is_emitted_waits_in_the_outbox_after_the_commit(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit(WITHDRAWN, party="10002")
        assert not await tx.session.scalar(select(func.count()).select_from(outbox))
    (one,) = await said(database)
    assert one.type == "demand.withdrawal_confirmed.v1"
    assert one.party == "10002"
    assert one.whole["time"] == "2026-02-03T12:00:00Z"
    assert one.whole["source"] == "demand"


async def test_nothing_stays_of_a_transaction_that_fails(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction(a_header()) as tx:
            assert await tx.sight(KEY, "d", "demand.withdrawn.v1", SUBJECT) is Sight.NEW
            assert await tx.next_number("B-2026") == 1
            tx.emit(WITHDRAWN, party="10002")
            await tx.flush()
            raise Failed

    with pytest.raises(Failed):
        await fail()
    async with database.transaction() as tx:
        for table in (inbox, outbox, sequences):
            assert await tx.session.scalar(select(func.count()).select_from(table)) == 0


async def test_the_relay_wakes_for_what_is_committed_to_send_and_nothing_else(
    database: Database,
) -> None:
    async def fail() -> None:
        async with database.transaction() as tx:
            tx.emit(WITHDRAWN, party="10002")
            raise Failed

    with pytest.raises(Failed):
        await fail()
    async with database.transaction() as tx:
        await tx.next_number("B-2026")
    assert not database.committed.is_set()
    async with database.transaction() as tx:
        tx.emit(WITHDRAWN, party="10002")
        assert not database.committed.is_set()
    assert database.committed.is_set()


async def test_events_on_a_subject_are_numbered_and_others_apart(database: Database) -> None:
    other = an_event("round.counted.v1")
    for _ in range(2):
        async with database.transaction() as tx:
            tx.emit(WITHDRAWN, party="10002")
            tx.emit(other, party="coop")
            tx.emit(WITHDRAWN, party="kid")
    spoken = await said(database)
    numbers = [(each.data.get("demand_id"), each.whole["sequence"]) for each in spoken]
    assert numbers == [(SUBJECT, 1), (None, 1), (SUBJECT, 2), (SUBJECT, 3), (None, 2), (SUBJECT, 4)]


async def test_an_event_names_its_cause_and_the_way_it_is_on(database: Database) -> None:
    async with database.transaction(a_header(5)) as tx:
        tx.emit(WITHDRAWN, party="10002")
        tx.emit(WITHDRAWN, party="10002", correlationid=an_id(6))
    async with database.transaction() as tx:
        tx.emit(WITHDRAWN, party="10002")
    caused, elsewhere, alone = await said(database)
    assert caused.whole["causationid"] == str(an_id(5))
    assert caused.whole["correlationid"] == str(an_id(77))
    assert elsewhere.whole["correlationid"] == str(an_id(6))
    assert alone.whole["correlationid"] == alone.whole["id"]
    assert "causationid" not in alone.whole


async def test_a_message_is_new_once_then_seen_and_a_conflict_with_other_content(
    database: Database,
) -> None:
    for digest, sight in (("d", Sight.NEW), ("d", Sight.SEEN), ("e", Sight.CONFLICT)):
        async with database.transaction() as tx:
            assert await tx.sight(KEY, digest, "demand.withdrawn.v1", SUBJECT) is sight
    other = KEY._replace(source="kid/kid")
    async with database.transaction() as tx:
        assert await tx.sight(other, "e", "demand.withdrawn.v1", SUBJECT) is Sight.NEW


async def test_the_inbox_forgets_only_what_came_long_ago(database: Database, clock: Clock) -> None:
    async def see(days: int) -> Sight:
        clock.now = NOON + timedelta(days=days)
        async with database.transaction() as tx:
            await tx.forget(timedelta(days=400))
            return await tx.sight(KEY, "d", "demand.withdrawn.v1", SUBJECT)

    assert [await see(days) for days in (0, 400, 401)] == [Sight.NEW, Sight.SEEN, Sight.NEW]


async def test_a_refusal_stands_in_the_inbox_with_its_reasons(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.sight(KEY, "d", "demand.withdrawn.v1", SUBJECT)
        await tx.refused(KEY, (Reason("quantity", "0", "must be at least 1"),))
    async with database.transaction() as tx:
        row = (await tx.session.execute(select(inbox))).one()
    assert row.outcome == "refused"
    assert row.reasons == [{"field": "quantity", "value": "0", "rule": "must be at least 1"}]
    assert row.received_at == NOON


async def test_a_message_that_comes_many_times_at_once_is_new_once(database: Database) -> None:
    async def see() -> Sight:
        async with database.transaction() as tx:
            return await tx.sight(KEY, "d", "demand.withdrawn.v1", SUBJECT)

    sights = await asyncio.gather(*(see() for _ in range(12)))
    assert sorted(sight.name for sight in sights) == ["NEW"] + ["SEEN"] * 11


async def test_a_message_whose_first_try_fails_is_new_to_the_next(database: Database) -> None:
    started, fail = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.transaction() as tx:
            await tx.sight(KEY, "d", "demand.withdrawn.v1", SUBJECT)
            started.set()
            await fail.wait()
            raise Failed

    async def second() -> Sight:
        await started.wait()
        fail.set()
        async with database.transaction() as tx:
            return await tx.sight(KEY, "d", "demand.withdrawn.v1", SUBJECT)

    failure, sight = await asyncio.gather(first(), second(), return_exceptions=True)
    assert isinstance(failure, Failed)
    assert sight is Sight.NEW


async def test_a_series_has_no_gap_though_transactions_race_and_fail(database: Database) -> None:
    async def take(number: int) -> int:
        async with database.transaction() as tx:
            taken = await tx.next_number("B-2026")
            if number % 3 == 0:
                raise Failed
            return taken

    taken = await asyncio.gather(*(take(number) for number in range(30)), return_exceptions=True)
    assert sorted(number for number in taken if isinstance(number, int)) == list(range(1, 21))


async def test_a_subjects_events_lie_in_the_order_of_their_numbers(database: Database) -> None:
    async def speak() -> None:
        async with database.transaction() as tx:
            tx.emit(WITHDRAWN, party="10002")
            tx.emit(an_event("round.counted.v1"), party="coop")

    await asyncio.gather(*(speak() for _ in range(15)))
    spoken = await said(database)
    for type_ in ("demand.withdrawal_confirmed.v1", "round.counted.v1"):
        numbers = [each.whole["sequence"] for each in spoken if each.type == type_]
        assert numbers == list(range(1, 16))


async def test_ids_of_events_are_never_the_same(database: Database) -> None:
    async with database.transaction() as tx:
        for _ in range(100):
            tx.emit(WITHDRAWN, party="10002")
    assert len({each.whole["id"] for each in await said(database)}) == 100


async def test_a_time_is_kept_in_utc_and_one_without_zone_is_a_bug(database: Database) -> None:
    texts = dict.fromkeys(("subject", "exchange", "routing_key", "user"), "x")
    row = {**texts, "body": b"", "failures": 0, "history": []}
    elsewhere = datetime(2026, 2, 3, 13, tzinfo=timezone(timedelta(hours=1)))

    async def keep(moment: datetime) -> datetime | None:
        async with database.transaction() as tx:
            await tx.session.execute(parked.insert().values(**row, due_at=moment))
            return await tx.session.scalar(select(parked.c.due_at))

    kept = await keep(elsewhere)
    assert kept == elsewhere
    assert kept.utcoffset() == timedelta(0)
    with pytest.raises(StatementError, match="without zone"):
        await keep(elsewhere.replace(tzinfo=None))


async def test_the_clock_is_the_databases(database: Database, clock: Clock) -> None:
    clock.now = datetime(2030, 1, 1, tzinfo=UTC)
    async with database.transaction() as tx:
        assert tx.now == clock.now


async def test_one_at_a_time_lets_nobody_in_while_another_is(database: Database) -> None:
    inside: list[int] = []
    seen: list[int] = []
    door = database.one_at_a_time("door")
    # Replicas, each with a door of its own to the same room, exist on PostgreSQL only.
    replicated = database.engine.dialect.name == "postgresql"

    async def enter(number: int) -> None:
        async with (database.one_at_a_time("door") if replicated else door)():
            inside.append(number)
            await asyncio.sleep(0)
            seen.append(len(inside))
            inside.remove(number)

    await asyncio.gather(*(enter(number) for number in range(8)))
    assert seen == [1] * 8


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM nowhere",
        "SELECT nothing FROM sequences",
        "INSERT INTO sequences (subject, last) VALUES ('x', NULL)",
        "INSERT INTO sequences (subject, last) VALUES ('x', 1), ('x', 2)",
    ],
)
async def test_a_wrong_statement_does_not_pass_by_itself(
    database: Database, statement: str
) -> None:
    async def execute() -> None:
        async with database.transaction() as tx:
            await tx.session.execute(text(statement))

    with pytest.raises(DBAPIError) as wrong:
        await execute()
    assert not is_passing(wrong.value)


async def test_an_error_of_the_database_does_not_repeat_what_was_to_be_kept(
    database: Database,
) -> None:
    async def execute() -> None:
        async with database.transaction() as tx:
            for _ in range(2):
                await tx.session.execute(sequences.insert().values(subject="Erika Muster", last=1))

    with pytest.raises(DBAPIError) as wrong:
        await execute()
    assert "Erika" not in str(wrong.value)


async def test_a_file_that_another_writes_passes_by_itself(sqlite_database: Database) -> None:
    file = f"sqlite:///{sqlite_database.engine.url.database}"
    impatient = create_engine(file, connect_args={"timeout": 0})
    async with sqlite_database.transaction() as tx:
        await tx.next_number("B-2026")
        with impatient.connect() as connection, pytest.raises(DBAPIError) as locked:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    impatient.dispose()
    assert is_passing(locked.value)
