"""The page's consultation is played word for word; each answer that it shows comes, as shown."""

import json
from typing import Any

import pytest

from shared.database import Database
from shared.events import CATALOGUE, Incoming
from tests.builders import Said, an_event, deliver
from tests.contracts.test_foreign_client import CONSULTATION
from tests.demand.world import admit

PLAYED = [json.loads(block) for block in CONSULTATION]


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    """Barleben is a member; two contracts price what KID will propose."""
    await admit(database)
    for item, name, category, billing, contract, price in (
        ("DMS-USER", "Dokumentenmanagement je Nutzer", "documents", "monthly", "DMS", "11.40"),
        ("SCAN-A4", "Dokumentenscanner A4", "hardware", "once", "SC", "410.00"),
    ):
        priced = {
            "contract_reference": f"RV-2026-{contract}",
            "basis": "quantity",
            "mode": "all_units",
            "tiers": [{"threshold": 1, "unit_price": price}],
        }
        other = {"name": name, "category": category, "billing": billing, "offers": [priced]}
        event = an_event("catalogue.published.v1", item=item, **other)
        await deliver(database, event, sequence=1)


async def test_the_consultation_on_the_page_goes_as_it_is_told(database: Database) -> None:
    spoken: list[Said] = []
    for message in PLAYED:
        type_, party, data = message["type"], message["party"], message["data"]
        model = CATALOGUE[type_]
        if issubclass(model, Incoming):
            event = model.model_validate_json(json.dumps(data))
            spoken = await deliver(database, event, party=party)
            assert not [said for said in spoken if "rejected" in said.type]
            continue
        answers = [said.data for said in spoken if (said.type, said.party) == (type_, party)]
        assert any(holds(data, answer) for answer in answers), (type_, answers)
    assert {message["type"] for message in PLAYED} >= {"demand.submitted.v1", "demand.specified.v1"}


def holds(shown: Any, said: Any) -> bool:
    """Whether what is shown stands so in what was said, which may have more."""
    if isinstance(shown, dict):
        return isinstance(said, dict) and all(
            key in said and holds(value, said[key]) for key, value in shown.items()
        )
    if isinstance(shown, list) and shown:
        return isinstance(said, list) and all(
            any(holds(each, other) for other in said) for each in shown
        )
    return bool(shown == said)
