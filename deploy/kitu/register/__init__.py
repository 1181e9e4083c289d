"""`kitu register` and `kitu votes`: the list of members (§ 30 GenG) and who votes, as of a day.

Rooms: `words` (how entries read in German), `sheets` (CSV and PDF, from `list.typ`).
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from deploy.kitu import showing
from deploy.kitu.failure import MISUSED, Failure
from deploy.kitu.publishing import out
from deploy.kitu.register.sheets import REGISTER, VOTES, Sheet, page, table
from shared.calendar import local_date

At = Annotated[str | None, typer.Option("--at", metavar="DATE", help="2015-12-31; else today.")]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="INSTANT",
        help="As it was entered by then: 2016-02-01 or 2016-02-01T10:00Z; else by now.",
    ),
]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write it for a spreadsheet.")]
Pdf = Annotated[Path | None, typer.Option("--pdf", help="Write it for people.")]


def register(at: At = None, known_at: KnownAt = None, csv: Csv = None, pdf: Pdf = None) -> None:
    """The list of members as of a day, exactly as entered (§ 30 GenG)."""
    _list(REGISTER, at, known_at, csv, pdf)


def votes(at: At = None, known_at: KnownAt = None, csv: Csv = None, pdf: Pdf = None) -> None:
    """Who votes in an assembly on a day: one member, one vote (§ 43 GenG)."""
    _list(VOTES, at, known_at, csv, pdf)


def _list(
    sheet: Sheet, at: str | None, known_at: str | None, csv: Path | None, pdf: Path | None
) -> None:
    now = datetime.now(UTC)
    day, moment = _day(at, now), _moment(known_at)
    key = f"{day}/{moment.isoformat()}" if moment else str(day)
    listed = showing.state(sheet.kind, key)
    if csv:
        csv.write_bytes(table(sheet, listed))
    if pdf:
        pdf.write_bytes(page(sheet, listed, now))
    for file in filter(None, (csv, pdf)):
        out.print(f"{len(listed['members'])} members in {file}")
    if not csv and not pdf:
        out.print(_shown(sheet, listed))


def _shown(sheet: Sheet, listed: dict[str, Any]) -> Table:
    shown = Table(box=None, padding=(0, 2, 0, 0), title=sheet.title(listed), title_justify="left")
    for heading in sheet.heads:
        shown.add_column(heading, header_style="bold")
    for row in sheet.rows(listed):
        shown.add_row(*map(Text, row))
    return shown


def _day(text: str | None, now: datetime) -> date:
    try:
        return date.fromisoformat(text) if text else local_date(now)
    except ValueError:
        raise Failure(f"{text!r} is no day: write 2015-12-31", MISUSED) from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text!r} is no moment: write 2016-02-01T10:00Z", MISUSED) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
