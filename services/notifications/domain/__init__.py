"""What is told to whom, when, and what becomes of a mail. Plain Python.

Rooms: `kinds` (every kind of mail), `parties` (members, rounds, demands, whom to address),
`collecting` (when a mail is due), `delivery` (states, replies, retries), `forgetting` (persons).
"""

from services.notifications.domain.collecting import (
    Closing,
    Collecting,
    Occasion,
    Quiet,
    Telling,
    derived_cause,
    gathered,
    reminder_due,
)
from services.notifications.domain.delivery import (
    LONGEST_DELAY,
    WHILE_DOWN,
    Mail,
    Outcome,
    Phase,
    Recipient,
    State,
    after,
    bounced,
    delay,
    forgotten,
    handing,
    outcome,
    resumed,
)
from services.notifications.domain.forgetting import Person
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
    "LONGEST_DELAY",
    "WHILE_DOWN",
    "Addressee",
    "Background",
    "Closing",
    "Collecting",
    "Contact",
    "Demand",
    "Kind",
    "Mail",
    "Member",
    "Occasion",
    "Office",
    "Outcome",
    "Person",
    "Phase",
    "Quiet",
    "Recipient",
    "Round",
    "State",
    "Telling",
    "addressees",
    "after",
    "bounced",
    "delay",
    "derived_cause",
    "forgotten",
    "gathered",
    "handing",
    "outcome",
    "reminder_due",
    "resumed",
]
