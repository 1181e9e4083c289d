"""Decisions on rounds and the plans they end with."""

from typing import Any

from services.procurement.domain.rounds import Round
from services.procurement.handlers.recording.bases import BUNDLING
from services.procurement.store import Bundle
from shared.decisions import Basis, Decision
from shared.decisions.decision import By

ROUNDS = Basis("rounds", "Decided by the cooperative: demand counts until the cut-off")
FILLING = Basis("filling", "Up to maximum_quantity, where all cost less and nobody pays more")
APPROVAL = Basis("gap to the bound", "KITU_PROCUREMENT_APPROVE_GAP_PERCENT")


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


def filled(round: Round, bundle: Bundle, line_id: str, pieces: int) -> Decision:  # noqa: A002
    """Pieces beyond what a member stated, up to the most it would take, to reach a tier."""
    return Decision(
        "bundle",
        line_id,
        "filled",
        rules=(FILLING,),
        inputs={"reference": round.reference, "bundle_id": bundle.id},
        result={"pieces": pieces},
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
