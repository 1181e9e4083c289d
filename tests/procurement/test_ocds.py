"""The open data is what the Open Contracting Data Standard says, to the cent.

`ocds-release-schema-1.1.4.json` is the standard's own, unchanged (Open Contracting Partnership,
as packed with ocdsmerge 0.8.0 under the BSD licence).
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from services.procurement import store
from services.procurement.report import package
from services.procurement.report.ledger import Ledger, read
from shared.database import Database
from shared.events.procurement import OrderPlaced
from tests.procurement.builders import NOON
from tests.procurement.story import answer, deliver, only, order_round

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SCHEMA = json.loads((Path(__file__).parent / "ocds-release-schema-1.1.4.json").read_text())
EXTENDED = {"techniques"}
"""Fields that a named extension adds."""


async def ledger(database: Database, year: str = "2026") -> Ledger:
    """A year as the service tells it, over JSON."""
    async with database.transaction() as tx:
        state = await store.show_ledger(tx.session, year)
    return read(json.loads(json.dumps(state, default=str)))


async def exported(database: Database) -> dict[str, Any]:
    """A round with two orders, one of them delivered in part, as open data."""
    spoken = await order_round(
        database,
        ("10001", 60),
        ("10002", 40),
        maximum_value="100000.05",
        supplier_is_sme=True,
        supplier_register="HRB 12345 Amtsgericht Stendal",
        supplier_city="Magdeburg",
    )
    first, second = only(OrderPlaced, spoken)
    await answer(database, first)
    await answer(database, second)
    await deliver(database, first, 20)
    found = package(await ledger(database), prefix="ocds-abc123", uri="https://x.example", now=NOON)
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def unknown(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Fields that the standard does not know."""
    if "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for each in value:
            yield from unknown(each, schema.get("items", {}), path)
    elif isinstance(value, dict) and "properties" in schema:
        for name, inner in value.items():
            if name in schema["properties"]:
                yield from unknown(inner, schema["properties"][name], f"{path}/{name}")
            elif name not in EXTENDED:
                yield f"{path}/{name}"


async def test_every_release_is_valid_by_the_standards_own_schema(database: Database) -> None:
    found = await exported(database)
    assert found["version"] == "1.1"
    assert {"uri", "publisher", "publishedDate"} <= found.keys()
    validator = Draft4Validator(SCHEMA, format_checker=FormatChecker())
    assert len(found["releases"]) == 4
    for release in found["releases"]:
        assert [error.message for error in validator.iter_errors(release)] == []
        assert list(unknown(release, SCHEMA)) == []
    ids = [release["id"] for release in found["releases"]]
    assert len(set(ids)) == len(ids)


async def test_a_call_off_is_an_award_and_contract_of_its_framework(database: Database) -> None:
    found = await exported(database)
    (planning,) = [r for r in found["releases"] if r["tag"] == ["planning"]]
    framework, *calls = [r for r in found["releases"] if r["ocid"].endswith("RV-2026-NB")]
    techniques = framework["tender"]["techniques"]
    assert techniques["hasFrameworkAgreement"] is True
    assert techniques["frameworkAgreement"]["method"] == "withoutReopeningCompetition"
    assert techniques["frameworkAgreement"]["value"] == {"amount": 100000.05, "currency": "EUR"}
    assert [r["contracts"][0]["id"] for r in calls] == ["A-2026-0001", "A-2026-0002"]
    assert {r["relatedProcesses"][0]["identifier"] for r in calls} == {planning["ocid"]}
    assert planning["ocid"] == "ocds-abc123-R-2026-0001"


async def test_amounts_are_numbers_exact_to_the_cent_and_days_those_of_germany(
    database: Database,
) -> None:
    found = await exported(database)
    call = next(r for r in found["releases"] if r["id"].endswith("A-2026-0002"))
    assert call["awards"][0]["value"] == {"amount": 40 * 829, "currency": "EUR"}
    (framework,) = [r for r in found["releases"] if "techniques" in r.get("tender", {})]
    period = framework["contracts"][0]["period"]
    assert period == {
        "startDate": "2026-01-01T00:00:00+01:00",
        "endDate": "2029-12-31T23:59:59+01:00",
    }
    assert all(
        datetime.fromisoformat(release["date"]).tzinfo is not None for release in found["releases"]
    )


async def test_every_reference_names_a_party_with_its_role(database: Database) -> None:
    found = await exported(database)
    for release in found["releases"]:
        roles = {party["id"]: party["roles"] for party in release["parties"]}
        assert "buyer" in roles[release["buyer"]["id"]]
        for award in release.get("awards", []):
            assert all("supplier" in roles[each["id"]] for each in award["suppliers"])
        if "tender" in release:
            assert "procuringEntity" in roles[release["tender"]["procuringEntity"]["id"]]
    supplier = next(
        party
        for release in found["releases"]
        for party in release["parties"]
        if "supplier" in party["roles"]
    )
    assert supplier["details"] == {"scale": "sme"}
    assert supplier["identifier"]["id"] == "HRB 12345 Amtsgericht Stendal"


async def test_only_what_belongs_to_a_year_is_in_it(database: Database) -> None:
    await exported(database)
    assert (await ledger(database, "2025")).orders == []
    assert len((await ledger(database, "all")).orders) == 2
    async with database.transaction() as tx:
        assert await store.show_ledger(tx.session, "26") is None
    assert (await ledger(database)).orders[0].placed_on == date(2026, 3, 31)
