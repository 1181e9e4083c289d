"""What is planned and decided on a tender need."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Incoming, StrictPart
from shared.events.fields import Day, Id, Months, Name, Price, Quantity, Text
from shared.events.kid.contracts import ItemPrice


class TenderPlanned(Incoming):
    """What is planned for a tender need: a framework's term, renewals, options, known prices.

    States all of it anew; the proposal is made anew too. Renewals and options count as if they
    were used (§ 3 (1) VgV).
    """

    type = "tender.planned.v1"
    subject_field = "tender_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "tender_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
        "framework_months": 24,
        "renewal_months": 24,
        "options": "12000.00",
        "unit_prices": [{"item": "NB-14", "unit_price": "910.00"}],
    }

    tender_id: Id
    framework_months: Months | None = None
    renewal_months: int = Field(default=0, ge=0, le=120)
    options: Price = 0
    unit_prices: list[ItemPrice] = Field(default=[], max_length=500)


class DecidedLot(StrictPart):
    """A lot as decided; `of` are the numbers of the proposed lots that it takes in."""

    title: Name
    of: list[Quantity] = Field(min_length=1, max_length=500)


class TenderDecided(Incoming):
    """A person decided how a tender need is to be met; no `lots` means those proposed.

    Where the procedure differs from the proposal, `reason` says why; where proposed lots are put
    together, `not_split_because` does (§ 97 (4) GWB). `information_on` is when bidders are
    informed (§ 134 GWB).
    """

    type = "tender.decided.v1"
    subject_field = "tender_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "tender_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
        "decided_by": "M. Beispiel",
        "role": "Vorstand",
        "decided_on": "2026-04-20",
        "procedure": "eu",
        "information_on": "2026-07-01",
        "award_on": "2026-07-13",
    }

    tender_id: Id
    decided_by: Name
    role: Name
    decided_on: Day
    procedure: Literal["direct", "restricted", "public", "eu"]
    lots: list[DecidedLot] = Field(default=[], max_length=500)
    reason: Text | None = None
    not_split_because: Text | None = None
    information_on: Day | None = None
    electronic: bool = True
    award_on: Day | None = None
