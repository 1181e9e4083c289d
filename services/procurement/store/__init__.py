"""Procurement's tables and queries; they return domain objects.

Rooms: `tables`, `rows` (columns and fields of the same names), `contracts` (with catalogue and
<<<<<<< HEAD
members), `rounds` (with demand and reference numbers), `bundles`, `orders`, `tenders`.
=======
members), `rounds` (with demand and reference numbers), `bundles`, `orders`, `ledger` (a year
in one piece).
>>>>>>> ea97a5b (Export contracts, call-offs and rounds as open data by OCDS 1.1)
"""

from services.procurement.store.bundles import (
    Bundle,
    bundle_of,
    figures_of,
    proposed_rounds,
    report_of,
    save_bundle,
    show_bundle,
)
from services.procurement.store.contracts import (
    contract,
    contract_with_reference,
    contracts,
    contracts_out_of_step,
    items,
    joining_days,
    lots,
    member_names,
    pricing,
    save_contract,
    save_item,
    save_member,
    show_contract,
)
from services.procurement.store.ledger import show_ledger
from services.procurement.store.orders import (
    accepted_parts,
    add_delivery,
    add_invoice,
    add_orders,
    add_shares,
    costs_of_round,
    is_delivery_known,
    is_round_answered,
    is_round_settled,
    known_invoice,
    lines_in_round,
    newly_settled,
    order,
    save_order,
    shares,
    show_order,
)
from services.procurement.store.rounds import (
    Tally,
    counted_rounds,
    demands,
    forget_demand,
    next_references,
    round_with,
    rounds_past_cut_off,
    save_demand,
    save_round,
    show_round,
    take,
    tally,
)
from services.procurement.store.tables import Base
from services.procurement.store.tenders import open_tender, save_tender, show_tender, tender

__all__ = [
    "Base",
    "Bundle",
    "Tally",
    "accepted_parts",
    "add_delivery",
    "add_invoice",
    "add_orders",
    "add_shares",
    "bundle_of",
    "contract",
    "contract_with_reference",
    "contracts",
    "contracts_out_of_step",
    "costs_of_round",
    "counted_rounds",
    "demands",
    "figures_of",
    "forget_demand",
    "is_delivery_known",
    "is_round_answered",
    "is_round_settled",
    "items",
    "joining_days",
    "known_invoice",
    "lines_in_round",
    "lots",
    "member_names",
    "newly_settled",
    "next_references",
    "open_tender",
    "order",
    "pricing",
    "proposed_rounds",
    "report_of",
    "round_with",
    "rounds_past_cut_off",
    "save_bundle",
    "save_contract",
    "save_demand",
    "save_item",
    "save_member",
    "save_order",
    "save_round",
    "save_tender",
    "shares",
    "show_bundle",
    "show_contract",
    "show_ledger",
    "show_order",
    "show_round",
    "show_tender",
    "take",
    "tally",
    "tender",
]
