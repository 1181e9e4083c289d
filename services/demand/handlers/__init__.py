"""What demand does when something happens elsewhere.

Rooms: `stating` (members state, change, withdraw), `consulting` (KID and a member talk about a
requirement), `detailing` (what it lacks), `proposing` (what it may become), `approving` (a second
person of a member), `following` (what other services state), `due` (what the clock brings).
"""

from services.demand.handlers import approving, consulting, detailing, following, proposing, stating
from services.demand.handlers.due import due
from services.demand.handlers.inbox import handles, router

__all__ = [
    "approving",
    "consulting",
    "detailing",
    "due",
    "following",
    "handles",
    "proposing",
    "router",
    "stating",
]
