"""Documents that go with a mail, made from its event: KID's order, a member's cost statement.

Rooms: `pages` (PDF by Typst, from `order.typ` and `costs.typ`), `ubl` (the order for KID's
system), `tables` (the order for spreadsheets).
"""

from services.notifications.domain import Background, Office, Telling
from services.notifications.mail.compose import read
from services.notifications.mail.documents.pages import costs_page, order_page
from services.notifications.mail.documents.tables import order_table
from services.notifications.mail.documents.ubl import ubl_order
from services.notifications.mail.message import Attachment, file_name
from shared.events.procurement import CostStated, OrderPlaced


def documents(telling: Telling, background: Background, office: Office) -> list[Attachment]:
    """What goes with this mail; most go without."""
    match event := read(telling.occasions[0].type, telling.occasions[0].data):
        case OrderPlaced():

            def named(ending: str) -> str:
                return file_name("Bestellung", event.reference, ending=ending)

            return [
                Attachment(named("pdf"), "application/pdf", order_page(event, office)),
                Attachment(named("xml"), "application/xml", ubl_order(event, office)),
                Attachment(named("csv"), "text/csv", order_table(event)),
            ]
        case CostStated() if background.member is not None:
            name = file_name("Kostenmitteilung", event.reference, event.member, ending="pdf")
            page = costs_page(event, background.member, telling.occasions[0].known_at, office)
            return [Attachment(name, "application/pdf", page)]
        case _:
            return []
