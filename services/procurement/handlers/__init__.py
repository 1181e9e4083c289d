"""What procurement does when something happens elsewhere, and when the time has come.

Rooms: `offering` (KID's catalogue and contracts), `collecting` (rounds, members, demand),
`planning` and `filling` (a round's demand becomes a plan), `placing` (a plan becomes orders),
`fulfilling` (KID answers, delivers, invoices; members pay), `gathering` and `tendering` (demand no
contract can serve), `subscribing` and `charging` (solutions, month by month), `piloting` (new
topics), `recording` (decisions as they go on record), `due` (the clock).
"""

from services.procurement.handlers import (
    charging,
    collecting,
    fulfilling,
    offering,
    piloting,
    subscribing,
    tendering,
)
from services.procurement.handlers.due import due
from services.procurement.handlers.inbox import handles, router

__all__ = [
    "charging",
    "collecting",
    "due",
    "fulfilling",
    "handles",
    "offering",
    "piloting",
    "router",
    "subscribing",
    "tendering",
]
