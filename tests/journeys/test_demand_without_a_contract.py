"""Demand that no contract prices goes through real services into a tender need."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.kitu.app import main
from tests.builders import an_envelope, an_id
from tests.cooperative import Cooperative, System, log_in, run_service, until

BARLEBEN = "10002"
ITEM = "VR-BRILLE"
LATE = "2027-06-30"


@pytest.fixture
async def systems(
    cooperative: Cooperative, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[dict[str, System]]:
    """Both services run, Barleben is a member, and everyone has logged in."""
    async with AsyncExitStack() as stack:
        for name in ("demand", "procurement"):
            running = run_service(name, cooperative.url(name), tmp_path / name)
            stack.callback(running.process.kill)
            await running.becomes(200)
            monkeypatch.setenv(f"KITU_{name.upper()}_HTTP", f"http://127.0.0.1:{running.port}")
        for other in ("MEMBERSHIP", "NOTIFICATIONS"):  # these need not run to be asked
            monkeypatch.setenv(f"KITU_{other}_HTTP", os.environ["KITU_DEMAND_HTTP"])
        speaking = {}
        for user in ("kid", "board", "membership", f"member-{BARLEBEN}"):
            speaking[user] = await log_in(cooperative, user)
            stack.push_async_callback(speaking[user].connection.close)
        admitted = an_envelope("member.admitted.v1", BARLEBEN, sequence=1, subject=BARLEBEN)
        await speaking["membership"].state(f"member.admitted.v1.{BARLEBEN}", admitted)
        yield speaking


async def say(system: System, type_: str, party: str, **data: Any) -> None:
    """State something with the example's values where none are given."""
    whole = an_envelope(type_, party)
    whole["data"] = {k: v for k, v in (whole["data"] | data).items() if v is not None}
    await system.say(f"{type_}.{party}", whole)


async def hears(system: System, type_: str) -> dict[str, Any]:
    """The data of the next answer of this type."""
    whole = await system.hears(lambda told: told["type"] == type_)
    data: dict[str, Any] = whole["data"]
    return data


async def kitu(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the `kitu` command prints, which ends well."""
    ended = await asyncio.to_thread(main, list(arguments))
    out, err = capsys.readouterr()
    assert ended == 0, err
    return " ".join(out.split())


async def test_an_item_nobody_prices_is_accepted_told_so_and_reaches_kid_as_a_tender_need(
    systems: dict[str, System], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kid, board, barleben = systems["kid"], systems["board"], systems[f"member-{BARLEBEN}"]
    await say(kid, "catalogue.item_offered.v1", "kid", item=ITEM, name="VR-Brille", cpv="32323000")
    round_id = str(an_id(2))
    await say(kid, "round.announced.v1", "kid", round_id=round_id, cut_off="2027-03-31T10:00:00Z")
    for type_ in ("catalogue.published.v1", "round.opened.v1"):
        await hears(barleben, type_)

    demand = {"item": ITEM, "quantity": 40, "price_ceiling": "450.00", "needed_by": LATE}
    counts = dict[str, Any]()

    async def accepted() -> bool:
        """The neighbours' facts may take effect only after the first try."""
        await say(barleben, "demand.submitted.v1", BARLEBEN, demand_id=str(an_id(4)), **demand)
        whole = await barleben.hears(
            lambda told: told["type"] in {"demand.accepted.v1", "demand.rejected.v1"}
        )
        counts.update(whole["data"])
        return bool(whole["type"] == "demand.accepted.v1")

    await until(accepted)
    assert counts["without_contract"] is True
    assert counts["round_id"] == round_id

    await say(board, "round.close_requested.v1", "coop", round_id=round_id)
    unfilled = await hears(barleben, "demand.unfilled.v1")
    assert (unfilled["reason"], unfilled["for_tender"]) == ("no_offer", True)
    need = await hears(kid, "tender.proposed.v1")
    (wanted,) = need["wanted"]
    assert (wanted["item"], wanted["quantity"], wanted["obstacle"]) == (ITEM, 40, "no_offer")
    assert need["net"] == "18000.00", "40 at the ceiling that the member named"

    decided = {
        "B-2026-00001": "demand accepted",
        "R-2026-0001": "bundle approved",
        need["reference"]: "tender_proposal direct",
    }
    for reference, outcome in decided.items():
        assert outcome in await kitu(capsys, "audit", "show", reference)
    await kitu(capsys, "ocds", "--out", str(tmp_path / "ocds.json"))
    releases = json.loads((tmp_path / "ocds.json").read_text())["releases"]
    assert [release["tender"]["title"] for release in releases]
    year = str(datetime.now(UTC).year)
    told = await kitu(capsys, "report", "--year", year, "--out", str(tmp_path))
    assert f"jahresbericht-{year}.html and .pdf" in told


async def test_what_waits_and_what_is_in_words_reaches_kid_without_any_round(
    systems: dict[str, System],
) -> None:
    kid, barleben = systems["kid"], systems[f"member-{BARLEBEN}"]
    await say(kid, "catalogue.item_offered.v1", "kid", item="SERVER", category="operations")
    await hears(barleben, "catalogue.published.v1")
    words = {"item": None, "requirement": "Digitales Bauarchiv", "category": "documents"}
    item = {"item": "SERVER", "quantity": 2, "price_ceiling": "9000.00"}
    for number, need in ((11, words), (12, item)):
        demand_id = str(an_id(number))
        await say(
            barleben, "demand.submitted.v1", BARLEBEN, demand_id=demand_id, needed_by=LATE, **need
        )
    await hears(kid, "demand.consultation_opened.v1")
    await say(kid, "consultation.referred.v1", "kid", demand_id=str(an_id(11)), quantity=25)
    told = await hears(barleben, "demand.referred.v1")
    assert told["requirement"] == "Digitales Bauarchiv"
    needs = [await hears(kid, "tender.proposed.v1") for _ in range(2)]
    assert {need["category"]: need["net"] for need in needs} == {
        "documents": "22200.00",  # 25 workplaces, 48 months, 18.50 by KID's estimate
        "operations": "18000.00",  # at the member's ceiling
    }
