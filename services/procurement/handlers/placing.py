"""An approved plan becomes orders, calls from contracts, and news to every member."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from uuid_utils.compat import uuid7

from services.procurement import bundling, store
from services.procurement.domain import contracts, rounds
from services.procurement.domain.contracts import Contract
from services.procurement.domain.costs import Share
from services.procurement.domain.money import apportion
from services.procurement.domain.orders import Order, OrderLine
from services.procurement.domain.rounds import Demand, Round
from services.procurement.handlers import recording
from services.procurement.handlers.fulfilling import complete_if_settled
from services.procurement.handlers.gathering import gather_unserved
from services.procurement.handlers.offering import keep_in_step
from services.procurement.handlers.planning import basis, state
from services.procurement.handlers.telling import order_placed, tell_members
from services.procurement.handlers.translating import percent
from shared.calendar import local_date
from shared.database import Database, Transaction
from shared.events.envelope import COOPERATIVE, KID
from shared.events.procurement import BundleApproved

log = logging.getLogger(__name__)


async def approve_rounds(database: Database, approve_ppm: int) -> None:
    """Order every proposed round whose plan is proved to be within the limit of the cheapest.

    Any other stays proposed until a wider limit is set.
    """
    async with database.transaction() as tx:
        proposed = await store.proposed_rounds(tx.session, approve_ppm)
    for round_id in proposed:
        async with database.transaction() as tx:
            rule = f"rule: gap to the bound at most {percent(approve_ppm // 100)} %"
            await approve_round(tx, round_id, rule)


async def approve_round(tx: Transaction, round_id: UUID, approved_by: str) -> None:
    """Place the orders of a round's plan, unless what it was computed on no longer holds."""
    found = await store.round_with(tx.session, round_id)
    bundle = await store.bundle_of(tx.session, round_id)
    if found is None or found.state != "proposed" or bundle is None:
        return
    known = await store.contracts(tx.session, lock=True)
    if (present := await basis(tx, found, known)) != bundle.basis:
        log.info("%s is planned anew: its contracts or demand changed", found.reference)
        await store.save_round(tx.session, rounds.reopen(found))
        tx.decide(recording.outdated(found, bundle, present))
        return
    await store.save_bundle(tx.session, replace(bundle, approved_by=approved_by), tx.now)
    approved = rounds.approve(found)
    await store.save_round(tx.session, approved)
    tx.emit(state(BundleApproved, found, bundle, approved_by=approved_by), party=COOPERATIVE)

    demands = {str(demand.id): demand for demand in await store.demands(tx.session, round_id)}
    orders = await _orders(tx, approved, bundle.plan, known, demands)
    await store.add_orders(tx.session, orders)
    shares = [
        Share(each.member, each.share_cents, each.alone_cents, each.list_cents, each.balance_cents)
        for each in bundle.plan.members
    ]
    await store.add_shares(tx.session, round_id, shares)
    names = await store.member_names(tx.session, {demand.member for demand in demands.values()})
    for order in orders:
        tx.emit(order_placed(order, approved, names, demands), party=KID)
    await _call(tx, orders, known)
    tell_members(tx, approved, bundle, orders, shares, demands.values())
    for decision in (
        recording.approved(found, bundle, approved_by),
        *recording.shared(found, bundle),
        *(recording.placed(order) for order in orders),
        *recording.allocated(orders),
        *recording.left_out(bundle.plan.unfilled, demands),
    ):
        tx.decide(decision)
    await gather_unserved(tx, round_id, demands, bundle.plan.unfilled, known)
    await complete_if_settled(tx, approved)


async def _orders(
    tx: Transaction,
    round: Round,  # noqa: A002
    plan: bundling.Plan,
    known: Sequence[Contract],
    demands: Mapping[str, Demand],
) -> list[Order]:
    by_reference = {contract.terms.reference: contract for contract in known}
    awards: dict[tuple[str, str], list[bundling.Award]] = {}
    for award in plan.awards:
        awards.setdefault((award.contract, award.place), []).append(award)
    pieces = Counter[str]()
    for award in plan.awards:
        pieces[award.line_id] += award.quantity
    items = await store.items(tx.session, {award.item for award in plan.awards})
    today = local_date(tx.now)
    references = await store.next_references(tx.session, "A", today.year, len(plan.orders))
    in_order = sorted(plan.orders, key=lambda each: (each.contract, each.place))
    orders = []
    for reference, planned in zip(references, in_order, strict=True):
        contract = by_reference[planned.contract]
        own = awards[planned.contract, planned.place]
        own.sort(key=lambda award: (award.member, demands[award.line_id].reference, award.item))
        amounts = _amounts(planned, own)
        order = Order(
            id=uuid7(),
            reference=reference,
            round_id=round.id,
            contract_id=contract.id,
            contract_reference=contract.terms.reference,
            contract_version=contract.version,
            place=demands[own[0].line_id].place,
            placed_at=tx.now,
            placed_on=today,
            vat_rate=contract.terms.vat_rate,
            fees=planned.fee_cents,
            lines=tuple(
                OrderLine(
                    line=number,
                    demand_id=demands[award.line_id].id,
                    demand_reference=demands[award.line_id].reference,
                    member=award.member,
                    item=award.item,
                    name=items[award.item].name,
                    unit=items[award.item].unit,
                    quantity=award.quantity,
                    months=award.months,
                    unit_cents=award.unit_cents,
                    amount=amounts[number],
                    share=award.share_cents,
                    alone=award.alone_cents,
                    list_price=award.list_cents,
                    explanation=_explained(award, demands[award.line_id], pieces),
                )
                for number, award in enumerate(own, 1)
            ),
        )
        if not order.net == planned.total_cents == sum(line.share for line in order.lines):
            raise ArithmeticError(f"{order.reference}: lines, fees and shares do not add up")
        orders.append(order)
    return orders


def _explained(award: bundling.Award, demand: Demand, pieces: Mapping[str, int]) -> str:
    """Why this price and share, and why there are more pieces than were stated."""
    if pieces[award.line_id] <= demand.quantity:
        return award.explanation
    return (
        f"{award.explanation} Gemeldet waren {demand.quantity} Stück; bis zu Ihrer Höchstmenge ist "
        "aufgefüllt, weil die nächste Staffel es billiger macht. Niemand zahlt dadurch mehr. Die "
        "Kosten allein sind nur für die gemeldeten Stück gerechnet."
    )


def _amounts(planned: bundling.Order, awards: Sequence[bundling.Award]) -> dict[int, int]:
    """Each award's part of its order line's amount, by its number from 1, by pieces."""
    amounts: dict[int, int] = {}
    for line in planned.lines:
        pieces = {
            number: award.quantity
            for number, award in enumerate(awards, 1)
            if (award.item, award.months) == (line.item, line.months)
        }
        amounts |= apportion(line.amount_cents, pieces)
    return amounts


async def _call(tx: Transaction, orders: Iterable[Order], known: Sequence[Contract]) -> None:
    """Add the orders to what is called from their contracts, whose rows are locked."""
    called = {contract.id: contract for contract in known}
    for order in orders:
        pieces = sum(line.quantity for line in order.lines)
        goods = sum(line.amount for line in order.lines)
        called[order.contract_id] = contracts.call(called[order.contract_id], pieces, goods)
    for contract in known:
        if called[contract.id] != contract:
            await keep_in_step(tx, called[contract.id])
