"""What procurement puts on record: the figures that a reader needs to follow each decision."""

from services.procurement.handlers.recording.contracts import registered, warned
from services.procurement.handlers.recording.orders import answered, invoiced, placed
from services.procurement.handlers.recording.rounds import (
    approved,
    closed,
    compared,
    filled,
    opened,
    outdated,
    proposed,
)
from services.procurement.handlers.recording.sharing import allocated, charged, left_out, shared
from services.procurement.handlers.recording.solutions import month_shared, pilot, subscription
from services.procurement.handlers.recording.tenders import (
    tender_decided,
    tender_dropped,
    tender_proposed,
)

__all__ = [
    "allocated",
    "answered",
    "approved",
    "charged",
    "closed",
    "compared",
    "filled",
    "invoiced",
    "left_out",
    "month_shared",
    "opened",
    "outdated",
    "pilot",
    "placed",
    "proposed",
    "registered",
    "shared",
    "subscription",
    "tender_decided",
    "tender_dropped",
    "tender_proposed",
    "warned",
]
