"""The decision record: the board keeps its daily anchors outside of it."""

from services.notifications.domain import BOARD
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import tell
from shared.database import InTransaction
from shared.events.common import RecordAnchored


@handles(RecordAnchored)
async def tell_anchor(event: RecordAnchored, tx: InTransaction) -> None:
    """Send the board the end of a service's record; those of a night go in one mail."""
    await tell(tx, "record_anchored", event, BOARD)
