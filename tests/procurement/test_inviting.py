"""Before the cut-off members hear, once, which tiers are near."""

from datetime import timedelta
from typing import Any

import pytest

from services.procurement.handlers import due
from shared.database import Database
from shared.events.kid.contracts import CONTRACT_EXAMPLE
from shared.events.procurement import RoundInvited
from tests.procurement.builders import NOON
from tests.procurement.conftest import Clock
from tests.procurement.story import admit_members, announce, demand, offer, only, parties, said

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
IN_A_WEEK = (NOON + timedelta(days=7)).isoformat().replace("+00:00", "Z")


async def a_round(
    database: Database, *quantities: int, cut_off: str = IN_A_WEEK, **terms: Any
) -> None:
    await admit_members(database)
    await offer(database, **terms)
    await announce(database, cut_off=cut_off)
    for number, quantity in enumerate(quantities):
        await demand(database, number, f"1000{number + 1}", quantity)
    await said(database)


async def heard(database: Database) -> list[RoundInvited]:
    await due(database)
    spoken = await said(database)
    assert set(parties(RoundInvited, spoken)) <= {"coop"}
    return only(RoundInvited, spoken)


async def test_all_are_invited_once_to_a_round_that_closes_near_a_tier(
    database: Database, clock: Clock
) -> None:
    await a_round(database, 60, 28)
    assert await heard(database) == []

    clock.now = NOON + timedelta(days=5)
    [invitation] = await heard(database)
    [tier] = invitation.tiers
    assert (tier.reached, tier.threshold, tier.missing) == (88, 100, 12)
    assert tier.saving == 88 * (tier_price(0) - tier_price(1))
    assert await heard(database) == []


async def test_all_are_invited_where_a_little_is_missing_to_a_contracts_minimum(
    database: Database, clock: Clock
) -> None:
    await a_round(database, 40, 6, minimum_quantity=50)
    clock.now = NOON + timedelta(days=5)
    [invitation] = await heard(database)

    [goal] = invitation.tiers
    assert (goal.goal, goal.measure) == ("minimum", "quantity")
    assert (goal.reached, goal.threshold, goal.missing, goal.unserved) == (46, 50, 4, 46)
    assert goal.saving == 0


async def test_nobody_is_invited_far_from_a_tier(database: Database, clock: Clock) -> None:
    await a_round(database, 10, 8)
    clock.now = NOON + timedelta(days=5)
    assert await heard(database) == []


async def test_a_round_that_just_opened_invites_nobody_again(database: Database) -> None:
    tomorrow = (NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    await a_round(database, 60, 28, cut_off=tomorrow)
    assert await heard(database) == []


def tier_price(step: int) -> int:
    """The price of a notebook at a tier of the example contract, in cents."""
    tiers: Any = CONTRACT_EXAMPLE["tiers"]
    price: str = tiers[step]["prices"][0]["unit_price"]
    return int(price.replace(".", ""))
