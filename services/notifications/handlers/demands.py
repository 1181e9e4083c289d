"""Members' demands: what arrived, what could not be accepted, what KID asks and proposes."""

from services.notifications import store
from services.notifications.domain import BOARD, KID, Demand
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import heading, sequence, tell
from shared.database import InTransaction
from shared.events.demand import (
    DemandAccepted,
    DemandConsultationOpened,
    DemandProposalMade,
    DemandQuestionAsked,
    DemandRejected,
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


@handles(DemandWithdrawalConfirmed)
async def tell_withdrawal(event: DemandWithdrawalConfirmed, tx: InTransaction) -> None:
    """Know that a demand counts no longer, and tell the member."""
    await store.forget_demand(tx.session, event.demand_id, sequence(tx))
    await tell(tx, "demands_received", event, event.member)


@handles(DemandConsultationOpened)
async def tell_consultation(event: DemandConsultationOpened, tx: InTransaction) -> None:
    """Tell the member that KID will consult it; KID hears the same by a message of its own."""
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
