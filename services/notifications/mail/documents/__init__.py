"""Documents that go with a mail, made from its event: the order for KID.

Rooms: `tables` (CSV for people and machines).
"""

import json

from services.notifications.domain import Telling
from services.notifications.mail.compose import read
from services.notifications.mail.documents.tables import order_table
from services.notifications.mail.message import Attachment, file_name
from shared.events.procurement import OrderPlaced


def documents(telling: Telling) -> list[Attachment]:
    """What goes with this mail; most go without."""
    first = telling.occasions[0]
    if telling.kind.name != "order_to_kid":
        return []
    order = read(first.type, first.data)
    if not isinstance(order, OrderPlaced):
        raise TypeError(f"an order mail about {first.type}")
    data = json.dumps(first.data, ensure_ascii=False, indent=2, sort_keys=True)

    def named(ending: str) -> str:
        return file_name("Bestellung", order.reference, ending=ending)

    return [
        Attachment(named("csv"), "text/csv", order_table(order)),
        Attachment(named("json"), "application/json", data.encode()),
    ]
