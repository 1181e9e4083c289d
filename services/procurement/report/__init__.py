"""What procurement shows to people and to the public, drawn from what it keeps.

Rooms: `ledger` (a year's contracts, rounds and orders, as `/show?kind=ledger` tells them),
`drawing` (page, tables, charts), `round` (a round's report), `figures` and `year` (the yearly
report), `ocds` (the open data of the Open Contracting Data Standard).
"""

from services.procurement.report.ledger import Ledger
from services.procurement.report.ocds import package
from services.procurement.report.round import render

__all__ = ["Ledger", "package", "render"]
