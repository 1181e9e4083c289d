"""Decisions on subscriptions, their months, and pilots."""

from datetime import date

from services.procurement.bundling.monthly import Month
from services.procurement.domain.contracts import Contract
from services.procurement.domain.pilots import Pilot
from services.procurement.domain.subscriptions import Subscription
from services.procurement.handlers.recording.bases import SHARING, TERMS
from shared.decisions import Basis, Decision

PILOTS = Basis("pilots", "Decided by the cooperative: enough members within the time announced")


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
