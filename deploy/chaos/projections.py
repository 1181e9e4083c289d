"""What one service states and another keeps: source and projection must be equal."""

import json
from collections.abc import AsyncIterator

import asyncpg

from deploy.demo.invariants import Doubled, Lost

Offers = dict[tuple[str, str], tuple[list[list[int]], list[str]]]
"""By item and contract: thresholds with net cents, and the named buyers."""
COUNTS = "status IN ('open', 'ordered', 'partly_ordered', 'unfilled')"
PAIRS = (
    (
        "members in demand",
        "SELECT number, name, leaves_on::text FROM membership.members",
        "SELECT number, name, leaves_on::text FROM demand.members",
    ),
    (
        "members in procurement",
        "SELECT number, name, joined_on::text FROM membership.members",
        "SELECT number, name, joined_on::text FROM procurement.members",
    ),
    (
        "members in notifications",
        "SELECT number, name FROM membership.members",
        "SELECT number, name FROM notifications.members",
    ),
    (
        "catalogue items",
        "SELECT number, name, orderable FROM procurement.items",
        "SELECT item, name, orderable FROM demand.items",
    ),
    (
        "rounds in demand",
        "SELECT id::text, reference, state <> 'open' FROM procurement.rounds",
        "SELECT id::text, reference, closed FROM demand.rounds",
    ),
    (
        "rounds in notifications",
        "SELECT id::text, reference, state <> 'open' FROM procurement.rounds",
        "SELECT id::text, reference, closed_at IS NOT NULL FROM notifications.rounds",
    ),
    (
        "demand that counts, approved where it must be, in procurement",
        f"""SELECT id::text, member, item, quantity, price_ceiling_cents::text, round_id::text
            FROM demand.demands WHERE {COUNTS}""",  # noqa: S608 - fixed
        """SELECT id::text, member, content ->> 'item', quantity, content ->> 'ceiling_cents',
            round_id::text FROM procurement.demands WHERE content IS NOT NULL""",
    ),
    (
        "demand that counts, approved where it must be, in notifications",
        f"""SELECT id::text, member, quantity, round_id::text
            FROM demand.demands WHERE {COUNTS}""",  # noqa: S608 - fixed
        "SELECT id::text, member, quantity, round_id::text FROM notifications.demands WHERE counts",
    ),
)


async def differences(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """What a projection lacks or has too much."""
    for name, source, projection in PAIRS:
        stated = {tuple(row) for row in await connection.fetch(source)}
        kept = {tuple(row) for row in await connection.fetch(projection)}
        for one in stated - kept:
            yield Lost(f"{name} lack {one}")
        for one in kept - stated:
            yield Doubled(f"{name} have {one}")
    asked, known = await _asked(connection), await _known(connection)
    for item, contract in asked.keys() | known.keys():
        offer, expected = asked.get((item, contract)), known.get((item, contract))
        if offer != expected:
            yield f"{item} of {contract} costs {offer}, demand knows {expected}"


async def _asked(connection: asyncpg.Connection) -> Offers:
    """What contracts in force ask of whom, as procurement keeps them."""
    rows = await connection.fetch("SELECT terms::text FROM procurement.contracts WHERE in_force")
    found: Offers = {}
    for terms in (json.loads(row[0]) for row in rows):
        unit = "from_quantity" if terms["basis"] == "quantity" else "from_value"
        for item in {item for tier in terms["tiers"] for item in dict(tier["prices"])}:
            tiers = [[tier[unit] or 0, dict(tier["prices"])[item]] for tier in terms["tiers"]]
            found[item, terms["reference"]] = (tiers, terms["named_buyers"])
    return found


async def _known(connection: asyncpg.Connection) -> Offers:
    """What demand expects an item to cost whom."""
    rows = await connection.fetch("SELECT item, offers::text FROM demand.items")
    return {
        (item, offer["contract"]): (offer["tiers"], offer["buyers"])
        for item, offers in rows
        for offer in json.loads(offers)
    }
