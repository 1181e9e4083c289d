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
