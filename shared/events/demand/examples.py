"""Who and what the examples of these messages are about."""

DEMAND_ID = "0190163d-8694-739b-aea5-966c26f8ad04"

KEY = {"demand_id": DEMAND_ID, "reference": "B-2026-00017", "member": "10002"}

QUESTION_ID = "0190163d-8694-739b-aea5-966c26f8ad05"

PROPOSAL_ID = "0190163d-8694-739b-aea5-966c26f8ad06"

ROUND = {"round_id": "0190163d-8694-739b-aea5-966c26f8ad02", "reference": "R-2026-0001"}
