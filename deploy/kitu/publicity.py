"""What goes to the public and to the members once a year: open data, and the yearly report."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.kitu import showing
from deploy.kitu.failure import MISUSED, Failure
from deploy.kitu.publishing import out
from services.procurement import report
from services.procurement.report.ledger import read
from services.procurement.report.year import yearly
from shared.calendar import local_date

PREFIX = "ocds-kitueg"


def ledger(year: str) -> report.Ledger:
    """A year of procurement, or `all`, as the service tells it."""
    return read(showing.state("ledger", year))


def ocds(
    target: Annotated[Path, typer.Option("--out", help="Where to write the release package.")],
    year: Annotated[
        str, typer.Option(help="What was ordered, open or in force in 2026; else everything.")
    ] = "all",
    prefix: Annotated[
        str,
        typer.Option(
            envvar="KITU_OCID_PREFIX",
            help="Of every ocid; register yours with the Open Contracting Partnership.",
        ),
    ] = PREFIX,
    uri: Annotated[
        str, typer.Option(envvar="KITU_OCDS_URI", help="Where you will publish the package.")
    ] = "https://kitu.example/ocds.json",
) -> None:
    """Export contracts, call-offs and rounds as open data (OCDS 1.1)."""
    package = report.package(ledger(year), prefix=prefix, uri=uri, now=datetime.now(UTC))
    try:
        target.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise Failure(f"cannot write {target}: {error.strerror}", MISUSED) from None
    out.print(f"{target}: {len(package['releases'])} releases")


def yearly_report(
    year: Annotated[int, typer.Option(min=2010, max=9999, help="Such as 2026.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder for the page and the document.")],
    member: Annotated[
        str | None, typer.Option(help="A member's number; else the whole cooperative.")
    ] = None,
) -> None:
    """Write the yearly report as HTML and PDF: volume, savings, participation, deliveries, SMEs."""
    found = ledger(str(year))
    if member is not None and member not in found.members:
        raise Failure(f"procurement knows no member {member}")
    made = yearly(found, local_date(datetime.now(UTC)), member)
    name = f"jahresbericht-{year}" + (f"-{member}" if member else "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.html").write_text(made.html(), "utf-8")
        (folder / f"{name}.pdf").write_bytes(made.pdf())
    except OSError as error:
        raise Failure(f"cannot write to {folder}: {error.strerror}", MISUSED) from None
    out.print(f"{folder / name}.html and .pdf")
