"""What procurement states about demand that no contract can serve."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Event, Part
from shared.events.fields import (
    Count,
    Day,
    Id,
    MemberNumber,
    Months,
    Name,
    Price,
    Quantity,
    Text,
    Word,
)
from shared.events.kid import Category
from shared.events.procurement.contracts import Amount
from shared.events.procurement.examples import DEMAND

Procedure = Literal["direct", "restricted", "public", "eu"]
"""Direct award; restricted invitation or negotiation without competition; public invitation;
EU-wide."""


class WantedLine(Part):
    """Pieces of one demand that wait for a contract; its price is per piece (and month)."""

    demand_id: Id
    demand_reference: Word
    member: MemberNumber
    item: Word
    name: Name
    cpv: str
    quantity: Quantity
    term_months: Months | None = None
    unit_price: Price | None = None
    needed_by: Day
    obstacle: Word
    explanation: Text


class ProposedLot(Part):
    """A lot (Los) as the law suggests it (§ 97 (4) GWB): by CPV, where large also by region.

    `region` are the first digits of the postal codes; `small` may go below the threshold's rules
    (§ 3 (9) VgV).
    """

    number: Quantity
    title: Text
    cpv: str
    region: str | None = None
    pieces: Count
    net: Price
    small: bool = False


class QuotedRule(Part):
    """A dated rule that a proposal rests on; `amount` in cents, days, months or percent."""

    key: Word
    amount: Amount
    valid_from: Day
    valid_until: Day | None = None
    source: Text
    note: Text | None = None


_TENDER = {
    "tender_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
    "reference": "V-2026-0001",
    "category": "hardware",
    "year": 2026,
}


class TenderProposed(Event):
    """Demand no contract can serve (Vergabebedarf), with what the rules of a day make of it.

    From rounds, from what waits for none, and from requirements in words, whose `item` is the
    demand's reference. A proposal: a person decides. `net` (§ 3 VgV) is the sum of the lots and
    `options`; where items are `unpriced` it is only the least. `state_act`: the state's act on
    fair wages and awards applies too (§ 1 TVergG LSA). Each revision replaces the one before;
    `change` is what led to it: the need is `new`, KID `planned`, the `law` asks for another
    procedure, or no more than the `demand` is another, which mails tell once a day.
    """

    type = "tender.proposed.v1"
    subject_field = "tender_id"
    example = {
        **_TENDER,
        "revision": 1,
        "proposed_on": "2026-04-01",
        "net": "265200.00",
        "procedure": "eu",
        "wanted": [
            {
                **DEMAND,
                "member": "10002",
                "cpv": "30213100",
                "quantity": 300,
                "unit_price": "830.00",
                "needed_by": "2026-12-31",
                "obstacle": "contract_exhausted",
                "explanation": "300 von 312 Stück nicht zugeteilt: RV-2026-NB ist ausgeschöpft.",
            },
            {
                **DEMAND,
                "demand_id": "0190163d-8694-739b-aea5-966c26f8ad0c",
                "demand_reference": "B-2026-00018",
                "item": "MON-27",
                "name": "Monitor 27 Zoll",
                "member": "10007",
                "cpv": "30231300",
                "quantity": 60,
                "unit_price": "270.00",
                "needed_by": "2026-12-31",
                "obstacle": "not_entitled",
                "explanation": "RV-2026-AP nennt dieses Mitglied nicht als Abrufberechtigten.",
            },
        ],
        "lots": [
            {
                "number": 1,
                "title": "Notebook 14 Zoll, 16 GB",
                "cpv": "30213000",
                "pieces": 300,
                "net": "249000.00",
            },
            {
                "number": 2,
                "title": "Monitor 27 Zoll",
                "cpv": "30231000",
                "pieces": 60,
                "net": "16200.00",
                "small": True,
            },
        ],
        "rules": [
            {
                "key": "eu_threshold",
                "amount": 21600000,
                "valid_from": "2026-01-01",
                "source": "§ 106 (2) Nr. 1 GWB, Art. 4 Buchst. c RL 2014/24/EU, 2026–2027",
            },
            {
                "key": "standstill_days_electronic",
                "amount": 10,
                "valid_from": "2016-01-01",
                "source": "§ 134 (2) GWB",
            },
        ],
    }

    tender_id: Id
    reference: Word
    category: Category
    year: int = Field(ge=2000, le=2199)
    revision: Quantity
    change: Literal["new", "planned", "law", "demand"] = "new"
    proposed_on: Day
    net: Price
    framework_months: Months | None = None
    renewal_months: Count = 0
    options: Price = 0
    procedure: Procedure
    wanted: list[WantedLine]
    lots: list[ProposedLot]
    one_lot_because: Text | None = None
    state_act: bool = False
    unpriced: list[Word] = []
    rules: list[QuotedRule]


class TenderDropped(Event):
    """Nothing of a tender need is wanted any more before anybody decided on it."""

    type = "tender.dropped.v1"
    subject_field = "tender_id"
    example = dict(_TENDER)

    tender_id: Id
    reference: Word
    category: Category
    year: int = Field(ge=2000, le=2199)


class AgreedLot(Part):
    """A lot as decided, of the proposed ones by number."""

    title: Text
    of: list[Quantity]


class TenderDecisionRecorded(Event):
    """A person's decision on a tender need was recorded, with what follows from it.

    `proposed_procedure` and `net` are by the rules of the day of the decision.
    `earliest_award_on` is the first day after the stand-still (§ 134 GWB), `notice_by` the last
    for the notice of award (§ 39 VgV), `publish_months` how long the award is published
    afterwards (§ 30 UVgO).
    """

    type = "tender.decision_recorded.v1"
    subject_field = "tender_id"
    example = {
        **_TENDER,
        "net": "265200.00",
        "proposed_procedure": "eu",
        "procedure": "eu",
        "decided_by": "M. Beispiel",
        "role": "Vorstand",
        "decided_on": "2026-04-20",
        "lots": [
            {"title": "Notebook 14 Zoll, 16 GB", "of": [1]},
            {"title": "Monitor 27 Zoll", "of": [2]},
        ],
        "earliest_award_on": "2026-07-12",
        "notice_by": "2026-08-12",
    }

    tender_id: Id
    reference: Word
    category: Category
    year: int = Field(ge=2000, le=2199)
    net: Price
    proposed_procedure: Procedure
    procedure: Procedure
    decided_by: Name
    role: Name
    decided_on: Day
    lots: list[AgreedLot]
    reason: Text | None = None
    not_split_because: Text | None = None
    earliest_award_on: Day | None = None
    notice_by: Day | None = None
    publish_months: Count = 0
