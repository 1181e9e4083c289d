"""What becomes of a demand, from its acceptance to its end."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal
from uuid import UUID

from shared.events.common import Broken, Place
from shared.events.demand.examples import DEMAND_ID, KEY, ROUND
from shared.events.envelope import Event, Part
from shared.events.fields import (
    Answer,
    AttributeName,
    Count,
    Day,
    Digest,
    Id,
    Instant,
    MemberNumber,
    Months,
    Name,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
)
from shared.events.member import DEMAND_EXAMPLE


class DemandAccepted(Event):
    """A demand as it counts now, whole. `revision` counts its changes from 1.

    `round_id` is empty while no open round collects its category: the demand waits.
    `maximum_quantity` is what the member would take at most where more pieces cost it less in
    all: a round is filled up with it to reach a price tier, where nobody pays more for that.
    Else `quantity` is what is ordered. `attributes` are what it
    told of its need, by the questions of its category. `part_of` is the reference of the demand
    that became this one and others by one accepted proposal. `without_contract`: no contract in
    force prices the item, nor an equivalent, for this member; the demand counts all the same, and
    what no contract serves at the cut-off is gathered for a tender.
    """

    type = "demand.accepted.v1"
    subject_field = "demand_id"
    example = {
        **DEMAND_EXAMPLE,
        "reference": "B-2026-00017",
        "revision": 1,
        "name": "Notebook 14 Zoll, 16 GB",
        "round_id": ROUND["round_id"],
        "submitted_at": "2026-02-03T08:15:00Z",
    }

    demand_id: Id
    reference: Word
    revision: Quantity
    member: MemberNumber
    item: Word
    name: Name
    quantity: Quantity
    unit: Unit
    place: Place
    needed_from: Day | None = None
    needed_by: Day
    round_id: Id | None = None
    term_months: Months | None = None
    price_ceiling: Price | None = None
    equivalents: list[Word] = []
    minimum_quantity: Quantity | None = None
    maximum_quantity: Quantity | None = None
    cost_centre: Word | None = None
    submitted_at: Instant
    category: Word | None = None
    attributes: dict[AttributeName, Answer] = {}
    part_of: Word | None = None
    without_contract: bool = False


class DemandRejected(Event):
    """A message about a demand could not be accepted; nothing changed."""

    type = "demand.rejected.v1"
    subject_field = "message_id"
    example = {
        "message_id": "0190163d-8694-739b-aea5-966c26f8ad91",
        "message_type": "demand.submitted.v1",
        "demand_id": DEMAND_ID,
        "reasons": [{"field": "quantity", "value": "0", "rule": "must be at least 1"}],
    }

    message_id: Id | None = None
    message_type: str | None = None
    demand_id: Id | None = None
    reasons: list[Broken]

    @property
    def subject(self) -> str:
        """The demand's id where it could be read, else the message's."""
        return str(self.demand_id or self.message_id or "unreadable")


class DemandWithdrawalConfirmed(Event):
    """A demand no longer counts, on the member's own word."""

    type = "demand.withdrawal_confirmed.v1"
    subject_field = "demand_id"
    example = {**KEY, "name": "Notebook 14 Zoll, 16 GB"}

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name


class SimilarDemand(Part):
    """A demand that may be meant twice; `exact` where nothing differs but its reference."""

    demand_id: Id
    reference: Word
    quantity: Quantity
    needed_by: Day
    exact: bool


class DemandSimilarFound(Event):
    """A demand counts, but the member has others like it: same item, same place, near in time.

    Nothing is done about it: only the member knows whether it needs both. One that is meant
    twice is withdrawn by its `demand_id`.
    """

    type = "demand.similar_found.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "name": "Notebook 14 Zoll, 16 GB",
        "quantity": 12,
        "needed_by": "2026-06-30",
        "similar": [
            {
                "demand_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
                "reference": "B-2026-00009",
                "quantity": 12,
                "needed_by": "2026-06-15",
                "exact": False,
            }
        ],
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Name
    quantity: Quantity
    needed_by: Day
    similar: list[SimilarDemand]


class DemandLapsed(Event):
    """A demand ended because its day of need came before it could be ordered."""

    type = "demand.lapsed.v1"
    subject_field = "demand_id"
    example = {
        **KEY,
        "name": "Digitale Akte für 25 Arbeitsplätze",
        "was": "consultation",
        "needed_by": "2026-12-31",
    }

    demand_id: Id
    reference: Word
    member: MemberNumber
    name: Text
    was: Literal["consultation", "awaiting_approval", "open"]
    needed_by: Day


class RoundCounted(Event):
    """The demand service has closed a round's books: so many demands, so many pieces, no more.

    Procurement bundles when it has received exactly these, and none of them as it was before a
    change: `revisions` is the sum of the demands' revisions, `digest` is the SHA-256 of their
    ids, in order, each on a line of its own.
    """

    type = "round.counted.v1"
    subject_field = "round_id"
    example = {
        "round_id": ROUND["round_id"],
        "demands": 214,
        "pieces": 1805,
        "revisions": 231,
        "digest": "4f" * 32,
    }

    round_id: Id
    demands: Count
    pieces: Count
    revisions: Count | None = None
    digest: Digest | None = None


def digest_of(demand_ids: Iterable[UUID]) -> str:
    """What `RoundCounted.digest` says of these demands."""
    lines = "".join(f"{each}\n" for each in sorted(demand_ids))
    return sha256(lines.encode()).hexdigest()
