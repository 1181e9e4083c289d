"""Tender needs: KID and the board hear what is proposed and what was decided."""

from services.notifications.domain import BOARD, KID
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import tell
from shared.database import InTransaction
from shared.events.procurement import TenderDecisionRecorded, TenderDropped, TenderProposed


@handles(TenderProposed)
async def send_need(event: TenderProposed, tx: InTransaction) -> None:
    """Send a tender need with its document to KID and the board."""
    await tell(tx, "tender_need", event, KID, BOARD)


@handles(TenderDropped)
async def tell_dropped_need(event: TenderDropped, tx: InTransaction) -> None:
    """Tell KID and the board that nothing is left to decide."""
    await tell(tx, "tender_dropped", event, KID, BOARD)


@handles(TenderDecisionRecorded)
async def tell_tender_decision(event: TenderDecisionRecorded, tx: InTransaction) -> None:
    """Tell KID and the board what was decided."""
    await tell(tx, "tender_decided", event, KID, BOARD)
