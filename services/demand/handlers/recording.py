"""What demand puts on record: the figures that a reader needs to follow each decision."""

from uuid import UUID

from services.demand.domain import Demand, Status, Step
from shared.decisions import Basis, Decision
from shared.decisions.decision import By
from shared.rules import Rule

WISHES = Basis("wishes", "Statute: members only; catalogue, dates and the round's cut-off")
DEADLINES = Basis("deadlines", "The day of need, a proposal's day, the round's cut-off")
SUCCESSION = Basis("succession", "§ 77a GenG: who stands in a member's place has its demand")
CONSULTATION = Basis("consultation", "What a member accepts of KID's proposals counts")


def counted(demand: Demand, usual_above: Rule) -> Decision:
    """A demand that counts from now on, awaits an approval, or is in words and KID's to consult.

    `usual_above` is the value from which on two persons decide where a member says nothing.
    """
    wish = demand.wish
    outcome = "accepted" if demand.status is Status.OPEN else demand.status.value
    return Decision(
        "demand",
        str(demand.id),
        outcome,
        rules=(WISHES, usual_above),
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
            "value_cents": demand.value_cents,
            "above_cents": demand.above_cents,
        },
        result={"round": wish.round_id, "without_contract": demand.without_contract},
        concerns=wish.member,
    )


def joined(demand: Demand) -> Decision:
    """A demand that waited, in the round that takes it."""
    return Decision(
        "demand",
        str(demand.id),
        "joined",
        rules=(WISHES,),
        inputs={"reference": demand.reference, "status": demand.status},
        result={"round": demand.wish.round_id, "without_contract": demand.without_contract},
        concerns=demand.wish.member,
    )


def passed_on(demand: Demand, predecessor: str) -> Decision:
    """A demand that is its member's successor's from now on."""
    return Decision(
        "demand",
        str(demand.id),
        "passed_on",
        rules=(SUCCESSION,),
        inputs={"reference": demand.reference, "predecessor": predecessor},
        result={"member": demand.wish.member, "status": demand.status},
        concerns=demand.wish.member,
    )


def withdrawn(demand: Demand) -> Decision:
    """A demand that no longer counts."""
    return _told(demand, "demand", "withdrawn", "member", {})


def proposal(demand: Demand, proposal_id: UUID, outcome: str, by: By) -> Decision:
    """A proposal made by KID, or accepted or declined by the member."""
    return _told(demand, "proposal", outcome, by, {"proposal": proposal_id})


def referred(demand: Demand) -> Decision:
    """That KID found no contract for a requirement, and its estimate."""
    entry = demand.talk[-1]
    return Decision(
        "referral",
        str(demand.id),
        "for_tender",
        rules=(CONSULTATION,),
        inputs={
            "reference": demand.reference,
            "cpv": entry["cpv"],
            "quantity": entry["quantity"],
            "unit_price": entry["unit_price"],
        },
        by="kid",
        concerns=demand.wish.member,
    )


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


def approval(demand: Demand, outcome: str, role: str, usual_above: Rule) -> Decision:
    """What a second person of the member said, by role."""
    return Decision(
        "approval",
        str(demand.id),
        outcome,
        rules=(usual_above,),
        inputs={
            "reference": demand.reference,
            "value_cents": demand.value_cents,
            "above_cents": demand.above_cents,
            "role": role,
        },
        result={"status": demand.status, "round": demand.wish.round_id},
        by="member",
        concerns=demand.wish.member,
    )


def approval_limit(
    member: str, own_cents: int | None, above_cents: int, role: str, usual_above: Rule
) -> Decision:
    """From which expected value on a member wants two persons."""
    return Decision(
        "approval_limit",
        member,
        "set",
        rules=(usual_above,),
        inputs={"role": role, "own_cents": own_cents},
        result={"above_cents": above_cents},
        by="member",
        concerns=member,
    )


def person_erased(member: str, demands: int) -> Decision:
    """That a person of a member is named no more, and in how many demands it was."""
    return Decision(
        "contact",
        member,
        "erased",
        rules=(Basis("contact_erasure", "Art. 17 DSGVO"),),
        result={"demands": demands},
        concerns=member,
    )


def ended(demand: Demand, step: Step) -> Decision:
    """Something that the clock ended: a demand, a proposal, the wait for a round."""
    return Decision(
        "demand",
        str(demand.id),
        step.kind,
        rules=(DEADLINES,),
        inputs={"reference": demand.reference, **step.entry},
        result={"status": demand.status},
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
