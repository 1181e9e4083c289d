"""A tender need as a document: what is wanted, what the law makes of it, and where that stands."""

from datetime import datetime, time

from services.notifications.domain import Office
from services.notifications.mail.documents.pages import about, page
from services.notifications.mail.wording import (
    BERLIN,
    category,
    day,
    euro,
    months,
    number,
    pieces,
    plural,
    procedure,
)
from shared.events.procurement import ProposedLot, QuotedRule, TenderProposed, WantedLine

_RULES = {
    "eu_threshold": "EU-Schwellenwert, ab dem EU-weit zu vergeben ist",
    "lsa_direct": "Direktauftrag bis",
    "lsa_restricted": "Ohne Teilnahmewettbewerb bis",
    "lsa_act_from": "Tariftreue- und Vergabegesetz Sachsen-Anhalt ab",
    "open_ended_months": "Laufzeit, wo keine feststeht",
    "regional_lots_from": "Teillose je Region ab",
    "small_lot_below": "Kleinlos unter",
    "small_lots_percent": "Kleinlose zusammen höchstens",
    "standstill_days_electronic": "Wartefrist bei elektronischer Information",
    "standstill_days": "Wartefrist sonst, ab dem Tag nach der Absendung",
    "award_notice_days": "Vergabebekanntmachung nach dem Zuschlag",
    "ex_post_from": "Nachträglich bekannt zu machen ab",
    "ex_post_months": "Nachträglich bekannt zu machen für",
}


def tender_page(need: TenderProposed, office: Office) -> bytes:
    """A tender need as KID and the board read it."""
    members = len({line.member for line in need.wanted})
    term = [["Rahmen", months(need.framework_months)]] if need.framework_months else []
    term += [["Verlängerung", months(need.renewal_months)]] if need.renewal_months else []
    options = [["Optionen", euro(need.options)]] if need.options else []
    return page(
        "tender.typ",
        datetime.combine(need.proposed_on, time(), BERLIN),
        {
            "office": office.name,
            "title": f"Vergabebedarf {need.reference}",
            "to": [office.kid_name, office.kid],
            "facts": [
                ["Fassung", f"{need.revision} vom {day(need.proposed_on)}"],
                ["Bereich, Jahr", f"{category(need.category)}, {need.year}"],
                ["Bedarfe", f"{len(need.wanted)} von {plural(members, 'Mitglied', 'Mitgliedern')}"],
                *term,
                ["Vorschlag", procedure(need.procedure)],
            ],
            "lots": [_lot(lot) for lot in need.lots],
            "sums": [*options, ["Geschätzter Auftragswert, netto", euro(need.net)]],
            "remarks": _remarks(need),
            "wanted": [_wanted(line) for line in need.wanted],
            "rules": [_rule(rule) for rule in need.rules],
            "note": "Vorschlag nach den Regeln des genannten Tages, keine Entscheidung und keine "
            f"Rechtsberatung. Fragen beantwortet der Vorstand: {office.board}",
        },
    )


def _lot(lot: ProposedLot) -> list[str]:
    region = [f"Postleitzahlen {lot.region}…"] if lot.region else []
    small = ["Kleinlos (§ 3 Abs. 9 VgV)"] if lot.small else []
    small_print = about(f"CPV {lot.cpv}", *region, *small)
    return [str(lot.number), lot.title, small_print, number(lot.pieces), euro(lot.net)]


def _remarks(need: TenderProposed) -> list[str]:
    remarks = [need.one_lot_because] if need.one_lot_because else []
    if need.state_act:
        remarks.append("Das Tariftreue- und Vergabegesetz Sachsen-Anhalt gilt (§ 1 TVergG LSA).")
    if need.unpriced:
        unknown = ", ".join(need.unpriced)
        remarks.append(f"Ohne bekannten Preis: {unknown}. Der Wert ist nur eine Untergrenze.")
    return remarks


def _wanted(line: WantedLine) -> list[str]:
    term = [months(line.term_months)] if line.term_months else []
    return [
        line.name,
        about(
            f"{line.item}, Mitglied {line.member}",
            line.demand_reference,
            *term,
            f"bis {day(line.needed_by)}",
            line.explanation,
        ),
        pieces(line.quantity, "C62"),
        "unbekannt" if line.unit_price is None else euro(line.unit_price),
    ]


def _rule(rule: QuotedRule) -> list[str]:
    small_print = about(rule.source, *([rule.note] if rule.note else []))
    return [_RULES.get(rule.key, rule.key), small_print, _value(rule), day(rule.valid_from)]


def _value(rule: QuotedRule) -> str:
    """A rule's amount; its key tells the unit."""
    if "months" in rule.key:
        return months(rule.amount)
    if "days" in rule.key:
        return plural(rule.amount, "Tag", "Tage")
    return f"{rule.amount}\N{NO-BREAK SPACE}%" if "percent" in rule.key else euro(rule.amount)
