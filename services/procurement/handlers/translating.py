"""Between the words of the messages, of the domain and of bundling."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.procurement import bundling
from services.procurement.bundling.pricing import check_contract
from services.procurement.domain.contracts import Contract, buyers
from services.procurement.domain.orders import OrderLine
from services.procurement.domain.rounds import Demand
from shared.refusal import refuse


def hundredths(percent: str) -> int:
    """A percentage of the wire as an integer.

    >>> hundredths("19.00")
    1900
    """
    return int(percent.replace(".", ""))


def percent(hundredths: int) -> str:
    """An integer of hundredths as the wire's percentage.

    >>> percent(700)
    '7.00'
    """
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def offer(
    contract: Contract,
    joined: Mapping[str, date],
    successors: Mapping[str, str],
) -> bundling.Contract:
    """A contract as bundling sees it, under its reference, which people know.

    Args:
        joined: the day on which each member joined.
        successors: who stands in whose place.

    Raises:
        Refused: bundling cannot price these tiers.
    """
    terms = contract.terms
    by_quantity = terms.basis == "quantity"
    offered = bundling.Contract(
        id=terms.reference,
        basis=terms.basis,
        mode=terms.mode,
        scope=terms.scope,
        tiers=tuple(
            bundling.Tier(
                (tier.from_quantity if by_quantity else tier.from_value) or 0, dict(tier.prices)
            )
            for tier in terms.tiers
        ),
        call_off_fee_cents=terms.call_off_fee,
        place_fee_cents=terms.delivery_fee,
        pack=dict(terms.packs),
        minimum_pieces=terms.minimum_quantity or 0,
        minimum_cents=terms.minimum_value or 0,
        remaining_pieces=contract.remaining_pieces,
        remaining_cents=contract.remaining_cents,
        lead_days=terms.lead_days,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        entitled=buyers(terms, joined, successors),
        rank=terms.rank,
        cascade=terms.cascade,
    )
    try:
        check_contract(offered)
    except bundling.BadRound as bad:
        raise refuse("tiers", "", str(bad)) from None
    return offered


def lines(demands: Iterable[Demand]) -> list[bundling.Line]:
    """Accepted demand as bundling sees it; equal places are one place."""
    return [
        bundling.Line(
            id=str(demand.id),
            member=demand.member,
            item=demand.item,
            quantity=demand.quantity,
            place=str(demand.place),
            earliest=demand.needed_from,
            latest=demand.needed_by,
            ceiling_cents=demand.ceiling_cents,
            equivalents=demand.equivalents,
            minimum=demand.minimum_quantity,
            months=demand.term_months,
        )
        for demand in demands
    ]


def demand_of(line: OrderLine) -> dict[str, Any]:
    """The fields by which every message names the demand that a line belongs to."""
    return {
        "demand_id": line.demand_id,
        "demand_reference": line.demand_reference,
        "item": line.item,
        "name": line.name,
    }
