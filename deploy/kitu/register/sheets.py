"""The list of members and the voting list as CSV and PDF.

The PDF is tagged for screen readers (PDF/UA-1) and to be kept for years (PDF/A-2a).
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from deploy.kitu.register.words import basis, day, ended_by, fact, moment
from services.notifications.mail.documents.tables import plain
from shared.calendar import local_date

_FOLDER = Path(__file__).parent
Listed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: what membership calls it, its German name, columns, and how a member's line reads."""

    kind: str
    name: str
    heads: Sequence[str]
    line: Callable[[Listed], list[str]]
    with_entries: bool

    def title(self, listed: Listed) -> str:
        """The list with its day."""
        return f"{self.name} zum {day(listed['at'])}"

    def rows(self, listed: Listed) -> list[list[str]]:
        """A line for each member."""
        return [self.line(member) for member in listed["members"]]


def _member(member: Listed) -> list[str]:
    person, address = member["person"], member["person"]["address"]
    return [
        member["number"],
        person["name"],
        f"{address['street']}, {address['postal_code']} {address['city']}",
        day(member["person_since"]),
        str(member["further_shares"]),
        day(member["shares_since"]),
        day(member["joined_on"]),
        day(member["leaves_on"]),
        ended_by(member["ended_by"]),
    ]


def _voter(member: Listed) -> list[str]:
    return [member["number"], member["person"]["name"], member["person"]["address"]["city"], "1"]


REGISTER = Sheet(
    kind="register",
    name="Mitgliederliste",
    heads=(
        "Nr.",
        "Name",
        "Anschrift",
        "Angaben seit",
        "Weitere Anteile",
        "Anteile seit",
        "Beigetreten am",
        "Scheidet aus am",
        "Grund",
    ),
    line=_member,
    with_entries=True,
)
VOTES = Sheet(
    kind="votes",
    name="Stimmliste",
    heads=("Nr.", "Mitglied", "Ort", "Stimmen"),
    line=_voter,
    with_entries=False,
)
ENTRIES = ("Mitglied", "Nr.", "Eintragung", "Wirksam", "Grundlage", "Eingetragen")


def table(sheet: Sheet, listed: Listed) -> bytes:
    """A list as CSV, as German spreadsheets read it; a text never becomes a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(sheet.heads)
    writer.writerows([plain(cell) for cell in row] for row in sheet.rows(listed))
    return text.getvalue().encode("utf-8-sig")


def page(sheet: Sheet, listed: Listed, now: datetime) -> bytes:
    """A list as PDF, the register with all entries that it rests on."""
    members = listed["members"]
    known = listed["known_at"]
    today = local_date(now)
    entries = [
        [
            entry["member"],
            str(entry["number"]),
            fact(entry),
            day(entry["effective_on"]),
            basis(entry),
            moment(entry["stated"]["at"]),
        ]
        for member in members
        for entry in member["entries"]
    ]
    data = {
        "title": sheet.title(listed),
        "about": f"{len(members)} Mitglieder"
        + (f", {len(members)} Stimmen; jedes Mitglied hat eine" if sheet is VOTES else ""),
        "known": f"Wie eingetragen bis {moment(known)}"
        if known
        else f"Wie eingetragen bis {moment(now.isoformat())}",
        "heads": list(sheet.heads),
        "rows": sheet.rows(listed),
        "entry_heads": list(ENTRIES) if sheet.with_entries else [],
        "entries": entries if sheet.with_entries else [],
        "date": [today.year, today.month, today.day],
    }
    made = typst.compile(
        _FOLDER / "list.typ",
        root=_FOLDER,
        format="pdf",
        font_paths=typst.Fonts(include_system_fonts=False),
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(now.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made
