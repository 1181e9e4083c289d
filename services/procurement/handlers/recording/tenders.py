"""Proposals and decisions on what no contract can serve."""

from dataclasses import asdict

from services.procurement.domain.tenders import Need
from shared.decisions import Decision
from shared.decisions.decision import By


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


def tender_dropped(need: Need) -> Decision:
    """That nothing of a tender need is wanted any more."""
    return Decision(
        "tender",
        str(need.id),
        "dropped",
        rules=need.proposal.rules,
        inputs={"reference": need.reference, "revision": need.revision},
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
