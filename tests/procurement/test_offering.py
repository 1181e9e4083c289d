"""KID's catalogue and contracts."""

from datetime import timedelta
from typing import Any

import pytest

from services.procurement import store
from services.procurement.handlers import offering
from shared.database import Database
from shared.events.kid import CatalogueItemOffered, ContractChanged, ContractOffered
from shared.events.procurement import CataloguePublished, ContractRegistered
from shared.refusal import Refused
from tests.procurement.builders import an_id
from tests.procurement.conftest import Clock
from tests.procurement.story import CONTRACT, offer, only, parties, pass_time, stated, tell

TWO_ITEMS = [
    {"item": "NB-14", "unit_price": "899.00"},
    {"item": "DOCK", "unit_price": "89.00"},
]


def orderable(spoken: list[Any]) -> list[tuple[str, bool]]:
    """What the published catalogue says, in order."""
    return [(event.item, event.orderable) for event in only(CataloguePublished, spoken)]


async def test_an_item_is_published_and_orderable_once_a_contract_prices_it(
    database: Database,
) -> None:
    spoken = await offer(database)
    assert orderable(spoken) == [("NB-14", False), ("NB-14", True)]
    assert parties(CataloguePublished, spoken) == ["coop", "coop"]
    assert parties(ContractRegistered, spoken) == ["kid"]


async def test_an_item_stated_anew_stays_orderable(database: Database) -> None:
    await offer(database)
    renamed = stated(CatalogueItemOffered, name="Notebook 14, neu")
    spoken = await tell(database, offering.publish_item, renamed)
    assert orderable(spoken) == [("NB-14", True)]


async def test_a_priced_item_keeps_its_billing(database: Database) -> None:
    await offer(database)
    monthly = stated(CatalogueItemOffered, billing="monthly")
    with pytest.raises(Refused, match="billing"):
        await tell(database, offering.publish_item, monthly)


async def test_a_changed_contract_is_a_new_version_and_publishes_what_it_drops(
    database: Database,
) -> None:
    await offer(database, "NB-14", "DOCK", tiers=[{"from_quantity": 1, "prices": TWO_ITEMS}])
    changed = stated(ContractChanged, contract_id=CONTRACT, title="Nur Notebooks")
    spoken = await tell(database, offering.change_contract, changed)
    assert [event.version for event in only(ContractRegistered, spoken)] == [2]
    assert orderable(spoken) == [("DOCK", False), ("NB-14", True)]
    assert only(CataloguePublished, spoken)[0].offers == []
    async with database.transaction() as tx:
        shown = await store.show_contract(tx.session, "RV-2026-NB")
        assert shown is not None
        assert [each["version"] for each in shown["versions"]] == [1, 2]
        assert shown["terms"]["title"] == "Nur Notebooks"


@pytest.mark.parametrize(
    ("kind", "other", "field"),
    [
        (ContractOffered, {"contract_id": an_id(99)}, "reference"),
        (ContractOffered, {}, "contract_id"),
        (
            ContractOffered,
            {"contract_id": an_id(99), "reference": "RV-9", "valid_until": "2026-03-30"},
            "valid_until",
        ),
        (ContractChanged, {"contract_id": an_id(99)}, "contract_id"),
        (ContractChanged, {"tiers": [{"from_quantity": 1, "prices": TWO_ITEMS}]}, "tiers"),
        (ContractChanged, {"valid_until": "2025-01-01"}, "valid_until"),
    ],
)
async def test_terms_that_break_a_rule_are_refused_by_field(
    database: Database, kind: Any, other: dict[str, Any], field: str
) -> None:
    await offer(database)
    handler: Any = {
        ContractOffered: offering.register_contract,
        ContractChanged: offering.change_contract,
    }[kind]
    with pytest.raises(Refused) as refusal:
        await tell(database, handler, stated(kind, **{"contract_id": CONTRACT} | other))
    assert refusal.value.reasons[0].field.startswith(field)


async def test_incremental_steps_that_bundling_cannot_price_are_refused(
    database: Database,
) -> None:
    lower = [{"item": "NB-14", "unit_price": "800.00"}, {"item": "DOCK", "unit_price": "89.00"}]
    tiers = [
        {"from_quantity": 1, "prices": TWO_ITEMS},
        {"from_quantity": 10, "prices": lower},
    ]
    with pytest.raises(Refused, match="alike"):
        await offer(database, "NB-14", "DOCK", tiers=tiers, mode="incremental", scope="contract")


async def test_a_contract_begins_and_ends_to_be_in_force_by_the_clock(
    database: Database, clock: Clock
) -> None:
    spoken = await offer(database, valid_from="2026-04-01", valid_until="2026-04-30")
    assert orderable(spoken) == [("NB-14", False)]
    assert orderable(await pass_time(database)) == []
    clock.now += timedelta(hours=11)  # 1 April in Berlin, still 31 March in UTC
    assert orderable(await pass_time(database)) == [("NB-14", True)]
    assert orderable(await pass_time(database)) == []
    clock.now += timedelta(days=30)
    assert orderable(await pass_time(database)) == [("NB-14", False)]


async def test_an_item_stays_orderable_while_another_contract_prices_it(
    database: Database, clock: Clock
) -> None:
    await offer(database, valid_until="2026-04-30")
    other = stated(ContractOffered, contract_id=an_id(33), reference="RV-2026-B")
    await tell(database, offering.register_contract, other)
    clock.now += timedelta(days=60)
    spoken = await pass_time(database)
    assert orderable(spoken) == [("NB-14", True)]
    (published,) = only(CataloguePublished, spoken)
    assert [each.contract_reference for each in published.offers] == ["RV-2026-B"]
