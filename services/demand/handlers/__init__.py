"""What demand does when something happens elsewhere.

Rooms: `stating` (members state, change, withdraw), `consulting` (KID and a member talk about a
requirement), `following` (what other services state).
"""

from services.demand.handlers import consulting, following, stating
from services.demand.handlers.inbox import handles, router

__all__ = ["consulting", "following", "handles", "router", "stating"]
