"""Documents that go with a mail, made from its event: an order, a cost statement, a tender need.

Rooms: `pages` (PDF by Typst, from `order.typ` and `costs.typ`; a round's chart, from `chart.typ`),
`tenders` (from `tender.typ`), `ubl` (the order for KID's system), `tables` (for spreadsheets).
"""

from typst import TypstError

from services.notifications.domain import Background, Office, Telling
from services.notifications.mail.compose import CHART, CannotCompose, read
from services.notifications.mail.documents.pages import costs_page, order_page, savings_chart
from services.notifications.mail.documents.tables import order_table
from services.notifications.mail.documents.tenders import tender_page
from services.notifications.mail.documents.ubl import ubl_order
from services.notifications.mail.message import Attachment, file_name
from shared.events.procurement import CostStated, OrderPlaced, RoundCompleted, TenderProposed


def documents(telling: Telling, background: Background, office: Office) -> list[Attachment]:
    """What goes with this mail; most go without.

    Raises:
        CannotCompose: the event is not of its type, or cannot be set as a page.
    """
    try:
        return _documents(telling, background, office)
    except (ValueError, LookupError, TypeError, OSError, TypstError) as error:
        raise CannotCompose(telling.kind.name) from error


def _documents(telling: Telling, background: Background, office: Office) -> list[Attachment]:
    if telling.kind.gathers:
        return []
    match event := read(telling.occasions[0].type, telling.occasions[0].data):
        case OrderPlaced():

            def named(ending: str) -> str:
                return file_name("Bestellung", event.reference, ending=ending)

            return [
                Attachment(named("pdf"), "application/pdf", order_page(event, office)),
                Attachment(named("xml"), "application/xml", ubl_order(event, office)),
                Attachment(named("csv"), "text/csv", order_table(event)),
            ]
        case RoundCompleted():
            name = file_name("Ersparnis", event.reference, ending="png")
            picture = savings_chart(event, background.savings)
            return [Attachment(name, "image/png", picture, content_id=CHART)]
        case CostStated() if background.member is not None:
            name = file_name("Kostenmitteilung", event.reference, event.member, ending="pdf")
            page = costs_page(event, background.member, telling.occasions[0].known_at, office)
            return [Attachment(name, "application/pdf", page)]
        case TenderProposed():
            names = [
                file_name("Vergabebedarf", event.reference, f"{event.revision}", ending=ending)
                for ending in ("pdf", "json")
            ]
            data = event.model_dump_json(exclude_none=True, indent=2).encode()
            return [
                Attachment(names[0], "application/pdf", tender_page(event, office)),
                Attachment(names[1], "application/json", data),
            ]
        case _:
            return []
