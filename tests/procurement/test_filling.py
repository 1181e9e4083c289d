"""Where a tier makes more pieces cheaper than few, members get what they would take at most."""

from typing import Any

import pytest

from shared.database import Database
from shared.events import Event
from shared.events.procurement import BundleProposed, BundleShared, DemandAllocated, OrderPlaced
from tests.builders import decided
from tests.procurement.story import (
    admit_members,
    announce,
    close,
    count,
    demand,
    offer,
    only,
    pass_time,
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def a_round(
    database: Database, *demands: tuple[int, int | None], **terms: Any
) -> list[tuple[str, Event]]:
    """Members state pieces and the most they would take: 899.00 each, from 100 on 829.00."""
    await admit_members(database)
    await offer(database, **terms)
    await announce(database)
    for number, (quantity, most) in enumerate(demands, 1):
        other = {} if most is None else {"maximum_quantity": most}
        await demand(database, number, f"1000{number}", quantity, **other)
    await close(database)
    await count(database, len(demands), sum(quantity for quantity, _ in demands))
    return await pass_time(database)


def ordered(spoken: list[tuple[str, Event]]) -> dict[str, int]:
    """Pieces by member."""
    return {
        each.member: sum(part.quantity for part in each.allocations)
        for each in only(DemandAllocated, spoken)
    }


async def test_a_few_pieces_more_reach_the_tier_and_everyone_pays_less(
    database: Database,
) -> None:
    spoken = await a_round(database, (60, 70), (36, 40))
    assert sum(ordered(spoken).values()) == 100
    assert 60 <= ordered(spoken)["10001"] <= 70
    assert 36 <= ordered(spoken)["10002"] <= 40
    (bundle,) = only(BundleProposed, spoken)
    assert bundle.total == 100 * 829_00 < 96 * 899_00
    shares = {each.member: each for each in only(BundleShared, spoken)}
    assert shares["10001"].share < shares["10001"].alone == 60 * 899_00, "of what was stated"
    assert shares["10002"].share < shares["10002"].alone == 36 * 899_00
    assert bundle.alone == 96 * 899_00
    assert all(
        sum(line.alone for line in each.lines) == each.alone == each.share + each.saving
        for each in shares.values()
    )
    assert "Gemeldet waren 60 Stück" in shares["10001"].lines[0].explanation
    assert sum(line.quantity for order in only(OrderPlaced, spoken) for line in order.lines) == 100
    filled = [each for each in await decided(database, "bundle") if each["outcome"] == "filled"]
    assert sum(each["result"]["pieces"] for each in filled) == 4


@pytest.mark.parametrize(
    "demands",
    [
        [(60, None), (36, None)],  # nobody said so
        [(60, 61), (36, 38)],  # not enough to reach the tier
        [(60, 99), (28, 99)],  # 12 pieces more cost more than the tier saves
        [(100, 120), (5, 50)],  # the tier is reached
    ],
)
async def test_else_exactly_what_was_stated_is_ordered(
    database: Database, demands: list[tuple[int, int | None]]
) -> None:
    spoken = await a_round(database, *demands)
    assert sorted(ordered(spoken).values()) == sorted(quantity for quantity, _ in demands)
    shared = only(BundleShared, spoken)
    assert not any("Gemeldet waren" in line.explanation for each in shared for line in each.lines)


async def test_a_maximum_of_the_contract_is_not_passed_to_fill_up(database: Database) -> None:
    spoken = await a_round(database, (60, 70), (36, 40), maximum_quantity=98)
    assert sum(ordered(spoken).values()) == 96


def by_turnover(scope: str = "item") -> dict[str, Any]:
    """899.00 each, from 80,000.00 euros at list price on 829.00."""
    prices = [[{"item": "NB-14", "unit_price": price}] for price in ("899.00", "829.00")]
    tiers = [
        {"from_value": value, "prices": price}
        for value, price in zip(("0.00", "80000.00"), prices, strict=True)
    ]
    return {"basis": "turnover", "scope": scope, "tiers": tiers}


@pytest.mark.parametrize("scope", ["item", "contract"])
async def test_a_tier_of_turnover_is_filled_up_to_with_no_piece_too_many(
    database: Database, scope: str
) -> None:
    spoken = await a_round(database, (50, 60), (35, 40), **by_turnover(scope))
    assert sum(ordered(spoken).values()) == 89, "88 at list price are 79,112.00"
    (bundle,) = only(BundleProposed, spoken)
    assert bundle.total == 89 * 829_00 < 85 * 899_00


async def test_a_tier_of_turnover_that_costs_more_than_it_saves_is_left(database: Database) -> None:
    spoken = await a_round(database, (40, 60), (41, 60), **by_turnover())
    assert sum(ordered(spoken).values()) == 81


@pytest.mark.parametrize(
    ("demands", "pieces"),
    [
        ([(60, 64), (36, 39)], 100),  # each has its own place, and only one room for a pack
        ([(60, 63), (36, 39)], 96),  # there is room for six pieces, but for no pack
        ([(60, 60), (36, 41)], 96),  # the pack would cost one member more than it saves that one
    ],
)
async def test_packs_stay_whole(
    database: Database, demands: list[tuple[int, int | None]], pieces: int
) -> None:
    spoken = await a_round(database, *demands, packs=[{"item": "NB-14", "pieces": 4}])
    assert sum(ordered(spoken).values()) == pieces
    (order, *others) = only(OrderPlaced, spoken)
    assert all(sum(line.quantity for line in o.lines) % 4 == 0 for o in (order, *others))
