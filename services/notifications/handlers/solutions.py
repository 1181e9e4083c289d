"""Solutions and pilots: members hear of their subscriptions, their costs and new topics."""

from services.notifications import store
from services.notifications.domain import BOARD, KID
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import tell
from shared.database import InTransaction
from shared.events.procurement import (
    PilotInterestNoted,
    PilotLapsed,
    PilotOpened,
    PilotStarted,
    SubscriptionChanged,
    SubscriptionCostStated,
)


@handles(SubscriptionChanged)
async def tell_subscription(event: SubscriptionChanged, tx: InTransaction) -> None:
    """Tell a member how its subscription stands, together with other news of solutions."""
    await tell(tx, "solution_news", event, event.member)


@handles(SubscriptionCostStated)
async def tell_month(event: SubscriptionCostStated, tx: InTransaction) -> None:
    """State a member's costs of a month."""
    await tell(tx, "monthly_costs", event, event.member)


@handles(PilotOpened)
async def ask_for_interest(event: PilotOpened, tx: InTransaction) -> None:
    """Ask every member whether it is interested."""
    members = await store.active_members(tx.session)
    await tell(tx, "pilot_opened", event, *(member.number for member in members))


@handles(PilotInterestNoted)
async def tell_interest(event: PilotInterestNoted, tx: InTransaction) -> None:
    """Confirm to a member what it said."""
    await tell(tx, "pilot_interest", event, event.member)


@handles(PilotStarted, PilotLapsed)
async def tell_end_of_asking(event: PilotStarted | PilotLapsed, tx: InTransaction) -> None:
    """Tell who was interested, KID and the board what came of a pilot."""
    active = {member.number for member in await store.active_members(tx.session)}
    kind = "pilot_started" if isinstance(event, PilotStarted) else "pilot_lapsed"
    await tell(tx, kind, event, KID, BOARD, *(m for m in event.members if m in active))
