"""KID and a member talk about a requirement (Bedarfsberatung); the member turns proposals down."""

from datetime import date

from services.demand import domain, store
from services.demand.handlers import recording
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import tell_referral
from services.demand.handlers.world import the_demand
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.demand import (
    DemandProposalCountered,
    DemandProposalDeclined,
    DemandQuestionAnswered,
    DemandQuestionAsked,
)
from shared.events.envelope import KID
from shared.events.kid import ConsultationAsked, ConsultationReferred
from shared.events.member import ConsultationAnswered, ProposalCountered, ProposalDeclined
from shared.refusal import refuse


@handles(ConsultationAsked)
async def ask_member(event: ConsultationAsked, tx: InTransaction) -> None:
    """Pass a consultant's question on to the member."""
    check_answer_by(event.answer_by, local_date(tx.now))
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


@handles(ConsultationReferred)
async def refer_to_tender(event: ConsultationReferred, tx: InTransaction) -> None:
    """Know that no contract can serve a requirement, so that it is gathered for a tender."""
    stated = event.model_dump(mode="json", exclude={"demand_id"})
    demand = domain.referred(await the_demand(tx, event.demand_id), stated, tx.now)
    await store.save_demand(tx.session, demand)
    tx.decide(recording.referred(demand))
    tell_referral(tx, demand)


@handles(ConsultationAnswered)
async def answer_consultant(event: ConsultationAnswered, tx: InTransaction) -> None:
    """Pass a member's answer on to KID."""
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    domain.said(demand, "question", event.question_id, local_date(tx.now))
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


@handles(ProposalDeclined)
async def decline_proposal(event: ProposalDeclined, tx: InTransaction) -> None:
    """Tell KID; the consultation goes on."""
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    domain.said(demand, "proposal", event.proposal_id, local_date(tx.now))
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


@handles(ProposalCountered)
async def counter_proposal(event: ProposalCountered, tx: InTransaction) -> None:
    """Tell KID how the member would take a proposal; KID proposes anew."""
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    domain.said(demand, "proposal", event.proposal_id, local_date(tx.now))
    wanted = event.model_dump(mode="json", include={"quantity", "term_months", "wish"})
    demand = domain.talked(
        demand, {"kind": "counter", "to": str(event.proposal_id), **wanted, "at": _at(tx)}
    )
    await store.save_demand(tx.session, demand)
    tx.decide(recording.proposal(demand, event.proposal_id, "countered", "member"))
    tx.emit(
        DemandProposalCountered(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            proposal_id=event.proposal_id,
            quantity=event.quantity,
            term_months=event.term_months,
            wish=event.wish,
        ),
        party=KID,
    )


def check_answer_by(day: date, today: date) -> None:
    """A member needs time to answer.

    Raises:
        Refused: the day is over.
    """
    if day < today:
        raise refuse("answer_by", day, f"must be {today} or later")


def _at(tx: Transaction) -> str:
    return tx.now.isoformat()
