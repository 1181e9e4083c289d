"""Members' demands: what arrived, what could not be accepted, what KID asks and proposes."""

from services.notifications import store
from services.notifications.domain import BOARD, KID, Demand
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import heading, sequence, tell
from shared.database import InTransaction
from shared.events.demand import (
    ApprovalLimitConfirmed,
    DemandAccepted,
    DemandAnswerDue,
    DemandApprovalDue,
    DemandApprovalRequested,
    DemandConsultationOpened,
    DemandDetailsAsked,
    DemandLapsed,
    DemandProposalLapsed,
    DemandProposalMade,
    DemandQuestionAsked,
    DemandReferred,
    DemandRefusalConfirmed,
    DemandRejected,
    DemandRoundMissed,
    DemandSimilarFound,
    DemandWithdrawalConfirmed,
)


@handles(DemandAccepted)
async def tell_demand(event: DemandAccepted, tx: InTransaction) -> None:
    """Know a demand as it counts now, and tell the member."""
    demand = Demand(
        id=event.demand_id,
        member=event.member,
        reference=event.reference,
        name=event.name,
        quantity=event.quantity,
        unit=event.unit,
        needed_by=event.needed_by,
        round_id=event.round_id,
    )
    await store.save_demand(tx.session, demand, sequence(tx))
    await tell(tx, "demands_received", event, event.member)


@handles(DemandWithdrawalConfirmed, DemandRefusalConfirmed)
async def tell_withdrawal(
    event: DemandWithdrawalConfirmed | DemandRefusalConfirmed, tx: InTransaction
) -> None:
    """Know that a demand counts no longer, and tell the member."""
    await store.forget_demand(tx.session, event.demand_id, event.member, sequence(tx))
    await tell(tx, "demands_received", event, event.member)


@handles(DemandConsultationOpened, DemandReferred)
async def tell_consultation(
    event: DemandConsultationOpened | DemandReferred, tx: InTransaction
) -> None:
    """Tell the member that KID will consult it, or found no contract; KID hears the same by a
    message of its own."""
    if heading(tx).party == event.member:
        await tell(tx, "demands_received", event, event.member)


@handles(DemandRejected)
async def tell_rejection(event: DemandRejected, tx: InTransaction) -> None:
    """Tell a member what is wrong with its message; KID's system knows from the event."""
    party = heading(tx).party
    if party not in {KID, BOARD}:
        await tell(tx, "demands_rejected", event, party)


@handles(DemandQuestionAsked)
async def tell_question(event: DemandQuestionAsked, tx: InTransaction) -> None:
    """Ask the member what KID wants to know."""
    await tell(tx, "question_asked", event, event.member)


@handles(DemandProposalMade)
async def tell_proposal(event: DemandProposalMade, tx: InTransaction) -> None:
    """Put KID's proposal before the member."""
    await tell(tx, "proposal_made", event, event.member)


@handles(DemandDetailsAsked)
async def tell_details_asked(event: DemandDetailsAsked, tx: InTransaction) -> None:
    """Ask the member what its requirement lacks."""
    await tell(tx, "details_asked", event, event.member)


@handles(DemandAnswerDue)
async def remind_of_answer(event: DemandAnswerDue, tx: InTransaction) -> None:
    """Remind the member of what waits for its answer."""
    await tell(tx, "answer_due", event, event.member)


@handles(DemandProposalLapsed)
async def tell_lapsed_proposal(event: DemandProposalLapsed, tx: InTransaction) -> None:
    """Tell the member what it can no longer accept; KID hears the same by its own message."""
    if heading(tx).party == event.member:
        await tell(tx, "proposal_lapsed", event, event.member)


@handles(DemandLapsed)
async def tell_lapsed_demand(event: DemandLapsed, tx: InTransaction) -> None:
    """Know that a demand counts no longer, and tell the member."""
    await store.forget_demand(tx.session, event.demand_id, event.member, sequence(tx))
    if heading(tx).party == event.member:
        await tell(tx, "demand_lapsed", event, event.member)


@handles(DemandSimilarFound)
async def tell_similar(event: DemandSimilarFound, tx: InTransaction) -> None:
    """Let the member see whether it means a demand twice."""
    await tell(tx, "similar_found", event, event.member)


@handles(DemandApprovalRequested)
async def ask_approval(event: DemandApprovalRequested, tx: InTransaction) -> None:
    """Know that a demand does not count for now, and ask the member's second person."""
    await store.forget_demand(tx.session, event.demand_id, event.member, sequence(tx))
    await tell(tx, "approval_requested", event, event.member)


@handles(DemandApprovalDue)
async def remind_of_approval(event: DemandApprovalDue, tx: InTransaction) -> None:
    """Remind the member's second person before the cut-off."""
    await tell(tx, "approval_due", event, event.member)


@handles(DemandRoundMissed)
async def tell_missed_round(event: DemandRoundMissed, tx: InTransaction) -> None:
    """Tell the member that a round closed without its demand."""
    await tell(tx, "round_missed", event, event.member)


@handles(ApprovalLimitConfirmed)
async def tell_limit(event: ApprovalLimitConfirmed, tx: InTransaction) -> None:
    """Tell the member from which value on two persons decide."""
    await tell(tx, "approval_limit", event, event.member)
