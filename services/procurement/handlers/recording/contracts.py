"""Decisions on framework contracts and their maximum."""

from services.procurement.domain import contracts
from services.procurement.domain.contracts import Contract
from services.procurement.handlers.recording.bases import TERMS
from shared.decisions import Decision
from shared.rules import Rule, Rules


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
