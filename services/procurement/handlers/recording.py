"""What procurement puts on record: the figures that a reader needs to follow each decision."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from services.procurement import bundling
from services.procurement.bundling.monthly import Month
from services.procurement.domain import contracts
from services.procurement.domain.contracts import Contract
from services.procurement.domain.costs import Costs
from services.procurement.domain.orders import Order
from services.procurement.domain.pilots import Pilot
from services.procurement.domain.rounds import Demand, Round
from services.procurement.domain.subscriptions import Subscription
from services.procurement.domain.tenders import Need
from services.procurement.store import Bundle
from shared.decisions import Basis, Decision
from shared.decisions.decision import By
from shared.rules import Rule, Rules

TERMS = Basis("contract terms", "§ 21 VgV, § 15 UVgO; ECJ C-23/20")
ROUNDS = Basis("rounds", "Decided by the cooperative: demand counts until the cut-off")
BUNDLING = Basis("bundling", "Least cost over all contracts, with a proved bound (README)")
SHARING = Basis(
    "cost sharing",
    "Nobody pays more than alone; values of the linear programme's dual (Goemans & Skutella, "
    "J. Algorithms 50, 2004), delta stated",
)
APPROVAL = Basis("gap to the bound", "KITU_PROCUREMENT_APPROVE_GAP_PERCENT")
SHORTAGE = Basis("shortage", "Pieces first, then least cost; scarce pieces in proportion")
CALL_OFF = Basis("call-off", "§ 21 (4) VgV, § 15 (4) UVgO: under the agreed terms, no reopening")
PILOTS = Basis("pilots", "Decided by the cooperative: enough members within the time announced")
INVOICES = Basis("invoice", "Exactly the accepted lines, fees and VAT (§ 14 UStG)")


def registered(contract: Contract, rules: Rules, reason: str | None) -> Decision:
    """A framework contract that may be called from, or its new terms."""
    terms = contract.terms
    term = rules.at(f"framework_years_{terms.law or 'vgv'}", terms.valid_from)
    return Decision(
        "contract",
        str(contract.id),
        "registered" if contract.version == 1 else "changed",
        rules=(TERMS, term),
        inputs={
            "reference": terms.reference,
            "valid_from": terms.valid_from,
            "valid_until": terms.valid_until,
            "items": len(terms.items),
            "named_buyers": len(terms.named_buyers),
            "maximum_quantity": terms.maximum_quantity,
            "maximum_value": terms.maximum_value,
            "reason": reason,
        },
        result={"version": contract.version},
    )


def warned(contract: Contract, warning: contracts.Warning, levels: Rule) -> Decision:
    """A threshold of a contract's estimate or maximum that its calls have reached."""
    return Decision(
        "threshold",
        str(contract.id),
        f"{warning.limit} {warning.level} %",
        rules=(levels,),
        inputs={
            "reference": contract.terms.reference,
            "measure": warning.capacity.measure,
            "called": warning.capacity.called,
            "maximum": warning.capacity.maximum,
        },
        result={"percent": warning.capacity.percent},
    )


def opened(round: Round) -> Decision:  # noqa: A002
    """A round that takes demand."""
    about = {"reference": round.reference, "categories": round.categories}
    return _round(round, "opened", "kid", {**about, "cut_off": round.cut_off})


def closed(round: Round) -> Decision:  # noqa: A002
    """A round that takes no more demand."""
    by: By = "rule" if round.close_reason == "cut_off" else "board"
    about = {"reference": round.reference, "cut_off": round.cut_off}
    return _round(round, "closed", by, {**about, "reason": round.close_reason})


def _round(round: Round, outcome: str, by: By, inputs: dict[str, Any]) -> Decision:  # noqa: A002
    return Decision("round", str(round.id), outcome, rules=(ROUNDS,), inputs=inputs, by=by)


def proposed(round: Round, bundle: Bundle) -> Decision:  # noqa: A002
    """A plan, by its fingerprint, with the proof of how good it is."""
    proof = bundle.plan.certificate
    return Decision(
        "bundle",
        str(round.id),
        "proposed",
        rules=(BUNDLING,),
        inputs={"reference": round.reference, "basis": bundle.basis},
        result={
            "bundle_id": bundle.id,
            "plan": bundle.plan.fingerprint,
            "gap_ppm": bundle.gap_ppm,
            "exact_bound": proof.exact_bound_cents,
            "proven": proof.proven,
            "stopped_by": proof.stopped_by,
            "solver": proof.solver,
            **bundle.figures,
        },
    )


