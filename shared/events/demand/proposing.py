"""What is proposed in a consultation until a requirement is orderable."""

from shared.events.demand.examples import KEY, PROPOSAL_ID
from shared.events.envelope import Event, Part
from shared.events.fields import Day, Id, MemberNumber, Months, Name, Price, Quantity, Text, Word


class ProposedItem(Part):
    """One more item of a configuration; its price is net, per piece (and month)."""

    item: Word
    name: Name
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price


class DemandProposalMade(Event):
    """KID proposes a configuration for a requirement; the member answers until a day.

    Several proposals stand beside each other; the member accepts one. `unit_price` is what KID
    states; `expected` is what this quantity of all its items costs in all, over the whole term,
    by the tiers of the contracts in force and without anybody else's demand, `expected_from`
    tells which. Nothing is expected where no contract prices an item for this member.
    """

    type = "demand.proposal_made.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "proposal_id": PROPOSAL_ID,
        "item": "DMS-USER",
        "name": "Dokumentenmanagement je Nutzer",
        "quantity": 25,
        "term_months": 36,
        "unit_price": "11.40",
        "answer_by": "2026-03-01",
        "further": [
            {
                "item": "SCAN-A4",
                "name": "Dokumentenscanner A4",
                "quantity": 2,
                "unit_price": "410.00",
            }
        ],
        "expected": "10735.00",
        "expected_from": "RV-2026-DMS, RV-2026-SC",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    item: Word
    name: Name
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price
    answer_by: Day
    note: Text | None = None
    further: list[ProposedItem] = []
    expected: Price | None = None
    expected_from: Text | None = None
    above_budget: Price | None = None


class DemandProposalCountered(Event):
    """The member would take a proposal otherwise; KID proposes anew or explains."""

    type = "demand.proposal_countered.v1"
    subject_field = "demand_id"
    example = {**KEY, "proposal_id": PROPOSAL_ID, "quantity": 20, "wish": "Ohne Scanner"}

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    quantity: Quantity | None = None
    term_months: Months | None = None
    wish: Text


class DemandProposalLapsed(Event):
    """Nobody answered a proposal by its day; it can no longer be accepted, KID may propose anew."""

    type = "demand.proposal_lapsed.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "proposal_id": PROPOSAL_ID,
        "name": "Dokumentenmanagement je Nutzer",
        "answer_by": "2026-03-01",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    name: Name
    answer_by: Day


class DemandProposalDeclined(Event):
    """The member declined a proposal; the consultation goes on."""

    type = "demand.proposal_declined.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "proposal_id": PROPOSAL_ID,
        "reason": "Zu teuer",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    reason: Text | None = None


class DemandSpecified(Event):
    """A requirement became an orderable item by an accepted proposal.

    `further` are the demands that its other items became, by their references.
    """

    type = "demand.specified.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "proposal_id": PROPOSAL_ID,
        "item": "DMS-USER",
        "quantity": 25,
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    proposal_id: Id
    item: Word
    quantity: Quantity
    further: list[Word] = []
