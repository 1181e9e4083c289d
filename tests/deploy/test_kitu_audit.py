"""`kitu audit`: the record over HTTP, from database and file, whole and tampered with."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

import services
from deploy.kitu.app import main
from services.procurement.handlers import offering, piloting
from shared.database import Database, migrate
from shared.database.sealing import seal
from shared.decisions import Decision
from shared.events.kid import ContractOffered, PilotAnnounced
from tests.builders import NOON, an_envelope, an_id, rules_of
from tests.cooperative import Cooperative, Running, log_in, run_service
from tests.procurement.conftest import Clock
from tests.procurement.story import pass_time, stated, tell
from tests.procurement.test_solutions import subscribed


async def _record(url: str) -> None:
    database = Database(url, "demand", lambda: NOON)
    await migrate(database.engine, Path(services.__file__).parent / "demand" / "migrations")
    async with database.transaction(user="member-10002") as tx:
        for number in range(5):
            tx.decide(Decision("demand", f"d-{number}", "accepted", inputs={"quantity": number}))
    await seal(database)
    await database.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database of the demand service with five decisions."""
    address = f"sqlite+aiosqlite:///{tmp_path}/demand.db"
    asyncio.run(_record(address))
    return address


def audit(*arguments: str) -> int:
    """What `kitu audit …` returns."""
    return main(["audit", *arguments])


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, on both ways."""
    out, err = capsys.readouterr()
    return out + err


def change(tmp_path: Path, statement: str) -> None:
    """What somebody does to the database who should not."""
    engine = create_engine(f"sqlite:///{tmp_path}/demand.db")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_untouched_record_is_found_whole_in_database_and_file(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record.ndjson"
    assert audit("verify", "demand", "--database", url) == 0
    end = told(capsys).rpartition(" ")[2].strip()
    assert audit("export", "demand", "--out", str(file), "--database", url) == 0
    assert "5 decisions" in told(capsys)
    assert audit("verify", "--file", str(file), "--anchor", end) == 0
    assert "5 decisions, chain unbroken, as anchored" in told(capsys)


def test_a_file_with_a_changed_figure_is_found(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record.ndjson"
    audit("export", "demand", "--out", str(file), "--database", url)
    file.write_text(file.read_text().replace('"quantity":3', '"quantity":9'))
    assert audit("verify", "--file", str(file)) == 1
    assert "position 4: its inputs and result are not those" in told(capsys)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM decisions WHERE position = 3", "position 4: follows position 2"),
        ("DELETE FROM decisions WHERE position > 3", "before the anchor"),
        ("UPDATE decisions SET subject = 'x' WHERE position = 1", "another subject"),
        ("UPDATE decisions SET payload = NULL, salt = NULL WHERE position = 1", "erased them"),
    ],
)
def test_what_was_done_to_the_database_is_found(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], statement: str, found: str
) -> None:
    audit("verify", "demand", "--database", url)
    end = told(capsys).rpartition(" ")[2].strip()
    change(tmp_path, statement)
    assert audit("verify", "demand", "--database", url, "--anchor", end) == 1
    assert found in told(capsys)


def test_a_wrong_word_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("verify", "demand", "--database", url, "--anchor", "abc@1") == 2
    assert "HASH@POSITION" in told(capsys)
    assert audit("verify", "sales") == 2
    assert audit("verify", "--anchor", f"{'0' * 64}@1") == 2
    assert audit("verify", "--file", "/nowhere") == 2
    assert audit("verify", "demand", "--database", "sqlite:////nowhere/x.db") == 3


@pytest.fixture
def membership(cooperative: Cooperative, tmp_path: Path) -> Iterator[Running]:
    """The membership service as a process."""
    running = run_service("membership", cooperative.url("membership"), tmp_path, "")
    yield running
    running.process.kill()


async def test_a_running_service_tells_its_record(
    cooperative: Cooperative,
    membership: Running,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await membership.becomes(200)
    for name in ("membership", "demand", "procurement", "notifications"):
        monkeypatch.setenv(f"KITU_{name.upper()}_HTTP", f"http://127.0.0.1:{membership.port}")
    board = await log_in(cooperative, "board")
    whole = an_envelope("membership.decided.v1", "coop")
    whole["data"] = whole["data"] | {"application_id": str(uuid4())}
    await board.say("membership.decided.v1.coop", whole)
    await board.hears(lambda heard: heard.get("causationid") == whole["id"])
    await board.connection.close()
    assert await asyncio.to_thread(audit, "verify", "membership") == 0
    assert "1 decisions" in told(capsys)
    key = whole["data"]["application_id"]
    assert await asyncio.to_thread(audit, "show", key) == 0
    shown = told(capsys)
    assert "decided by rule on board's message" in shown
    assert "must be an undecided application" in shown
    assert await asyncio.to_thread(audit, "show", "nothing") == 1


async def test_decisions_are_found_by_what_people_call_contract_subscription_and_pilot(
    cooperative: Cooperative,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    address = f"sqlite+aiosqlite:///{tmp_path}/procurement.db"
    database = Database(address, "procurement", clock, rules_of("procurement"))
    await migrate(database.engine, Path(services.__file__).parent / "procurement" / "migrations")
    await subscribed(database, 60)
    await tell(database, piloting.open_pilot, stated(PilotAnnounced))
    for number, reference in ((6, "V-2026-0042"), (7, "2026001234")):  # as KID names contracts
        offered = {"contract_id": str(an_id(number)), "reference": reference}
        await tell(database, offering.register_contract, stated(ContractOffered, **offered))
    clock.now += timedelta(days=200)
    await pass_time(database)
    await database.close()
    running = run_service("procurement", cooperative.url("procurement"), tmp_path, address)
    for name in ("membership", "demand", "procurement", "notifications"):
        monkeypatch.setenv(f"KITU_{name.upper()}_HTTP", f"http://127.0.0.1:{running.port}")
    try:
        await running.becomes(200)
        for reference, outcome in (
            ("S-2026-0001", "subscription subscribed"),
            ("P-2026-0001", "pilot lapsed"),
            (str(ContractOffered.example["reference"]), "contract registered"),
            ("V-2026-0042", "contract registered"),
            ("2026001234", "contract registered"),
        ):
            assert await asyncio.to_thread(audit, "show", reference) == 0
            assert outcome in told(capsys)
        assert await asyncio.to_thread(audit, "show", "S-2026-0099") == 1
        assert "nothing was decided about S-2026-0099" in told(capsys)
    finally:
        running.process.kill()
