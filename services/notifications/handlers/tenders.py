"""Tender needs: KID and the board hear what is proposed and what was decided."""

from datetime import datetime
from uuid import UUID

from services.notifications import store
from services.notifications.domain import BOARD, KID
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import tell
from shared.database import InTransaction, Transaction
from shared.events.procurement import TenderDecisionRecorded, TenderDropped, TenderProposed

REVISED = "tender_revised"
"""The kind of mail for what is no news to act on: it waits for the morning, the newest alone."""


@handles(TenderProposed)
async def send_need(event: TenderProposed, tx: InTransaction) -> None:
    """Send a tender need with its document to KID and the board: at once where it is new, KID
    asked for it, or the law asks for something else; once a day where demand came or went."""
    since = await _take_back(tx, event.tender_id)
    if event.change == "demand":
        await tell(tx, REVISED, event, KID, BOARD, since=since)
    else:
        await tell(tx, "tender_need", event, KID, BOARD)


@handles(TenderDropped)
async def tell_dropped_need(event: TenderDropped, tx: InTransaction) -> None:
    """Tell KID and the board that nothing is left to decide."""
    await _take_back(tx, event.tender_id)
    await tell(tx, "tender_dropped", event, KID, BOARD)


@handles(TenderDecisionRecorded)
async def tell_tender_decision(event: TenderDecisionRecorded, tx: InTransaction) -> None:
    """Tell KID and the board what was decided."""
    await _take_back(tx, event.tender_id)
    await tell(tx, "tender_decided", event, KID, BOARD)


async def _take_back(tx: Transaction, tender_id: UUID) -> datetime | None:
    """Drop a revision that is not told yet, for this event tells more; since when it waited."""
    return await store.take_back(tx.session, REVISED, "tender_id", str(tender_id))
