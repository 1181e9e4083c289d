"""What the members of a round say."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.demo.systems import drafts
from deploy.kitu.files import Draft
from shared.events.member import DemandChanged, DemandSubmitted, DemandWithdrawn


@dataclass(frozen=True, slots=True)
class Script:
    """What members need, change and withdraw.

    `limit` is the value in cents above which member 10001 wants two persons to decide.
    """

    demand: Sequence[Draft]
    changes: Sequence[Draft]
    withdrawals: Sequence[Draft]
    limit: int


def from_files() -> Script:
    """The demo's round, from the files of its data."""
    return Script(
        demand=[*drafts("demand.csv", DemandSubmitted), *drafts("needs.csv", DemandSubmitted)],
        changes=drafts("changes.csv", DemandChanged),
        withdrawals=drafts("withdrawals.csv", DemandWithdrawn),
        limit=50_000_000,
    )
