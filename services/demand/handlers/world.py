"""What the handlers share: what demand knows when it decides, and how it states a demand."""

from uuid import UUID

from services.demand import domain, store
from services.demand.domain import Demand, Known, Round, Wish
from services.demand.handlers import recording
from shared.calendar import local_date
from shared.database import Transaction
from shared.events.common import Place
from shared.events.demand import DemandAccepted, DemandConsultationOpened
from shared.events.envelope import KID

JOINING = "joining"
"""Demand that looks for a round, and a round that takes in what waits, must not miss each other."""


async def known(tx: Transaction, wish: Wish) -> Known:
    """What demand knows of the world when it decides on a wish."""
    today = local_date(tx.now)
    items = await store.items(tx.session, {wish.item or "", *wish.equivalents})
    item = items.get(wish.item or "")
    round_ = await the_round(tx, wish.round_id)
    if wish.round_id is None and item is not None:
        round_ = await store.open_round(tx.session, item.category, tx.now)
    return Known(
        member_is_active=await store.member_is_active(tx.session, wish.member, today),
        items=items,
        round=round_,
        now=tx.now,
        today=today,
    )


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


def state(tx: Transaction, demand: Demand) -> None:
    """State a demand as it counts now, or that it needs consultation."""
    wish = demand.wish
    tx.decide(recording.counted(demand))
    if wish.item is None or demand.name is None:
        for party in (wish.member, KID):
            tx.emit(
                DemandConsultationOpened(
                    demand_id=demand.id,
                    reference=demand.reference,
                    member=wish.member,
                    requirement=wish.requirement or "",
                    quantity=wish.quantity,
                    place=Place(**wish.place),
                    needed_by=wish.needed_by,
                ),
                party=party,
            )
        return
    tx.emit(
        DemandAccepted(
            demand_id=demand.id,
            reference=demand.reference,
            revision=demand.revision,
            member=wish.member,
            item=wish.item,
            name=demand.name,
            quantity=wish.quantity,
            unit=wish.unit,
            place=Place(**wish.place),
            needed_from=wish.needed_from,
            needed_by=wish.needed_by,
            round_id=wish.round_id,
            term_months=wish.term_months,
            price_ceiling=wish.price_ceiling_cents,
            equivalents=list(wish.equivalents),
            minimum_quantity=wish.minimum_quantity,
            cost_centre=wish.cost_centre,
            submitted_at=demand.submitted_at,
        ),
        party=wish.member,
    )
