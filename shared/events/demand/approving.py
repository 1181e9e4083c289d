"""What is said about the second person's approval inside a member."""

from shared.events.common import Person
from shared.events.demand.examples import KEY, ROUND
from shared.events.envelope import Event
from shared.events.fields import Day, Id, Instant, MemberNumber, Name, Price, Quantity, Text, Word

_CHIEF = {"role": "management", "name": "Büro des Bürgermeisters"}
_WAITING = {
    **KEY,
    "name": "Notebook 14 Zoll, 16 GB",
    "quantity": 1400,
    "expected": "1160600.00",
    "above": "1000000.00",
}


class DemandApprovalRequested(Event):
    """A demand counts only once a second person of the member approves it.

    `expected` is what it is likely to cost in all, net; `above` the value from which on the
    member wants two persons. Until then no round holds it; `cut_off` is when the round that
    would take it closes. `now_priced`: it counted before, as no contract priced it and nobody knew
    what it is worth; `stated_by` is "nicht genannt" where it named nobody then.
    """

    type = "demand.approval_requested.v1"
    subject_field = "demand_id"
    in_journal = False
    example = {
        **_WAITING,
        "needed_by": "2026-06-30",
        "stated_by": {"role": "it", "name": "m.schulz"},
        "cut_off": "2026-03-31T10:00:00Z",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name
    quantity: Quantity
    expected: Price
    above: Price
    needed_by: Day
    stated_by: Person
    cut_off: Instant | None = None
    now_priced: bool = False


class DemandApprovalDue(Event):
    """The round's cut-off is near, and a demand for it still awaits its approval."""

    type = "demand.approval_due.v1"
    subject_field = "demand_id"
    example = {**_WAITING, "round_reference": "R-2026-0001", "cut_off": "2026-03-31T10:00:00Z"}

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name
    quantity: Quantity
    expected: Price
    above: Price
    round_reference: Word
    cut_off: Instant


class DemandRoundMissed(Event):
    """A round closed while a demand awaited its approval; approved later it joins the next."""

    type = "demand.round_missed.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "name": "Notebook 14 Zoll, 16 GB",
        "quantity": 1400,
        "round_id": ROUND["round_id"],
        "round_reference": ROUND["reference"],
        "needed_by": "2026-06-30",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name
    quantity: Quantity
    round_id: Id
    round_reference: Word
    needed_by: Day


class DemandRefusalConfirmed(Event):
    """A demand no longer counts, as the second person refused it."""

    type = "demand.refusal_confirmed.v1"
    subject_field = "demand_id"
    in_journal = False
    example = {
        **KEY,
        "name": "Notebook 14 Zoll, 16 GB",
        "approver": _CHIEF,
        "reason": "Nicht im Haushalt",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name
    approver: Person
    reason: Text | None = None


class ApprovalLimitConfirmed(Event):
    """From which expected net value on a member wants two persons for a demand.

    `own` tells whether the member said so itself or the cooperative's usual value holds.
    """

    type = "approval.limit_confirmed.v1"
    subject_field = "member"
    in_journal = False
    example = {"member": "10002", "above": "50000.00", "own": True, "set_by": _CHIEF}

    member: MemberNumber
    above: Price
    own: bool
    set_by: Person
