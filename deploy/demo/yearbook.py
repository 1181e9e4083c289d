"""What a round leaves for auditors and members: its decisions, proved, and a yearly report."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from deploy.demo.invariants import Finding
from deploy.kitu.audit import pages
from services.procurement.report.ledger import read
from services.procurement.report.year import yearly
from shared.calendar import local_date
from shared.decisions.proof import prove_file
from shared.messaging.topology import SERVICES


def proved(http: Callable[[str], str]) -> tuple[int, Finding]:
    """How many decisions all services have on record, and whether every record is whole."""
    decisions, against = 0, []
    for service in SERVICES:
        proof = prove_file(pages(service, http(service)))
        decisions += proof.end.position + proof.unsealed
        against += [f"{service} {fault.position}: {fault.what}" for fault in proof.faults]
    return decisions, Finding("every decision is on record in an unbroken chain", tuple(against))


def written(procurement: str, folder: Path) -> Path:
    """The yearly report as a page, with the document beside it."""
    today = local_date(datetime.now(UTC))
    query = {"kind": "ledger", "id": str(today.year)}
    answer = httpx.get(f"{procurement}/show", params=query, timeout=30).raise_for_status()
    report = yearly(read(answer.json()), today)
    page = folder / f"jahresbericht-{today.year}.html"
    page.write_text(report.html(), "utf-8")
    page.with_suffix(".pdf").write_bytes(report.pdf())
    return page
