"""The round's report: complete, self-contained, safe against names."""

import re

from services.procurement.bundling import plan_round
from services.procurement.report import render
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line


def test_a_report_names_members_tiers_and_what_went_unfilled() -> None:
    lines = [a_line(1, "10001", 40), a_line(2, "10002", 50), a_line(3, "10002", 5, item="ZZ")]
    plan = plan_round(lines, [a_contract(steps=[(1, 10_000), (100, 9_000)])], on=TODAY)
    page = render(plan, title="Runde <1>", names={"10001": "Stadt A & B", "10002": "Landkreis C"})

    assert "Runde &lt;1&gt;" in page
    assert "Stadt A &amp; B" in page
    assert "noch 10 Stück → 10,0 % günstiger" in page
    assert "9.000,00 €" in page
    assert "Für ZZ besteht keine Rahmenvereinbarung." in page
    assert page.count("<svg") == 3
    assert not re.search(r"(src|href)=\"http", page.replace("http://www.w3.org", ""))


def test_an_empty_round_has_a_report_too() -> None:
    assert "Nachweis" in render(plan_round([], [], on=TODAY), title="Leer", names={})
