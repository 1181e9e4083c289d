"""The documents that go with mails: PDF for people, CSV and JSON for programs."""

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from hashlib import sha256
from json import loads
from pathlib import Path
from typing import Any

import pytest

import services
from services.notifications.domain import Office, Telling
from services.notifications.mail.documents import documents, tenders
from services.notifications.mail.message import Attachment
from services.notifications.mail.samples import BACKGROUND, samples
from shared.events import CATALOGUE

HOSTILE = ["#panic()", "*fett* _x_ $x$ @ref <label>", "]#sys.inputs[", "a\\b", "<x>&amp;", "=1+1"]
LINE = CATALOGUE["order.placed.v1"].example["lines"][0]


def telling(kind: str) -> Telling:
    return next(t for t in samples() if t.kind.name == kind)


def attachments(kind: str, **changes: Any) -> list[Attachment]:
    told = telling(kind)
    first = told.occasions[0]
    changed = replace(first, data={**first.data, **changes})
    return documents(Telling((changed,)), BACKGROUND, Office())


def test_kid_gets_its_order_for_people_for_its_system_and_for_spreadsheets() -> None:
    assert [(a.name, a.media_type) for a in attachments("order_to_kid")] == [
        ("Bestellung-A-2026-0001.pdf", "application/pdf"),
        ("Bestellung-A-2026-0001.xml", "application/xml"),
        ("Bestellung-A-2026-0001.csv", "text/csv"),
    ]


def test_a_member_gets_its_cost_statement_to_keep() -> None:
    assert [a.name for a in attachments("cost_statement")] == [
        "Kostenmitteilung-R-2026-0001-10002.pdf"
    ]


def test_a_tender_need_goes_as_a_document_and_as_data() -> None:
    pdf, data = attachments("tender_need")
    assert (pdf.name, pdf.media_type) == ("Vergabebedarf-V-2026-0001-1.pdf", "application/pdf")
    assert (data.name, data.media_type) == ("Vergabebedarf-V-2026-0001-1.json", "application/json")
    assert loads(data.content)["rules"][0]["source"].startswith("§ 106 (2) Nr. 1 GWB")


def test_other_mails_go_without_documents() -> None:
    assert attachments("delivery") == []


@pytest.mark.parametrize("kind", ["order_to_kid", "cost_statement", "tender_need"])
def test_a_pdf_is_tagged_in_german_and_always_the_same(kind: str) -> None:
    page = attachments(kind)[0].content
    assert page == attachments(kind)[0].content
    assert page.startswith(b"%PDF-1.7")
    assert re.search(rb"/Lang\s*\(de-DE\)", page)
    assert b"/MarkInfo" in page
    assert b"/StructTreeRoot" in page
    assert b"<pdfuaid:part>1</pdfuaid:part>" in page
    assert b"<pdfaid:part>2</pdfaid:part>" in page


_DIGESTS = """
import hashlib
from services.notifications.domain import Office
from services.notifications.mail.documents import documents, tenders
from services.notifications.mail.samples import BACKGROUND, samples

for told in samples():
    for made in documents(told, BACKGROUND, Office()):
        print(made.name, hashlib.sha256(made.content).hexdigest())
"""


def test_documents_have_the_same_bytes_in_every_process_on_every_day_and_machine() -> None:
    here = [
        f"{made.name} {sha256(made.content).hexdigest()}"
        for told in samples()
        for made in documents(told, BACKGROUND, Office())
    ]
    elsewhere = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    there = subprocess.run(
        [sys.executable, "-c", _DIGESTS],
        env={**os.environ, **elsewhere},
        check=True,
        capture_output=True,
        text=True,
    )
    assert there.stdout.splitlines() == here


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_in_a_pdf_and_never_markup(name: str) -> None:
    line = {**LINE, "name": name, "member_name": name}
    assert attachments("order_to_kid", lines=[line])[0].content.startswith(b"%PDF")


def test_an_order_of_many_pages_is_made() -> None:
    lines = [{**LINE, "line": number} for number in range(1, 201)]
    page = attachments("order_to_kid", lines=lines)[0].content
    assert page.count(b"/Type/Page") + page.count(b"/Type /Page") > 4


def test_every_rule_that_a_tender_need_may_quote_has_a_german_name() -> None:
    file = Path(services.__file__).parent / "procurement" / "rules.toml"
    names = {rule["name"] for rule in tomllib.loads(file.read_text())["rule"]}
    of_contracts = {"framework_years_vgv", "framework_years_uvgo", "warning_percents"}
    assert names - of_contracts - {"solution_notice_months"} == tenders._RULES.keys()
