"""KID and members talk about needs that were stated in words."""

from datetime import timedelta

from uuid_utils.compat import uuid7

from deploy.demo.record import Record
from deploy.demo.systems import Systems, today
from deploy.kitu.messages import Message
from shared.events.demand import (
    DemandConsultationOpened,
    DemandDetailsAsked,
    DemandDetailsGiven,
    DemandProposalDeclined,
    DemandProposalMade,
    DemandSpecified,
)
from shared.events.kid import ProposalMade
from shared.events.member import ConsultationDetailsGiven, ProposalAccepted, ProposalDeclined

PROPOSALS = {
    "Akte": ("DMS-USER", 18, 1140),
    "Sitzung": ("RAT-MANDAT", 28, 460),
    "115": ("TEL-115", 10, 1650),
}
"""What KID proposes for a need in words, by a word in it: item, pieces, cents."""


async def consulted(systems: Systems, record: Record) -> tuple[int, list[Message]]:
    """One member tells details, KID proposes, one accepts, one declines, one waits.

    Returns how many needs were in words, and what the members said.
    """
    needs = {event.demand_id: event for event in record.of(DemandConsultationOpened)}
    said = await _details(systems, record)
    proposals = [_proposal(need) for need in sorted(needs.values(), key=lambda n: n.requirement)]
    await systems.state("kid", *proposals)
    await record.until(
        lambda: len(record.of(DemandProposalMade)) == len(proposals), "proposals made"
    )
    first, second, *_ = proposals
    yes = ProposalAccepted(
        member=needs[first.demand_id].member,
        demand_id=first.demand_id,
        proposal_id=first.proposal_id,
    )
    no = ProposalDeclined(
        member=needs[second.demand_id].member,
        demand_id=second.demand_id,
        proposal_id=second.proposal_id,
        reason="Erst nach dem Haushaltsbeschluss",
    )
    for answer in (yes, no):
        said += await systems.state(f"member-{answer.member}", answer)
    await record.until(
        lambda: bool(record.of(DemandSpecified)) and bool(record.of(DemandProposalDeclined)),
        "answers to the proposals",
    )
    return len(needs), said


async def _details(systems: Systems, record: Record) -> list[Message]:
    """One member answers what its requirement lacks by the questions of its category."""
    wanted = {"users", "protection_level"}
    asked, *_ = await record.until(
        lambda: [
            event
            for event in record.of(DemandDetailsAsked)
            if wanted <= {question.field for question in event.questions}
        ],
        "questions about a need",
    )
    told = ConsultationDetailsGiven(
        member=asked.member,
        demand_id=asked.demand_id,
        attributes={"users": 18, "locations": 1, "protection_level": "hoch"},
    )
    said = await systems.state(f"member-{asked.member}", told)
    await record.until(lambda: record.of(DemandDetailsGiven), "details of a need")
    return said


def _proposal(need: DemandConsultationOpened) -> ProposalMade:
    item, quantity, cents = next(
        proposal for word, proposal in PROPOSALS.items() if word in need.requirement
    )
    return ProposalMade(
        demand_id=need.demand_id,
        proposal_id=uuid7(),
        item=item,
        quantity=quantity,
        term_months=36,
        unit_price=cents,
        answer_by=today() + timedelta(days=10),
    )
