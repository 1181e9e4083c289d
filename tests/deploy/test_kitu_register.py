"""The list of members and the voting list, asked of membership over HTTP."""

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from deploy.kitu.app import main
from services.membership import store
from services.membership.domain import leaving, members, shares
from shared.database import Database, migrate
from tests.cooperative import run_service
from tests.membership.people import RULES, a_member, a_person, stated
from tests.membership.test_migration import MIGRATIONS

NOBODY = "amqp://guest:guest@127.0.0.1:9/"
"""Where no broker is: the list is shown all the same."""


@pytest.fixture
async def membership(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """Membership with Magdeburg, Zeitz, and Landkreis Stendal, which joined for a fixed term."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'membership.db'}", "membership")
    await migrate(database.engine, MIGRATIONS)
    city = a_member("10001", date(2009, 12, 22), person=a_person(name="=Magdeburg"), shares=5)
    city = shares.subscribed(city, 2, date(2012, 7, 1), stated(date(2012, 7, 2)), RULES)
    zeitz = a_member("10004", date(2010, 1, 1), person=a_person(name="Stadt Zeitz"))
    new = {"name": "Zeitz, Stadt des Zuckers"}
    zeitz = members.with_details(zeitz, new, date(2014, 3, 1), stated(date(2014, 3, 3)), RULES)
    zeitz = members.corrected(
        zeitz, 2, "Beschluss aufgehoben", stated(date(2014, 6, 1)), RULES, void=True
    )
    person = a_person(name="Landkreis Stendal", kind="district", ags=None)
    stendal = a_member("10020", date(2012, 5, 1), person=person, ends_on=date(2015, 12, 31))
    out = a_member("10021", date(2012, 9, 3), person=a_person(name="Salzlandkreis"))
    out = leaving.excluded(
        out, date(2013, 2, 1), date(2013, 2, 4), "Beiträge offen", stated(date(2013, 2, 4))
    )
    async with database.transaction() as tx:
        for member in (city, zeitz, stendal, out):
            await store.save_member(tx.session, member, date(2026, 1, 1), RULES)
    await database.close()
    running = run_service("membership", NOBODY, tmp_path)
    monkeypatch.setenv("KITU_MEMBERSHIP_HTTP", f"http://127.0.0.1:{running.port}")
    await running.becomes(503, database="ok")
    yield tmp_path
    running.process.kill()


async def rows(folder: Path, *arguments: str) -> list[dict[str, str]]:
    """What a command writes as CSV."""
    file = folder / "list.csv"
    assert await asyncio.to_thread(main, [*arguments, "--csv", str(file)]) == 0
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text, delimiter=";"))


async def test_the_list_of_a_day_has_further_shares_and_every_effective_date(
    membership: Path,
) -> None:
    before, on = await rows(membership, "register", "--at", "2012-04-30"), "2013-01-01"
    assert [row["Nr."] for row in before] == ["10001", "10004"]
    magdeburg, zeitz, stendal, excluded = await rows(membership, "register", "--at", on)
    assert (magdeburg["Weitere Anteile"], magdeburg["Anteile seit"]) == ("6", "01.07.2012")
    assert magdeburg["Name"] == "'=Magdeburg"
    assert (zeitz["Weitere Anteile"], zeitz["Beigetreten am"]) == ("0", "01.01.2010")
    assert (stendal["Scheidet aus am"], stendal["Grund"]) == ("31.12.2015", "Befristung")
    assert excluded["Scheidet aus am"] == "31.12.2013"


async def test_the_list_is_told_as_it_was_entered_by_a_moment(membership: Path) -> None:
    now = await rows(membership, "register", "--at", "2014-04-01")
    then = await rows(membership, "register", "--at", "2014-04-01", "--known-at", "2014-05-01")
    assert [row["Name"] for row in now][1] == "Stadt Zeitz"
    assert [row["Name"] for row in then][1] == "Zeitz, Stadt des Zuckers"
    assert now[1]["Angaben seit"] == "01.01.2010"


async def test_each_member_of_the_day_has_one_vote_and_nobody_else(membership: Path) -> None:
    for day, voters in {
        "2009-12-21": [],
        "2009-12-22": ["10001"],
        "2013-02-03": ["10001", "10004", "10020", "10021"],
        "2013-02-04": ["10001", "10004", "10020"],
        "2015-12-31": ["10001", "10004", "10020"],
        "2016-01-01": ["10001", "10004"],
    }.items():
        listed = await rows(membership, "votes", "--at", day)
        assert [row["Nr."] for row in listed] == voters
        assert {row["Stimmen"] for row in listed} <= {"1"}


async def test_the_list_is_a_document_for_everybody(
    membership: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = membership / "list.pdf"
    for command in ("register", "votes"):
        arguments = [command, "--at", "2013-01-01", "--pdf", str(file)]
        assert await asyncio.to_thread(main, arguments) == 0
        made = file.read_bytes()
        assert made.startswith(b"%PDF-1.7")
        assert b"pdfuaid:part>1" in made
        assert b"/Lang" in made
    assert f"4 members in {file}" in " ".join(capsys.readouterr().out.split())


async def test_without_a_file_the_list_is_shown(
    membership: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert membership
    assert await asyncio.to_thread(main, ["votes", "--at", "2013-01-01"]) == 0
    told = capsys.readouterr().out
    assert "Stimmliste zum 01.01.2013" in told
    assert "Landkreis Stendal" in told
    assert await asyncio.to_thread(main, ["show", "member", "10004"]) == 0
    assert "Beschluss aufgehoben" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["--at", "31.12.2015"], ["--at", "2015-12-31", "--known-at", "then"]]
)
def test_a_day_that_is_none_is_told(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["register", *arguments]) == 2
    assert "write 201" in capsys.readouterr().err
