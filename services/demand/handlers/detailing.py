"""A member tells what its requirement lacks, by the questions of its category."""

from dataclasses import replace
from typing import Any

from services.demand import domain, store
from services.demand.domain import Demand
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import ask_details
from services.demand.handlers.world import the_demand
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.demand import DemandDetailsGiven
from shared.events.envelope import KID
from shared.events.kid import Category
from shared.events.member import ConsultationDetailsGiven
from shared.refusal import Refused, refuse


@handles(ConsultationDetailsGiven)
async def keep_details(event: ConsultationDetailsGiven, tx: InTransaction) -> None:
    """Keep what a member tells of its requirement; ask what it lacks still."""
    today = local_date(tx.now)
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    accepted = domain.suggested(demand, tx.rules, today) if event.accept_suggestions else {}
    answers: dict[str, Any] = {**accepted, **event.attributes}
    if not answers:
        raise refuse("attributes", "", "state an answer, or accept the suggestions there are")
    entry = {"kind": "details", "told": answers, "at": tx.now.isoformat()}
    demand = domain.talked(demand, entry)
    wish, broken = domain.answered(demand.wish, answers, tx.rules, today)
    if broken:
        raise Refused(*broken)
    demand = replace(demand, wish=wish)
    _tell(tx, demand)
    demand = await ask_details(tx, demand)
    await store.save_demand(tx.session, demand)


def _tell(tx: Transaction, demand: Demand) -> None:
    wish = demand.wish
    for party in (wish.member, KID):
        tx.emit(
            DemandDetailsGiven(
                demand_id=demand.id,
                reference=demand.reference,
                member=wish.member,
                requirement=wish.requirement or "",
                category=Category(wish.category) if wish.category else None,
                attributes=domain.told(wish),
                missing=list(domain.missing(wish, tx.rules, local_date(tx.now))),
            ),
            party=party,
        )
