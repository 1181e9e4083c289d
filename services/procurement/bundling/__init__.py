"""The provably cheapest bundle, fairly shared: demand lines and contracts in, plan out.

`plan_round` serves as many pieces as the contracts allow and, among all plans that do, takes the
cheapest; prices are computed in exact integers by `pricing.price` alone. The search runs in a
process of its own.

Every award carries its exact part of the invoice (`Award.share_cents`): over the awards of an
order these sum to the order's total. What a member finally pays is `MemberResult.share_cents` =
the sum of its awards' parts + `balance_cents`. The balance moves money between members so that
nobody pays more than alone and equal things cost equal prices; all balances sum to zero.
"""

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.certify import NotProved, certify
from services.procurement.bundling.filling import added, as_filled, plan_filled
from services.procurement.bundling.hints import near_minimums, near_tiers
from services.procurement.bundling.model import (
    Award,
    BadRound,
    Certificate,
    Contract,
    Limits,
    Line,
    MemberResult,
    MinimumResult,
    Order,
    OrderLine,
    Plan,
    Reason,
    Tier,
    TierResult,
    Unfilled,
)
from services.procurement.bundling.recheck import recheck
from services.procurement.bundling.round import plan_round
from services.procurement.bundling.solve import Highs, Solver, SolverFailed

__all__ = [
    "Award",
    "BadRound",
    "Certificate",
    "Contract",
    "Highs",
    "Limits",
    "Line",
    "MemberResult",
    "MinimumResult",
    "NotProved",
    "Order",
    "OrderLine",
    "Plan",
    "Reason",
    "Solver",
    "SolverFailed",
    "Tier",
    "TierResult",
    "Unfilled",
    "added",
    "apportion",
    "as_filled",
    "certify",
    "near_minimums",
    "near_tiers",
    "plan_filled",
    "plan_round",
    "recheck",
]
