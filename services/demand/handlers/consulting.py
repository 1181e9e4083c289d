"""KID and a member talk about a requirement until it is an item (Bedarfsberatung)."""

from services.demand import domain, store
from services.demand.domain import Demand, Wish
from services.demand.handlers import recording
from services.demand.handlers.inbox import handles
from services.demand.handlers.world import JOINING, known, state, the_demand, the_round
from shared.database import InTransaction, Transaction
from shared.events.demand import (
    DemandProposalDeclined,
    DemandProposalMade,
    DemandQuestionAnswered,
    DemandQuestionAsked,
    DemandSpecified,
)
from shared.events.envelope import KID
from shared.events.kid import ConsultationAsked, ProposalMade
from shared.events.member import ConsultationAnswered, ProposalAccepted, ProposalDeclined
from shared.refusal import refuse


@handles(ConsultationAsked)
async def ask_member(event: ConsultationAsked, tx: InTransaction) -> None:
    """Pass a consultant's question on to the member."""
    demand = await the_demand(tx, event.demand_id)
    entry = event.model_dump(mode="json", exclude={"demand_id", "question_id"})
    demand = domain.talked(
        demand, {"kind": "question", "id": str(event.question_id), **entry, "at": _at(tx)}
    )
    await store.save_demand(tx.session, demand)
    tx.emit(
        DemandQuestionAsked(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            question_id=event.question_id,
            question=event.question,
            answer_by=event.answer_by,
        ),
        party=demand.wish.member,
    )


@handles(ConsultationAnswered)
async def answer_consultant(event: ConsultationAnswered, tx: InTransaction) -> None:
    """Pass a member's answer on to KID."""
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    domain.said(demand, "question", event.question_id)
    demand = domain.talked(
        demand,
        {"kind": "answer", "to": str(event.question_id), "answer": event.answer, "at": _at(tx)},
    )
    await store.save_demand(tx.session, demand)
    tx.emit(
        DemandQuestionAnswered(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            question_id=event.question_id,
            answer=event.answer,
        ),
        party=KID,
    )


@handles(ProposalMade)
async def propose_to_member(event: ProposalMade, tx: InTransaction) -> None:
    """Pass KID's proposal on to the member."""
    demand = await the_demand(tx, event.demand_id)
    wish = await _as_proposed(tx, demand, event.item, event.quantity, event.term_months)
    world = await known(tx, wish)
    domain.check(wish, world)
    entry = event.model_dump(mode="json", exclude={"demand_id", "proposal_id"})
    demand = domain.talked(
        demand, {"kind": "proposal", "id": str(event.proposal_id), **entry, "at": _at(tx)}
    )
    await store.save_demand(tx.session, demand)
    tx.decide(recording.proposal(demand, event.proposal_id, "made", "kid"))
    tx.emit(
        DemandProposalMade(
            reference=demand.reference,
            member=demand.wish.member,
            name=world.items[event.item].name,
            **dict(event),
        ),
        party=demand.wish.member,
    )


@handles(ProposalAccepted)
async def specify_demand(event: ProposalAccepted, tx: InTransaction) -> None:
    """Make the demand what was proposed; from now on it counts."""
    await tx.alone(JOINING)
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    proposal = domain.said(demand, "proposal", event.proposal_id)
    demand = domain.talked(
        demand, {"kind": "acceptance", "to": str(event.proposal_id), "at": _at(tx)}
    )
    wish = await _as_proposed(
        tx, demand, proposal["item"], proposal["quantity"], proposal["term_months"]
    )
    demand = domain.changed(demand, wish, None, await known(tx, wish))
    await store.save_demand(tx.session, demand)
    tx.decide(recording.proposal(demand, event.proposal_id, "accepted", "member"))
    for party in (demand.wish.member, KID):
        tx.emit(
            DemandSpecified(
                demand_id=demand.id,
                reference=demand.reference,
                member=demand.wish.member,
                proposal_id=event.proposal_id,
                item=proposal["item"],
                quantity=wish.quantity,
            ),
            party=party,
        )
    state(tx, demand)


@handles(ProposalDeclined)
async def decline_proposal(event: ProposalDeclined, tx: InTransaction) -> None:
    """Tell KID; the consultation goes on."""
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    domain.said(demand, "proposal", event.proposal_id)
    demand = domain.talked(
        demand,
        {
            "kind": "decline",
            "to": str(event.proposal_id),
            "reason": event.reason,
            "at": _at(tx),
        },
    )
    await store.save_demand(tx.session, demand)
    tx.decide(recording.proposal(demand, event.proposal_id, "declined", "member"))
    tx.emit(
        DemandProposalDeclined(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            proposal_id=event.proposal_id,
            reason=event.reason,
        ),
        party=KID,
    )


async def _as_proposed(
    tx: Transaction, demand: Demand, code: str, quantity: int, term_months: int | None
) -> Wish:
    item = (await store.items(tx.session, {code})).get(code)
    if item is None:
        raise refuse("item", code, "must be an item of the catalogue")
    present = await the_round(tx, demand.wish.round_id)
    return domain.as_proposed(demand.wish, item, quantity, term_months, present, tx.now)


def _at(tx: Transaction) -> str:
    return tx.now.isoformat()
