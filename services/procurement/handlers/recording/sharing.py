"""Decisions on who gets what and pays what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.procurement import bundling
from services.procurement.domain.costs import Costs
from services.procurement.domain.orders import Order
from services.procurement.domain.rounds import Demand, Round
from services.procurement.handlers.recording.bases import BUNDLING, SHARING
from services.procurement.store import Bundle
from shared.decisions import Basis, Decision

SHORTAGE = Basis("shortage", "Pieces first, then least cost; scarce pieces in proportion")


def shared(round: Round, bundle: Bundle) -> Iterator[Decision]:  # noqa: A002
    """Each member's share, with what it is measured by."""
    proof = bundle.plan.certificate
    for each in bundle.plan.members:
        yield Decision(
            "share",
            str(round.id),
            "shared",
            rules=(SHARING,),
            inputs={
                "bundle_id": bundle.id,
                "alone": each.alone_cents,
                "alone_bound": proof.alone_bounds.get(each.member),
                "alone_missing": each.alone_missing,
                "list": each.list_cents,
            },
            result={
                "share": each.share_cents,
                "balance": each.balance_cents,
                "saving": each.saving_cents,
                "delta": proof.delta,
                "subgroups_checked": proof.subgroups_checked,
            },
            concerns=each.member,
        )


def allocated(orders: Sequence[Order]) -> Iterator[Decision]:
    """What each demand gets, from where, and why at this price."""
    for order in orders:
        for line in order.lines:
            yield Decision(
                "allocation",
                str(line.demand_id),
                "allocated",
                rules=(BUNDLING, SHARING),
                inputs={"item": line.item, "alone": line.alone, "list": line.list_price},
                result={
                    "order": order.reference,
                    "contract": order.contract_reference,
                    "quantity": line.quantity,
                    "unit_price": line.unit_cents,
                    "share": line.share,
                    "explanation": line.explanation,
                },
                concerns=line.member,
            )


def left_out(
    unfilled: Iterable[bundling.Unfilled], demands: Mapping[str, Demand]
) -> Iterator[Decision]:
    """Pieces that nobody serves, and why."""
    for missing in unfilled:
        yield Decision(
            "shortage",
            missing.line_id,
            missing.reason,
            rules=(SHORTAGE,),
            inputs={"item": missing.item, "quantity": demands[missing.line_id].quantity},
            result={"unfilled": missing.quantity, "explanation": missing.explanation},
            concerns=demands[missing.line_id].member,
        )


def charged(round: Round, member: str, paid: Costs, balance: int) -> Decision:  # noqa: A002
    """What a member pays in the end, after KID's answers."""
    return Decision(
        "cost",
        str(round.id),
        "stated",
        rules=(SHARING,),
        inputs={"reference": round.reference, "balance": balance},
        result={"net": paid.net, "vat": paid.vat, "alone": paid.alone, "saving": paid.saving},
        concerns=member,
    )
