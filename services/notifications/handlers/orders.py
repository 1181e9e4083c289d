"""Orders: KID gets them, members hear what KID answers and delivers, contracts run out."""

from json import dumps

from services.notifications import store
from services.notifications.domain import BOARD, KID, derived_cause
from services.notifications.handlers.inbox import handles
from services.notifications.handlers.telling import occasion, tell
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.procurement import (
    ContractCapacityLow,
    ContractExhausted,
    DeliveryRecorded,
    OrderConfirmed,
    OrderPlaced,
    OrderRefused,
)


@handles(OrderPlaced)
async def send_order(event: OrderPlaced, tx: InTransaction) -> None:
    """Send an order to KID."""
    await tell(tx, "order_to_kid", event, KID)


@handles(OrderConfirmed)
async def tell_confirmation(event: OrderConfirmed, tx: InTransaction) -> None:
    """Tell a member what KID accepted, and remember until when it is to come."""
    await store.promise(
        tx.session,
        event.order_id,
        event.member,
        deliver_on=event.deliver_on,
        confirmed=event.model_dump(mode="json", exclude_none=True),
    )
    await tell(tx, "order_confirmed", event, event.member)


@handles(OrderRefused)
async def tell_refused_order(event: OrderRefused, tx: InTransaction) -> None:
    """Tell a member that KID refused."""
    await tell(tx, "order_refused", event, event.member)


@handles(DeliveryRecorded)
async def tell_delivery(event: DeliveryRecorded, tx: InTransaction) -> None:
    """Tell a member what came."""
    if event.complete:
        await store.promise(tx.session, event.order_id, event.member, complete=True)
    await tell(tx, "delivery", event, event.member)


@handles(ContractCapacityLow)
async def warn_of_capacity(event: ContractCapacityLow, tx: InTransaction) -> None:
    """Warn KID and the board that a contract runs out."""
    await tell(tx, "capacity_low", event, KID, BOARD)


@handles(ContractExhausted)
async def tell_exhaustion(event: ContractExhausted, tx: InTransaction) -> None:
    """Tell KID and the board that a contract's maximum is reached."""
    await tell(tx, "capacity_exhausted", event, KID, BOARD)


async def tell_delays(tx: Transaction) -> None:
    """Tell members whose delivery is late; each order once."""
    for order_id, number, confirmed in await store.overdue(tx.session, local_date(tx.now)):
        event = OrderConfirmed.model_validate_json(dumps(confirmed))
        cause = derived_cause(order_id, "late")
        await store.tell(tx.session, occasion("delivery_late", event, number, cause, tx.now))
