"""Branching on switches finds what the solver's own search finds, and its bound always holds."""

from dataclasses import replace

import numpy as np
import pytest

from deploy.bench.rounds import ON, Size, municipal
from services.procurement.bundling import Highs, Limits, branch, plan_round, search
from services.procurement.bundling.branch import evened
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.problem import aggregate
from services.procurement.bundling.relax import relax
from services.procurement.bundling.solve import Basis, Milp
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line


def a_round(solver: Highs, seed: int) -> tuple[Milp, Basis]:
    """A round with whole switches and continuous quantities, and its relaxation's basis."""
    model = formulate(aggregate(*municipal(Size(22, 50, 6, 1_000), seed), ON))
    for column in model.short:
        model.upper[column] = 0.0
    milp = model.milp()
    basis = relax(milp, solver, Limits()).answer.basis
    assert basis is not None
    integer = milp.integer.copy()
    integer[list(model.buys.values())] = False
    return replace(milp, integer=integer), basis


@pytest.mark.parametrize("seed", range(1, 9))
def test_it_finds_the_same_optimum_as_the_solver(seed: int, solver: Highs) -> None:
    milp, basis = a_round(solver, seed)
    best = solver.solve(milp, Limits())
    found = solver.branch(milp, Limits(), basis, np.inf)

    assert found.status == "optimal"
    assert found.values is not None
    assert found.objective == pytest.approx(best.objective, abs=0.999)
    assert found.bound <= best.objective + 0.999
    assert milp.cost @ found.values == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", range(1, 9))
def test_nothing_is_found_below_the_optimum(seed: int, solver: Highs) -> None:
    milp, basis = a_round(solver, seed)
    below = float(np.floor(solver.solve(milp, Limits()).objective))
    found = solver.branch(milp, Limits(), basis, below)

    assert found.values is None
    assert below - 1.0 < found.bound <= below


@pytest.mark.parametrize("nodes", [0, 1, 2, 3, 5])
def test_the_bound_holds_wherever_the_work_ends(nodes: int, solver: Highs) -> None:
    milp, basis = a_round(solver, 7)
    best = solver.solve(milp, Limits()).objective
    found = solver.branch(milp, Limits(nodes=nodes), basis, best + 1e6)

    assert found.status in ("work", "optimal")
    assert found.bound <= best + 1e-3
    assert found.values is None or found.objective >= best - 1e-3


def test_no_time_is_no_answer_and_no_false_bound(solver: Highs) -> None:
    milp, basis = a_round(solver, 7)
    found = solver.branch(milp, Limits(seconds=0.0), basis, np.inf)

    assert found.status == "clock"
    assert found.values is None
    assert found.bound == -np.inf


def test_equal_input_gives_an_equal_answer(solver: Highs) -> None:
    milp, basis = a_round(solver, 7)
    first, again = (solver.branch(milp, Limits(), basis, np.inf) for _ in range(2))

    assert first.values is not None
    assert again.values is not None
    assert (first.values == again.values).all()


def test_the_trials_decide_the_way_but_not_the_end(
    solver: Highs, monkeypatch: pytest.MonkeyPatch
) -> None:
    milp, basis = a_round(solver, 7)
    question = {
        "cost": milp.cost, "lower": milp.lower, "upper": milp.upper, "integer": milp.integer,
        "row_lower": milp.row_lower, "row_upper": milp.row_upper, "starts": milp.starts,
        "index": milp.index, "value": milp.value, "lazy": np.array(milp.lazy),
        "basis_columns": basis.columns, "basis_rows": basis.rows,
        "limits": np.array([1e5, 1e7, 60.0]), "below": np.array([np.inf]),
    }  # fmt: skip
    ends = []
    for probed, tried in ((1, 1), (8, 60), (50, 1000)):
        monkeypatch.setattr(branch, "PROBED", probed)
        monkeypatch.setattr(branch, "TRIED", tried)
        status, bound = branch.Tree(question).search()
        ends.append((status, pytest.approx(bound)))

    assert ends[0] == ends[1] == ends[2]
    assert ends[0][0] == "optimal"


def test_a_plan_of_whole_cents_below_a_fraction_is_not_dropped(solver: Highs) -> None:
    milp = Milp(
        cost=np.array([99.6, 0.0]), lower=np.array([1.0, 0.0]), upper=np.ones(2),
        integer=np.array([False, True]), row_lower=np.array([-np.inf]), row_upper=np.array([2.0]),
        starts=np.array([0, 2], dtype=np.int32), index=np.array([0, 1], dtype=np.int32),
        value=np.ones(2),
    )  # fmt: skip
    basis = Basis(np.zeros(2, dtype=np.int8), np.ones(1, dtype=np.int8))
    for below in (100.5, 101.0):
        assert solver.branch(milp, Limits(), basis, below).values is not None
    assert solver.branch(milp, Limits(), basis, 100.0).bound <= 100.0


def test_a_small_part_of_a_large_switch_is_no_whole_one(
    solver: Highs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", 0)
    offers = [
        a_contract(1, [(1, 90)], remaining_pieces=9_999_999),
        a_contract(2, [(1, 100), (2, 99)], minimum_pieces=5),
        a_contract(3, [(1, 200), (5, 190)], minimum_pieces=7),
    ]
    plan = plan_round([a_line(quantity=10_000_000)], offers, on=TODAY, solver=solver)

    assert plan.total_cents == 9_999_995 * 90 + 5 * 99
    assert plan.certificate.proven


@pytest.mark.parametrize("seed", range(1, 9))
def test_no_plan_cheap_enough_uses_a_switch_that_is_called_too_dear(
    seed: int, solver: Highs
) -> None:
    milp, basis = a_round(solver, seed)
    below = solver.solve(milp, Limits()).objective * 1.001
    dear = solver.too_dear(milp, Limits(), basis, below).active

    assert 0 < len(dear) < milp.integer.sum()
    for column in dear[:5]:
        lower = milp.lower.copy()
        lower[column] = 1.0
        forced = solver.solve(replace(milp, lower=lower), Limits())
        assert forced.values is None or forced.objective > below - 1.0


def test_rows_are_brought_to_one_size_without_a_change() -> None:
    question = {
        "starts": np.array([0, 2, 3]), "index": np.array([0, 1, 1]),
        "value": np.array([70_000.0, -5e11, -3.0]),
        "row_lower": np.array([-np.inf, -9.0]), "row_upper": np.array([0.0, np.inf]),
    }  # fmt: skip
    even = evened(question)

    assert even["value"].tolist() == [70_000 / 2**16, -5e11 / 2**16, -3.0]
    assert even["row_lower"].tolist() == [-np.inf, -9.0]
    assert even["row_upper"].tolist() == [0.0, np.inf]
