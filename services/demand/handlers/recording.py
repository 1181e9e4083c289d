"""What demand puts on record: the figures that a reader needs to follow each decision."""

from uuid import UUID

from services.demand.domain import Demand
from shared.decisions import Basis, Decision
from shared.decisions.decision import By

WISHES = Basis("wishes", "Statute: members only; catalogue, dates and the round's cut-off")
CONSULTATION = Basis("consultation", "What a member accepts of KID's proposals counts")


def counted(demand: Demand) -> Decision:
    """A demand that counts from now on, or a wish in words that KID is consulted on."""
    wish = demand.wish
    return Decision(
        "demand",
        str(demand.id),
        "accepted" if wish.item else "consultation",
        rules=(WISHES,),
        inputs={
            "reference": demand.reference,
            "revision": demand.revision,
            "item": wish.item,
            "requirement": wish.requirement,
            "quantity": wish.quantity,
            "needed_from": wish.needed_from,
            "needed_by": wish.needed_by,
            "term_months": wish.term_months,
            "price_ceiling": wish.price_ceiling_cents,
        },
        result={"round": wish.round_id},
        concerns=wish.member,
    )


def withdrawn(demand: Demand) -> Decision:
    """A demand that no longer counts."""
    return _told(demand, "demand", "withdrawn", "member", {})


def proposal(demand: Demand, proposal_id: UUID, outcome: str, by: By) -> Decision:
    """A proposal made by KID, or accepted or declined by the member."""
    return _told(demand, "proposal", outcome, by, {"proposal": proposal_id})


def _told(demand: Demand, kind: str, outcome: str, by: By, inputs: dict[str, UUID]) -> Decision:
    return Decision(
        kind,
        str(demand.id),
        outcome,
        rules=(WISHES if kind == "demand" else CONSULTATION,),
        inputs={"reference": demand.reference, **inputs},
        by=by,
        concerns=demand.wish.member,
    )


def closed(round_id: UUID, reference: str, demands: int, pieces: int) -> Decision:
    """A round's books, closed: what counts in it."""
    return Decision(
        "round",
        str(round_id),
        "counted",
        rules=(WISHES,),
        inputs={"reference": reference},
        result={"demands": demands, "pieces": pieces},
    )
