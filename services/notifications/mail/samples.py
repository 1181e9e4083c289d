"""Sample occasions of every kind, from the examples that the events themselves carry."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.notifications.domain import (
    BOARD,
    KID,
    KINDS,
    Background,
    Contact,
    Demand,
    Member,
    Occasion,
    Round,
    Saving,
    Telling,
    gathered,
)
from shared.events import CATALOGUE

NOW = datetime(2026, 3, 31, 10, 0, 30, tzinfo=UTC)
_NAMES = UUID("0190163d-8694-739b-aea5-966c26f8ad00")
_ROUND = UUID("0190163d-8694-739b-aea5-966c26f8ad02")
_DEMAND = UUID("0190163d-8694-739b-aea5-966c26f8ad04")

_ADDRESS = "it@barleben.example"

MEMBER = Member(
    number="10002",
    name="Gemeinde Barleben",
    contacts=(Contact("it", "IT-Stelle", _ADDRESS),),
)
BACKGROUND = Background(
    member=MEMBER,
    rounds={
        _ROUND: Round(
            id=_ROUND,
            reference="R-2026-0001",
            title="Frühjahrsbeschaffung 2026",
            categories=("hardware", "finance"),
            cut_off=datetime(2026, 3, 31, 10, tzinfo=UTC),
            opened_at=datetime(2026, 1, 15, 8, tzinfo=UTC),
            opened_by=_NAMES,
        )
    },
    savings=(
        Saving("10007", "Stadt Zeitz", 17_290_000, 19_140_000),
        Saving("10002", "Gemeinde Barleben", 14_830_040, 16_010_000),
        Saving("10011", "Landkreis Börde", 8_000_000, 8_850_000),
    ),
    demands={
        _DEMAND: Demand(
            id=_DEMAND,
            member="10002",
            reference="B-2026-00017",
            name="Notebook 14 Zoll, 16 GB",
            quantity=12,
            unit="C62",
            needed_by=datetime(2026, 6, 30, tzinfo=UTC).date(),
            round_id=_ROUND,
        )
    },
)

_TOLD: dict[str, tuple[str, list[str]]] = {
    "application_received": (BOARD, ["application.received.v1"]),
    "application_refused": (BOARD, ["application.refused.v1"]),
    "member_admitted": ("10002", ["member.admitted.v1"]),
    "notice_confirmed": ("10002", ["member.notice_confirmed.v1"]),
    "membership_ended": ("10002", ["member.left.v1"]),
    "shares_changed": ("10002", ["member.changed.v1"]),
    "member_excluded": ("10002", ["member.excluded.v1"]),
    "term_ending": ("10002", ["member.term_ending.v1"]),
    "member_succeeded": ("10007", ["member.succeeded.v1"]),
    "repayment_due": ("10002", ["repayment.due.v1"]),
    "demands_received": (
        "10002",
        [
            "demand.accepted.v1",
            "demand.consultation_opened.v1",
            "demand.referred.v1",
            "demand.withdrawal_confirmed.v1",
            "demand.refusal_confirmed.v1",
        ],
    ),
    "demands_rejected": ("10002", ["demand.rejected.v1"]),
    "question_asked": ("10002", ["demand.question_asked.v1"]),
    "proposal_made": ("10002", ["demand.proposal_made.v1"]),
    "details_asked": ("10002", ["demand.details_asked.v1"]),
    "answer_due": ("10002", ["demand.answer_due.v1"]),
    "proposal_lapsed": ("10002", ["demand.proposal_lapsed.v1"]),
    "demand_lapsed": ("10002", ["demand.lapsed.v1"]),
    "similar_found": ("10002", ["demand.similar_found.v1", "demand.similar_found.v1"]),
    "approval_requested": ("10002", ["demand.approval_requested.v1"]),
    "approval_due": ("10002", ["demand.approval_due.v1"]),
    "approval_limit": ("10002", ["approval.limit_confirmed.v1"]),
    "round_missed": ("10002", ["demand.round_missed.v1"]),
    "round_opened": ("10002", ["round.opened.v1"]),
    "round_invitation": ("10002", ["round.invited.v1"]),
    "round_reminder": ("10002", ["round.opened.v1"]),
    "round_closed": ("10002", ["round.counted.v1"]),
    "bundle_result": ("10002", ["bundle.shared.v1"]),
    "order_to_kid": (KID, ["order.placed.v1"]),
    "order_confirmed": ("10002", ["order.confirmed.v1"]),
    "order_refused": ("10002", ["order.refused.v1"]),
    "delivery": ("10002", ["delivery.recorded.v1"]),
    "delivery_late": ("10002", ["order.confirmed.v1"]),
    "cost_statement": ("10002", ["cost.stated.v1"]),
    "round_report": (BOARD, ["round.completed.v1"]),
    "capacity_low": (KID, ["contract.capacity_low.v1"]),
    "capacity_exhausted": (BOARD, ["contract.exhausted.v1"]),
    "record_anchored": (BOARD, ["record.anchored.v1", "record.anchored.v1"]),
    "solution_news": ("10002", ["subscription.changed.v1"]),
    "monthly_costs": ("10002", ["subscription.cost_stated.v1"]),
    "pilot_opened": ("10002", ["pilot.opened.v1"]),
    "pilot_interest": ("10002", ["pilot.interest_noted.v1"]),
    "pilot_started": ("10002", ["pilot.started.v1"]),
    "pilot_lapsed": ("10002", ["pilot.lapsed.v1"]),
    "tender_need": (KID, ["tender.proposed.v1"]),
    "tender_revised": (BOARD, ["tender.proposed.v1"]),
    "tender_decided": (BOARD, ["tender.decision_recorded.v1"]),
    "tender_dropped": (KID, ["tender.dropped.v1"]),
    "contact_bounced": (BOARD, ["contact.bounced.v1"]),
}
_GATHERED = {
    "digest_it": ("demands_received", "round_closed"),
    "digest_finance": ("monthly_costs",),
    "digest_management": ("pilot_opened", "pilot_interest"),
}


def samples() -> list[Telling]:
    """One telling of every kind; several events where the kind is collected."""
    alone = [_telling(kind, *_TOLD[kind]) for kind in KINDS if kind in _TOLD]
    by_kind = {telling.kind.name: telling for telling in alone}
    together = [
        Telling(
            tuple(gathered(by_kind[part], KINDS[kind].role, [_ADDRESS]) for part in _GATHERED[kind])
        )
        for kind in KINDS
        if kind in _GATHERED
    ]
    return alone + together


def _telling(kind: str, party: str, types: list[str]) -> Telling:
    return Telling(
        tuple(
            Occasion(
                cause=uuid5(_NAMES, f"{kind} {at}"),
                kind=kind,
                party=party,
                type=type_,
                data=_apart(CATALOGUE[type_].example, at),
                known_at=NOW + timedelta(seconds=at),
            )
            for at, type_ in enumerate(types)
        )
    )


def _apart(example: dict[str, Any], at: int) -> dict[str, Any]:
    """The same example twice in a mail is about two demands, or of two services."""
    if at and "service" in example:
        return {**example, "service": "demand", "position": 311}
    if not at or "demand_id" not in example:
        return example
    return {
        **example,
        "demand_id": str(uuid5(_NAMES, f"demand {at}")),
        "reference": f"B-2026-{17 + at:05d}",
    }
