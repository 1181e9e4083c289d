"""What membership does when something happens elsewhere, and when a day is over.

Rooms: `joining` (from application to decision), `shares`, `leaving`, `entering` (details,
corrections, contacts), `erasing` (refused applicants), `stating` (how a member is kept and
stated), `due` (the clock).
"""

from services.membership.handlers import entering, erasing, joining, leaving, shares
from services.membership.handlers.due import due
from services.membership.handlers.inbox import handles, router

__all__ = ["due", "entering", "erasing", "handles", "joining", "leaving", "router", "shares"]