def outdated(round: Round, bundle: Bundle, basis: str) -> Decision:  # noqa: A002
    """A plan given up, since demand or contracts are no longer those it was computed on."""
    return Decision(
        "bundle",
        str(round.id),
        "outdated",
        rules=(BUNDLING,),
        inputs={"bundle_id": bundle.id, "basis": bundle.basis},
        result={"basis": basis},
    )


def compared(round: Round, bundle: Bundle, limit_ppm: int) -> Decision:  # noqa: A002
    """Whether a plan's gap is within what may be ordered without a person's decision."""
    return Decision(
        "threshold",
        str(round.id),
        "within" if bundle.gap_ppm <= limit_ppm else "above",
        rules=(APPROVAL,),
        inputs={"gap_ppm": bundle.gap_ppm, "limit_ppm": limit_ppm},
    )


def approved(round: Round, bundle: Bundle, approved_by: str) -> Decision:  # noqa: A002
    """A plan whose orders are placed."""
    return Decision(
        "bundle",
        str(round.id),
        "approved",
        rules=(APPROVAL,),
        inputs={"bundle_id": bundle.id, "plan": bundle.plan.fingerprint},
        result={"approved_by": approved_by},
    )


def placed(order: Order) -> Decision:
    """A call-off."""
    return Decision(
        "order",
        str(order.id),
        "placed",
        rules=(CALL_OFF,),
        inputs={
            "reference": order.reference,
            "contract": order.contract_reference,
            "version": order.contract_version,
            "lines": len(order.lines),
        },
        result={"net": order.net, "fees": order.fees},
    )


def answered(order: Order) -> Decision:
    """What KID accepted of an order."""
    return Decision(
        "order",
        str(order.id),
        order.state,
        rules=(CALL_OFF,),
        inputs={"ordered": sum(line.quantity for line in order.lines), "reason": order.reason},
        result={"accepted": sum(line.accepted or 0 for line in order.lines)},
        by="kid",
    )


def invoiced(order: Order) -> Decision:
    """An invoice that states exactly what was accepted."""
    return Decision(
        "invoice",
        str(order.id),
        "accepted",
        rules=(INVOICES,),
        inputs={"reference": order.reference, "invoice": order.invoice},
        result={"net": order.net_accepted, "vat": sum(line.vat or 0 for line in order.lines)},
    )


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


def tender_proposed(need: Need) -> Decision:
    """What the rules of a day make of a tender need."""
    proposal = need.proposal
    return Decision(
        "tender_proposal",
        str(need.id),
        proposal.procedure,
        rules=proposal.rules,
        inputs={
            "reference": need.reference,
            "day": proposal.day,
            "outlook": asdict(need.outlook),
            "demands": [wanted.demand_reference for wanted in need.wanted],
        },
        result={"value": proposal.value, "lots": [lot.value for lot in proposal.lots]},
    )


def tender_decided(need: Need, by: By) -> Decision:
    """What a person decided on a tender need, beside what was proposed."""
    if need.decision is None:
        raise LookupError(f"{need.reference} is not decided")
    return Decision(
        "tender",
        str(need.id),
        need.decision.procedure,
        rules=need.proposal.rules,
        by=by,
        inputs={
            "reference": need.reference,
            "proposed": need.proposal.procedure,
            "value": need.proposal.value,
        },
        result=asdict(need.decision),
    )


def subscription(changed: Subscription, change: str) -> Decision:
    """A subscription as it is from now on."""
    return Decision(
        "subscription",
        str(changed.id),
        change,
        rules=(TERMS,),
        inputs={"reference": changed.reference, "users": changed.users[-1][1]},
        result={"charged_from": changed.first_month, "last_month": changed.last_month},
        concerns=changed.member,
    )


def month_shared(contract: Contract, month: date, shared: Month) -> Decision:
    """A month of a solution, priced together and shared."""
    return Decision(
        "month",
        str(contract.id),
        month.isoformat(),
        rules=(SHARING,),
        inputs={"reference": contract.terms.reference, "alone": dict(shared.alone_cents)},
        result={"total": shared.total_cents, "shares": dict(shared.share_cents)},
    )


def pilot(ended: Pilot) -> Decision:
    """Whether a pilot found enough members."""
    return Decision(
        "pilot",
        str(ended.id),
        ended.state,
        rules=(PILOTS,),
        inputs={"least_members": ended.least_members, "interest_by": ended.interest_by},
        result={"interested": list(ended.interested)},
    )
