"""The demo's whole round through four processes, a real broker, real databases and real mail."""

import re

import pytest

from deploy.demo.play import Outcome, play


@pytest.fixture(scope="module")
async def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return await play(tmp_path_factory.mktemp("journey") / "round")


async def test_every_invariant_of_the_round_holds(outcome: Outcome) -> None:
    assert {finding.holds: finding.against for finding in outcome.findings if finding.against} == {}
    assert len(outcome.findings) >= 10


async def test_the_members_save_by_buying_together(outcome: Outcome) -> None:
    summary = outcome.summary
    assert summary.members == 22
    assert summary.total < summary.alone < summary.list_price


async def test_the_report_and_every_mail_can_be_looked_at(outcome: Outcome) -> None:
    report = outcome.report.read_text()
    assert "<svg" in report
    assert re.findall(r"""(?:src|href)=["']https?:|url\(https?:""", report) == []
    assert outcome.gallery is not None
    assert len(list(outcome.gallery.parent.glob("**/*.html"))) > outcome.summary.mails
