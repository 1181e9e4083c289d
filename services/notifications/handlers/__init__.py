"""What notifications does when something happens elsewhere, and when the time has come.

Rooms: `members`, `demands`, `rounds`, `orders`, `tenders`, `solutions`, `records` (who is to be
told of what), `telling` (how that is kept), `composing` (the clock: mails are made), `delivering`
(mails are handed over), `returning` (mails that come back).
"""

from services.notifications.handlers import (
    demands,
    members,
    orders,
    records,
    rounds,
    solutions,
    tenders,
)
from services.notifications.handlers.composing import Habits, due
from services.notifications.handlers.delivering import Post, deliver
from services.notifications.handlers.inbox import handles, router
from services.notifications.handlers.returning import box, take_back

__all__ = [
    "Habits",
    "Post",
    "box",
    "deliver",
    "demands",
    "due",
    "handles",
    "members",
    "orders",
    "records",
    "rounds",
    "router",
    "solutions",
    "take_back",
    "tenders",
]
