"""What the handlers share: what demand knows when it decides."""

from uuid import UUID

from services.demand import domain, store
from services.demand.domain import Demand, Known, Round, Wish
from shared.calendar import local_date
from shared.database import Transaction
from shared.rules import Rule

JOINING = "joining"
"""Demand that looks for a round, and a round that takes in what waits, must not miss each other."""


async def begin_stating(tx: Transaction, member: str) -> None:
    """Let no round open meanwhile, and this member state nothing else: what it states is compared
    with its other demands."""
    await tx.beside(JOINING)
    await tx.alone(f"stating/{member}")


async def known(tx: Transaction, wish: Wish) -> Known:
    """What demand knows of the world when it decides on a wish."""
    today = local_date(tx.now)
    items = await store.items(tx.session, {wish.item or "", *wish.equivalents})
    item = items.get(wish.item or "")
    round_ = await the_round(tx, wish.round_id)
    if wish.round_id is None and item is not None:
        round_ = await store.open_round(tx.session, item.category, tx.now)
    own = await store.approval_above_cents(tx.session, wish.member)
    return Known(
        member_is_active=await store.member_is_active(tx.session, wish.member, today),
        items=items,
        round=round_,
        now=tx.now,
        today=today,
        rules=tx.rules,
        approval_above_cents=usual_above(tx).value if own is None else own,
    )


def usual_above(tx: Transaction) -> Rule:
    """From which expected net value on a demand needs two persons, where a member says nothing."""
    return tx.rules.at("approval_above_cents", local_date(tx.now))


async def the_round(tx: Transaction, id: UUID | None) -> Round | None:  # noqa: A002
    """A round by its id, held against closing."""
    return None if id is None else await store.round_of(tx.session, id)


async def the_demand(tx: Transaction, id: UUID) -> Demand:  # noqa: A002
    """A demand by its id, locked.

    Raises:
        Refused: there is none.
    """
    demand = await store.demand(tx.session, id)
    if demand is None:
        raise domain.no_such_demand(id)
    return demand


async def next_reference(tx: Transaction) -> str:
    """The reference by which people know a new demand, counted up by year without gaps."""
    series = f"B-{tx.now.year}"
    return f"{series}-{await tx.next_number(series):05d}"
