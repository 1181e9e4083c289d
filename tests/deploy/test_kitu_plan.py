"""`kitu plan`: a round from files, as table, JSON and report."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.kitu.failure import Failure
from deploy.kitu.plan import plan
from shared.events.kid.contracts import CONTRACT_EXAMPLE
from shared.events.member import DEMAND_EXAMPLE

app = typer.Typer()
app.command()(plan)
ON = "2026-03-31"


@pytest.fixture
def round_files(tmp_path: Path) -> list[str]:
    demand = [{**DEMAND_EXAMPLE, "quantity": 60, "member": member} for member in ("10002", "10003")]
    (tmp_path / "demand.json").write_text(json.dumps(demand))
    (tmp_path / "contracts.json").write_text(json.dumps([CONTRACT_EXAMPLE]))
    return [str(tmp_path / "demand.json"), str(tmp_path / "contracts.json"), "--on", ON]


def test_a_round_from_files_is_shown_as_tables(round_files: list[str]) -> None:
    result = CliRunner().invoke(app, round_files, env={"COLUMNS": "200"})

    assert result.exit_code == 0, result.output
    assert f"total {120 * 829:,}".replace(",", ".") in result.output
    assert "proved the cheapest" in result.output


def test_a_round_from_files_is_given_as_json_and_as_a_report(
    round_files: list[str], tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    result = CliRunner().invoke(app, [*round_files, "--json", "--html", str(report)])

    found = json.loads(result.output)
    assert found["certificate"]["total_cents"] == 120 * 82900
    assert "Staffel ab 100 Stück" in found["awards"][0]["explanation"]
    assert "Probelauf vom 31.03.2026" in report.read_text("utf-8")


def test_a_kept_plan_is_checked_without_solver(round_files: list[str], tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    plan_json = json.loads(CliRunner().invoke(app, [*round_files, "--json"]).output)
    kept.write_text(json.dumps(plan_json))
    right = CliRunner().invoke(app, [*round_files, "--check", str(kept)], env={"COLUMNS": "200"})

    assert "99.480,00 € is right" in right.output
    assert "checked in integers: at most 0.0 ppm above the least" in right.output

    plan_json["certificate"]["exact_bound_cents"] += 1
    kept.write_text(json.dumps(plan_json))
    overrated = CliRunner().invoke(app, [*round_files, "--check", str(kept)])
    assert "as a bound 99.480,00 € is proved, not 99.480,01 €" in str(overrated.exception)

    plan_json["awards"][0]["quantity"] += 1
    kept.write_text(json.dumps(plan_json))
    invented = CliRunner().invoke(app, [*round_files, "--check", str(kept)])
    assert "more than asked" in str(invented.exception)


def test_a_round_is_filled_up_as_a_service_would_and_checked_so(
    round_files: list[str], tmp_path: Path
) -> None:
    demand = [
        {**DEMAND_EXAMPLE, "quantity": 48, "maximum_quantity": most, "member": member}
        for member, most in (("10002", 50), ("10003", 60))
    ]
    Path(round_files[0]).write_text(json.dumps(demand))
    shown = CliRunner().invoke(app, round_files, env={"COLUMNS": "200"})
    assert f"total {100 * 829:,}".replace(",", ".") in shown.output
    assert "pieces more than stated reach a tier that costs less" in shown.output

    kept = tmp_path / "plan.json"
    kept.write_text(CliRunner().invoke(app, [*round_files, "--json"]).output)
    right = CliRunner().invoke(app, [*round_files, "--check", str(kept)])
    assert "82.900,00 € is right" in right.output
    demand[1]["maximum_quantity"] = 50
    Path(round_files[0]).write_text(json.dumps(demand))
    above = CliRunner().invoke(app, [*round_files, "--check", str(kept)])
    assert "more than asked at most" in str(above.exception)


def test_a_bad_entry_is_named_with_its_place(round_files: list[str]) -> None:
    Path(round_files[0]).write_text(json.dumps([{**DEMAND_EXAMPLE, "quantity": 0}]))
    result = CliRunner().invoke(app, round_files)

    assert isinstance(result.exception, Failure)
    assert "demand.json:1: quantity" in str(result.exception)
