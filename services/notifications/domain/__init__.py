"""What is told to whom, when, and what becomes of a mail. Plain Python.

Rooms: `kinds` (every kind of mail), `parties` (members, rounds, demands, whom to address),
`collecting` (when a mail is due), `delivery` (states, replies, retries).
"""

from services.notifications.domain.collecting import (
    Collecting,
    Occasion,
    Telling,
    reminder_due,
    tellings,
)
from services.notifications.domain.delivery import (
    Mail,
    Outcome,
    Phase,
    Recipient,
    State,
    after,
    delay,
    handing,
    outcome,
    resumed,
)
from services.notifications.domain.kinds import KINDS, Kind
from services.notifications.domain.parties import (
    BOARD,
    KID,
    Addressee,
    Background,
    Contact,
    Demand,
    Member,
    Office,
    Round,
    addressees,
)

__all__ = [
    "BOARD",
    "KID",
    "KINDS",
    "Addressee",
    "Background",
    "Collecting",
    "Contact",
    "Demand",
    "Kind",
    "Mail",
    "Member",
    "Occasion",
    "Office",
    "Outcome",
    "Phase",
    "Recipient",
    "Round",
    "State",
    "Telling",
    "addressees",
    "after",
    "delay",
    "handing",
    "outcome",
    "reminder_due",
    "resumed",
    "tellings",
]
