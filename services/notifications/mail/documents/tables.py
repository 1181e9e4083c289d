"""Orders as CSV, as German spreadsheets read it: semicolons, comma, byte order mark.

A text that a spreadsheet would take for a formula is quoted by an apostrophe (ASVS 1.2.10).
"""

import csv
import io

from services.notifications.mail.wording import day
from shared.events.procurement import OrderPlaced

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "'")
_COLUMNS = (
    "Bestellung",
    "Rahmenvereinbarung",
    "Position",
    "Bedarf",
    "Mitglied",
    "Mitgliedsname",
    "Artikel",
    "Bezeichnung",
    "Menge",
    "Einheit",
    "Benötigt ab",
    "Benötigt bis",
    "Laufzeit (Monate)",
    "Einzelpreis netto (EUR)",
    "Betrag netto (EUR)",
    "Lieferort",
    "Straße",
    "PLZ",
    "Ort",
)


def order_table(order: OrderPlaced) -> bytes:
    """An order's lines, each with the place of delivery."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for line in order.lines:
        writer.writerow(
            [
                plain(order.reference),
                plain(order.contract_reference),
                line.line,
                plain(line.demand_reference),
                line.member,
                plain(line.member_name),
                plain(line.item),
                plain(line.name),
                line.quantity,
                line.unit,
                day(line.needed_from),
                day(line.needed_by),
                line.term_months or "",
                _euros(line.unit_price),
                _euros(line.amount),
                plain(order.place.name),
                plain(order.place.street),
                order.place.postal_code,
                plain(order.place.city),
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def plain(text: str) -> str:
    """A text that stays a text in a spreadsheet.

    >>> plain("=HYPERLINK(1)"), plain("Notebook")
    ("'=HYPERLINK(1)", 'Notebook')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"
