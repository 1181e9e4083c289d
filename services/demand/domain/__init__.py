"""What demand knows and decides, in plain Python.

Rooms: `world` (items, rounds, wishes, demands), `rules` (when a wish counts), `demands` (what
becomes of a demand), `consultation` (talk about a wish in words).
"""

from services.demand.domain.consultation import as_proposed, said, talked
from services.demand.domain.demands import (
    changed,
    joined,
    no_such_demand,
    ordered,
    owned,
    passed_on,
    submitted,
    unfilled,
    withdrawn,
)
from services.demand.domain.rules import check
from services.demand.domain.world import Demand, Item, Known, Round, Status, Wish

__all__ = [
    "Demand",
    "Item",
    "Known",
    "Round",
    "Status",
    "Wish",
    "as_proposed",
    "changed",
    "check",
    "joined",
    "no_such_demand",
    "ordered",
    "owned",
    "passed_on",
    "said",
    "submitted",
    "talked",
    "unfilled",
    "withdrawn",
]
