"""What KID and the members are told when orders are placed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from services.procurement import bundling
from services.procurement.domain.costs import Share
from services.procurement.domain.money import vat_of
from services.procurement.domain.orders import Order, OrderLine
from services.procurement.domain.rounds import Demand, Round
from services.procurement.domain.tenders import UNSERVABLE
from services.procurement.handlers.translating import demand_of, percent
from services.procurement.store import Bundle
from shared.database import Transaction
from shared.events import common
from shared.events.procurement import (
    Allocation,
    BundleShared,
    DemandAllocated,
    DemandUnfilled,
    OrderPlaced,
    SharedLine,
    UnfilledLine,
)
from shared.events.procurement import OrderLine as StatedLine


def tell_members(
    tx: Transaction,
    round: Round,  # noqa: A002
    bundle: Bundle,
    orders: Sequence[Order],
    shares: Iterable[Share],
    demands: Iterable[Demand],
) -> None:
    """Tell each member what becomes of its demand, line by line and in all."""
    allocated: dict[UUID, list[tuple[Order, OrderLine]]] = {}
    for order in orders:
        for line in order.lines:
            allocated.setdefault(line.demand_id, []).append((order, line))
    unfilled: dict[UUID, list[bundling.Unfilled]] = {}
    for missing in bundle.plan.unfilled:
        unfilled.setdefault(UUID(missing.line_id), []).append(missing)

    by_member: dict[str, list[Demand]] = {}
    for demand in sorted(demands, key=lambda each: (each.member, each.reference)):
        by_member.setdefault(demand.member, []).append(demand)
        if demand.id in allocated:
            parts = [Allocation(**_allocation(*each)) for each in allocated[demand.id]]
            tx.emit(
                DemandAllocated(
                    demand_id=demand.id,
                    demand_reference=demand.reference,
                    member=demand.member,
                    round_id=round.id,
                    allocations=parts,
                ),
                party=demand.member,
                correlationid=demand.way,
            )
        for missing in unfilled.get(demand.id, []):
            tx.emit(
                DemandUnfilled(
                    **_missing(demand, missing),
                    member=demand.member,
                    round_id=round.id,
                    reason=missing.reason,
                ),
                party=demand.member,
                correlationid=demand.way,
            )
    share_of = {each.member: each for each in shares}
    explained = {each.member: each.explanation for each in bundle.plan.members}
    for member, own in by_member.items():
        lines = [
            SharedLine(
                **_allocation(order, line),
                demand_id=line.demand_id,
                demand_reference=line.demand_reference,
            )
            for demand in own
            for order, line in allocated.get(demand.id, [])
        ]
        pays = share_of.get(member, Share(member, 0, 0, 0, 0))
        tx.emit(
            BundleShared(
                round_id=round.id,
                reference=round.reference,
                title=round.title,
                bundle_id=bundle.id,
                member=member,
                lines=lines,
                unfilled=[
                    UnfilledLine(**_missing(demand, missing))
                    for demand in own
                    for missing in unfilled.get(demand.id, [])
                ],
                balance=pays.balance,
                share=pays.share,
                alone=pays.alone,
                list_price=pays.list_price,
                saving=pays.alone - pays.share,
                explanation=explained.get(member) or None,
            ),
            party=member,
        )


def _allocation(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "order_reference": order.reference,
        "contract_reference": order.contract_reference,
        "item": line.item,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": line.unit_cents,
        "term_months": line.months,
        "share": line.share,
        "alone": line.alone,
        "list_price": line.list_price,
        "explanation": line.explanation,
    }


def _missing(demand: Demand, missing: bundling.Unfilled) -> dict[str, Any]:
    return {
        "demand_id": demand.id,
        "demand_reference": demand.reference,
        "item": demand.item,
        "name": demand.name,
        "quantity": missing.quantity,
        "explanation": missing.explanation,
        "for_tender": missing.reason in UNSERVABLE,
    }


def order_placed(
    order: Order,
    round: Round,  # noqa: A002
    names: Mapping[str, str],
    demands: Mapping[str, Demand],
) -> OrderPlaced:
    """An order as KID is to read it; `names` are the members' by number, `demands` by id."""
    return OrderPlaced(
        order_id=order.id,
        reference=order.reference,
        contract_id=order.contract_id,
        contract_reference=order.contract_reference,
        round_reference=round.reference,
        place=common.Place.model_validate(asdict(order.place)),
        placed_at=order.placed_at,
        lines=[
            StatedLine(
                **demand_of(line),
                line=line.line,
                member=line.member,
                member_name=names[line.member],
                quantity=line.quantity,
                unit=line.unit,
                needed_from=demands[str(line.demand_id)].needed_from,
                needed_by=demands[str(line.demand_id)].needed_by,
                term_months=line.months,
                unit_price=line.unit_cents,
                amount=line.amount,
            )
            for line in order.lines
        ],
        fees=order.fees,
        net=order.net,
        vat_rate=percent(order.vat_rate),
        vat=vat_of(order.net, order.vat_rate),
    )
