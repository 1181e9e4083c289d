"""KID answers, delivers and invoices an order; each member hears its part and what it pays."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.procurement import store
from services.procurement.domain import contracts, orders
from services.procurement.domain.costs import costs, final_balances
from services.procurement.domain.orders import Order, OrderLine
from services.procurement.domain.rounds import Round, complete
from services.procurement.handlers import recording
from services.procurement.handlers.inbox import handles
from services.procurement.handlers.offering import keep_in_step
from services.procurement.handlers.subscribing import start, subscribe
from services.procurement.handlers.translating import demand_of
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.envelope import COOPERATIVE
from shared.events.kid import DeliveryMade, InvoiceReceived, OrderAnswered
from shared.events.procurement import (
    ConfirmedLine,
    CostLine,
    CostStated,
    DeliveryRecorded,
    OrderConfirmed,
    OrderRefused,
    RecordedLine,
    RoundCompleted,
)
from shared.refusal import refuse


@handles(OrderAnswered)
async def note_answer(event: OrderAnswered, tx: InTransaction) -> None:
    """Note what KID accepts, tell each member its part, and free what it does not accept."""
    placed = await _order(tx, event.order_id)
    answered = orders.answer(
        placed,
        how=event.answer,
        accepted=[(line.line, line.accepted) for line in event.lines],
        deliver_on=event.deliver_on,
        reason=event.reason,
    )
    await store.save_order(tx.session, answered)
    tx.decide(recording.answered(answered))
    for member, lines in answered.lines_by_member().items():
        _tell_answer(tx, answered, member, lines)
    await subscribe(tx, answered)
    await _free_what_was_refused(tx, answered)
    await _settle(tx, answered)


@handles(DeliveryMade)
async def record_delivery(event: DeliveryMade, tx: InTransaction) -> None:
    """Record what arrived and tell each member its part."""
    before = await _order(tx, event.order_id)
    if await store.is_delivery_known(tx.session, event.delivery_id):
        raise refuse("delivery_id", event.delivery_id, "was recorded before")
    pieces = [(line.line, line.quantity) for line in event.lines]
    after = orders.deliver(
        before, pieces=pieces, delivered_on=event.delivered_on, today=local_date(tx.now)
    )
    await store.save_order(tx.session, after)
    await store.add_delivery(
        tx.session,
        id=event.delivery_id,
        order_id=after.id,
        delivered_on=event.delivered_on,
        pieces=pieces,
    )
    await start(tx, after, event)
    arrived = dict(pieces)
    for member, lines in after.lines_by_member().items():
        recorded = [
            RecordedLine(
                **demand_of(line),
                delivered=arrived[line.line],
                delivered_in_all=line.delivered,
                outstanding=line.outstanding,
            )
            for line in lines
            if line.line in arrived
        ]
        if recorded:
            tx.emit(
                DeliveryRecorded(
                    order_id=after.id,
                    reference=after.reference,
                    delivery_id=event.delivery_id,
                    member=member,
                    delivered_on=event.delivered_on,
                    complete=not any(line.outstanding for line in lines),
                    lines=recorded,
                ),
                party=member,
            )


@handles(InvoiceReceived)
async def check_invoice(event: InvoiceReceived, tx: InTransaction) -> None:
    """Take an invoice that states exactly what was accepted; a settled member hears its costs."""
    confirmed = await _order(tx, event.order_id)
    if known := await store.known_invoice(tx.session, event.invoice_id, event.number):
        rule = f"is that of an invoice for order {known} already, or its id is"
        raise refuse("number", event.number, rule)
    invoiced = orders.invoice(
        confirmed,
        number=event.number,
        net=event.net,
        vat=event.vat,
        invoiced_on=event.invoiced_on,
        today=local_date(tx.now),
    )
    await store.save_order(tx.session, invoiced)
    tx.decide(recording.invoiced(invoiced))
    await store.add_invoice(
        tx.session,
        id=event.invoice_id,
        order_id=invoiced.id,
        number=event.number,
        invoiced_on=event.invoiced_on,
        net=event.net,
        vat=event.vat,
    )
    await _settle(tx, invoiced)


async def complete_if_settled(tx: Transaction, round: Round) -> None:  # noqa: A002
    """End a round, whose row is locked, once no order of it awaits its answer or invoice."""
    if not await store.is_round_settled(tx.session, round.id):
        return
    await store.save_round(tx.session, complete(round))
    bundle = await store.figures_of(tx.session, round.id)
    paid = await store.costs_of_round(tx.session, round.id)
    tx.emit(
        RoundCompleted(
            round_id=round.id,
            reference=round.reference,
            title=round.title,
            members=bundle["members"],
            demands=bundle["demands"],
            orders=bundle["orders"],
            unfilled=bundle["unfilled"],
            net=paid.net,
            alone=paid.alone,
            saving=paid.saving,
        ),
        party=COOPERATIVE,
    )


async def _order(tx: Transaction, order_id: UUID) -> Order:
    found = await store.order(tx.session, order_id)
    if found is None:
        raise refuse("order_id", order_id, "must be an order placed with KID")
    return found


def _tell_answer(tx: Transaction, order: Order, member: str, lines: Sequence[OrderLine]) -> None:
    told: dict[str, Any] = {
        "order_id": order.id,
        "reference": order.reference,
        "member": member,
        "reason": order.reason,
        "lines": [
            ConfirmedLine(**demand_of(line), ordered=line.quantity, confirmed=line.accepted or 0)
            for line in lines
        ],
    }
    if any(line.accepted for line in lines):
        tx.emit(OrderConfirmed(**told, deliver_on=order.deliver_on), party=member)
    else:
        tx.emit(OrderRefused(**told), party=member)


async def _free_what_was_refused(tx: Transaction, order: Order) -> None:
    pieces = sum(line.quantity - (line.accepted or 0) for line in order.lines)
    goods = sum(line.amount - line.accepted_amount for line in order.lines)
    if pieces:
        contract = await store.contract(tx.session, order.contract_id)
        if contract is None:
            raise LookupError(f"{order.reference} is of an unknown contract")
        await keep_in_step(tx, contracts.release(contract, pieces, goods))


async def _settle(tx: Transaction, order: Order) -> None:
    """State their costs to the members for whom this was what they waited for.

    A member waits for its own orders to be refused or invoiced, and where balances move money
    between members, for KID's answer to every order, on which they depend. The round's lock
    makes two orders that are settled at once follow each other.
    """
    found = await store.round_with(tx.session, order.round_id)
    if found is None:
        raise LookupError(f"{order.reference} is of an unknown round")
    agreed = {share.member: share.balance for share in await store.shares(tx.session, found.id)}
    if any(agreed.values()):
        if not await store.is_round_answered(tx.session, found.id):
            return
        kept = await store.accepted_parts(tx.session, found.id)
        agreed = final_balances(agreed, kept)
    for member in await store.newly_settled(tx.session, found.id):
        lines = await store.lines_in_round(tx.session, found.id, member)
        _state_costs(tx, found, member, lines, agreed[member])
    await complete_if_settled(tx, found)


def _state_costs(
    tx: Transaction,
    round: Round,  # noqa: A002
    member: str,
    lines: Sequence[tuple[str, OrderLine]],
    balance: int,
) -> None:
    paid = costs((line for _, line in lines), balance)
    tx.decide(recording.charged(round, member, paid, balance))
    tx.emit(
        CostStated(
            round_id=round.id,
            reference=round.reference,
            title=round.title,
            member=member,
            lines=[
                CostLine(
                    **demand_of(line),
                    order_reference=reference,
                    quantity=line.accepted,
                    unit_price=line.unit_cents,
                    term_months=line.months,
                    share=line.charged or 0,
                    vat=line.vat or 0,
                    alone=line.accepted_alone,
                )
                for reference, line in lines
                if line.accepted
            ],
            balance=balance,
            net=paid.net,
            vat=paid.vat,
            gross=paid.gross,
            alone=paid.alone,
            saving=paid.saving,
        ),
        party=member,
    )
