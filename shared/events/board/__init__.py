"""What the cooperative's board states, and what members state about their membership.

Rooms: `people` (kinds of members, examples), `joining` (from the declaration to the decision),
`shares` (Geschäftsanteile), `leaving` (notice, exclusion, term, succession), `register` (changes
and corrections of what is entered), `rounds`.
"""

from shared.events.board.joining import (
    MembershipApplied,
    MembershipDecided,
    MembershipStepTaken,
    Step,
)
from shared.events.board.leaving import (
    MembershipExcluded,
    MembershipNoticeGiven,
    MembershipSucceeded,
    MembershipTermChanged,
)
from shared.events.board.people import ADDRESS_EXAMPLE, CONTACT_EXAMPLE, MemberKind
from shared.events.board.register import (
    ContactErasureRequested,
    ContactsChanged,
    MembershipDetailsChanged,
    RegisterCorrected,
)
from shared.events.board.rounds import RoundCloseRequested
from shared.events.board.shares import (
    MembershipSharesChanged,
    MembershipSharesSubscribed,
    MembershipSharesTransferred,
)

__all__ = [
    "ADDRESS_EXAMPLE",
    "CONTACT_EXAMPLE",
    "ContactErasureRequested",
    "ContactsChanged",
    "MemberKind",
    "MembershipApplied",
    "MembershipDecided",
    "MembershipDetailsChanged",
    "MembershipExcluded",
    "MembershipNoticeGiven",
    "MembershipSharesChanged",
    "MembershipSharesSubscribed",
    "MembershipSharesTransferred",
    "MembershipStepTaken",
    "MembershipSucceeded",
    "MembershipTermChanged",
    "RegisterCorrected",
    "RoundCloseRequested",
    "Step",
]
