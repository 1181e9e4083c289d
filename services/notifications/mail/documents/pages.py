"""Documents as PDF: tagged for screen readers (PDF/UA-1), to be kept for years (PDF/A-2a).

Typst gets all texts as data and never as markup. Only its own fonts are used and the date is
given, so the same data makes the same bytes on every machine.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from services.notifications.domain import Member, Office, Saving
from services.notifications.mail.wording import (
    BERLIN,
    euro,
    local_day,
    months,
    number,
    percent,
    pieces,
    share_of,
    wanted,
)
from shared.events.procurement import CostStated, OrderPlaced, RoundCompleted

_FOLDER = Path(__file__).parent


def order_page(order: OrderPlaced, office: Office) -> bytes:
    """The order as KID reads it."""
    lines = [
        [
            str(line.line),
            line.name,
            about(
                line.item,
                f"für {line.member_name}",
                line.demand_reference,
                wanted(line.needed_from, line.needed_by),
            ),
            pieces(line.quantity, line.unit) + _for(line.term_months),
            euro(line.unit_price),
            euro(line.amount),
        ]
        for line in order.lines
    ]
    sums = [["Gebühren des Abrufs", euro(order.fees)]] if order.fees else []
    sums += [
        ["Netto", euro(order.net)],
        [f"Umsatzsteuer {percent(order.vat_rate)}", euro(order.vat)],
        ["Brutto", euro(order.net + order.vat)],
    ]
    place = order.place
    return page(
        "order.typ",
        order.placed_at,
        {
            "office": office.name,
            "title": f"Bestellung {order.reference}",
            "to": [office.kid_name, office.kid],
            "facts": [
                ["Bestellung", order.reference],
                ["Datum", local_day(order.placed_at)],
                ["Abruf aus", order.contract_reference],
                ["Bündelungsrunde", order.round_reference],
            ],
            "place": [place.name, place.street, f"{place.postal_code} {place.city}"],
            "lines": lines,
            "sums": sums,
            "note": "Bitte bestätigen Sie je Position die angenommene Menge und den Liefertermin. "
            f"Fragen beantwortet der Vorstand: {office.board}",
        },
    )


def costs_page(costs: CostStated, member: Member, stated_at: datetime, office: Office) -> bytes:
    """A member's costs of a round."""
    lines = [
        [
            line.name,
            about(line.demand_reference, f"Bestellung {line.order_reference}"),
            number(line.quantity) + _for(line.term_months),
            euro(line.share),
            euro(line.vat),
            euro(line.share + line.vat),
        ]
        for line in costs.lines
    ]
    share = f" ({share_of(costs.saving, costs.alone)})" if costs.saving > 0 else ""
    return page(
        "costs.typ",
        stated_at,
        {
            "office": office.name,
            "title": f"Kostenmitteilung {costs.reference}",
            "to": [member.name, f"Mitglied {member.number}"],
            "facts": [
                ["Runde", f"{costs.title} ({costs.reference})"],
                ["Datum", local_day(stated_at)],
            ],
            "lines": lines,
            "sums": [
                *([["Ausgleich zwischen Mitgliedern", euro(costs.balance)]] * bool(costs.balance)),
                ["Netto", euro(costs.net)],
                ["Umsatzsteuer", euro(costs.vat)],
                ["Brutto", euro(costs.gross)],
            ],
            "saving": [
                ["Gemeinsam gekauft, netto", euro(costs.net)],
                ["Allein gekauft, netto", euro(costs.alone)],
                ["Ersparnis, netto", euro(costs.saving) + share],
            ],
            "note": "Diese Mitteilung ist keine Rechnung. "
            f"Fragen beantwortet der Vorstand: {office.board}",
        },
    )


def savings_chart(report: RoundCompleted, savings: Sequence[Saving]) -> bytes:
    """What each member of a round saved, as a picture (PNG); its numbers belong beside it."""
    most = max((one.saving for one in savings), default=0)
    data = {
        "title": f"Ersparnis je Mitglied, {report.title}",
        "bars": [
            [one.name, euro(one.saving), max(one.saving, 0) / most if most > 0 else 0]
            for one in savings
        ],
    }
    return _compiled("chart.typ", data, format="png", ppi=144.0)


def page(template: str, moment: datetime, data: dict[str, Any]) -> bytes:
    """A document from its template; `moment` is the date it bears."""
    local = moment.astimezone(BERLIN)
    data["date"] = [local.year, local.month, local.day]
    return _compiled(
        template,
        data,
        format="pdf",
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(moment.timestamp()),
    )


def _compiled(template: str, data: dict[str, Any], **how: Any) -> bytes:
    made = typst.compile(
        _FOLDER / template,
        root=_FOLDER,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data)},
        **how,
    )
    if not isinstance(made, bytes):
        raise TypeError("a document is one file")
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def about(*parts: str) -> str:
    """What stands in small print below a name."""
    return " · ".join(filter(None, parts))


def _for(term: int | None) -> str:
    return f", {months(term)}" if term else ""
