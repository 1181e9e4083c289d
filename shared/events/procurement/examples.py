"""Who and what the examples of these messages are about."""

ROUND = {"round_id": "0190163d-8694-739b-aea5-966c26f8ad02", "reference": "R-2026-0001"}

CONTRACT = {"contract_id": "0190163d-8694-739b-aea5-966c26f8ad03", "reference": "RV-2026-NB"}

ORDER = {"order_id": "0190163d-8694-739b-aea5-966c26f8ad07", "reference": "A-2026-0001"}

DEMAND_ID = "0190163d-8694-739b-aea5-966c26f8ad04"

DEMAND = {
    "demand_id": DEMAND_ID,
    "demand_reference": "B-2026-00017",
    "item": "NB-14",
    "name": "Notebook 14 Zoll, 16 GB",
}

BUNDLE = {
    **ROUND,
    "bundle_id": "0190163d-8694-739b-aea5-966c26f8ad0a",
    "members": 22,
    "demands": 214,
    "orders": 61,
    "unfilled": 3,
    "total": "412309.40",
    "bound": "412309.40",
    "alone": "451220.10",
    "fingerprint": "9f86d081884c7d65",
}
