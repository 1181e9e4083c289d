"""How the register's entries read in German."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shared.calendar import BERLIN

_ENDS = {
    "notice": "Kündigung (§ 65 GenG)",
    "exclusion": "Ausschluss (§ 68 GenG)",
    "term": "Befristung",
    "transfer": "Übertragung des Guthabens (§ 76 GenG)",
    "dissolution": "Auflösung (§ 77a GenG)",
}
_SHARES = {
    "subscribed": "weitere Anteile gezeichnet (§ 15b GenG)",
    "stated": "Anzahl neu festgestellt",
    "transferred": "Anteile übertragen (§ 76 GenG)",
    "returned": "Anteile gekündigt (§ 67b GenG)",
}
_DETAILS = {
    "name": "Name",
    "kind": "Art",
    "ags": "AGS",
    "leitweg_id": "Leitweg-ID",
    "address": "Anschrift",
}


def day(iso: str | None) -> str:
    """A date; empty for none.

    >>> day("2015-12-31")
    '31.12.2015'
    """
    return f"{date.fromisoformat(iso):%d.%m.%Y}" if iso else ""


def moment(iso: str) -> str:
    """A moment in Germany, to the second, as entries are told apart by it.

    >>> moment("2026-07-01T10:00:00+00:00")
    '01.07.2026, 12:00:00 Uhr'
    """
    return f"{datetime.fromisoformat(iso).astimezone(BERLIN):%d.%m.%Y, %H:%M:%S} Uhr"


def ended_by(how: str | None) -> str:
    """Why a membership ends."""
    return _ENDS.get(how or "", how or "")


def fact(entry: Mapping[str, Any]) -> str:
    """What an entry says."""
    other = f", Mitglied {entry['other']}" if entry["other"] else ""
    match entry["fact"]:
        case "admitted":
            return f"Beitritt mit {entry['shares']} Anteil(en){other}"
        case "shares":
            return f"{entry['shares']:+d} Anteil(e): {_SHARES[entry['how']]}{other}"
        case "details":
            changed = ", ".join(_DETAILS[name] for name in entry["person"])
            return f"Geändert: {changed}"
        case "ends":
            return f"Ausscheiden: {ended_by(entry['how'])}{other}"
        case "no_vote":
            return "Ohne Stimme: Ausschluss mitgeteilt (§ 68 Abs. 2 GenG)"
        case "succeeded":
            return f"Rechtsnachfolge{other or ', ohne Nachfolger'}"
        case unknown:
            raise LookupError(f"no words for {unknown}")


def basis(entry: Mapping[str, Any]) -> str:
    """The facts that an entry rests on."""
    parts = [f"vom {day(entry['declared_on'])}", entry["stated"]["document"]]
    if entry["supersedes"]:
        parts.append(f"berichtigt Nr. {entry['supersedes']}: {entry['reason']}")
    elif entry["reason"]:
        parts.append(entry["reason"])
    return "; ".join(filter(None, parts))
