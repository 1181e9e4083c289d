"""The solver's traps, each of which once cost money: gap, rounding, threads, a process to stop."""

import threading
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from services.procurement.bundling import Contract, Highs, Limits, SolverFailed, Tier, plan_round
from services.procurement.bundling.solve import Milp
from tests.procurement.bundling.checker import check
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line


def knapsack(columns: int = 30) -> Milp:
    """A programme whose best values are found only by branching, with a dear constant."""
    weights = np.array([float(7 * k % 31 + 3) for k in range(columns)])
    starts = np.array([0, columns], dtype=np.int32)
    return Milp(
        -weights * 100 - np.arange(columns) % 7,
        np.zeros(columns),
        np.ones(columns),
        np.ones(columns, dtype=bool),
        np.array([-np.inf]),
        np.array([float(int(weights.sum() * 0.37))]),
        starts,
        np.arange(columns, dtype=np.int32),
        weights,
    )


def test_the_bound_closes_to_less_than_a_cent(solver: Highs) -> None:
    answer = solver.solve(knapsack(), Limits())
    assert answer.status == "optimal"
    assert answer.objective - answer.bound < 1


def test_a_turnover_tier_is_never_lost_by_rounding(solver: Highs) -> None:
    lines = [a_line(n, f"1000{n}", 7, item="NB") for n in range(1, 4)]
    tiers = (Tier(0, {"NB": 333}), Tier(333 * 20 + 1, {"NB": 300}))
    offers = [Contract("T", tiers, basis="turnover"), a_contract(2, remaining_pieces=6)]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    # 21 pieces reach the tier only if none goes to the cheaper second contract.
    assert plan.total_cents == min(21 * 300, 6 * 100 + 15 * 333)


@pytest.mark.parametrize(("basis", "lo"), [("quantity", 10), ("turnover", 1000)])
def test_a_tier_is_not_granted_one_piece_or_cent_short(
    basis: Literal["quantity", "turnover"], lo: int, solver: Highs
) -> None:
    tiers = (Tier(int(basis == "quantity"), {"NB": 100}), Tier(lo, {"NB": 80}))
    offers = [Contract("T", tiers, basis=basis), a_contract(2, [(1, 70)], remaining_pieces=3)]
    plan = plan_round([a_line(quantity=12)], offers, on=TODAY, solver=solver)

    # Nine pieces with the first contract would leave three for the cheap one, but miss the tier.
    assert plan.total_cents == 10 * 80 + 2 * 70
    assert plan.certificate.proven


def test_one_process_solves_again_and_again(solver: Highs) -> None:
    first = solver.solve(knapsack(), Limits())
    for columns in (5, 12, 30):
        assert solver.solve(knapsack(columns), Limits()).status == "optimal"
    again = solver.solve(knapsack(), Limits())
    assert first.values is not None
    assert again.values is not None
    assert (first.values == again.values).all()


def test_a_work_limit_returns_the_best_plan_with_an_honest_bound(solver: Highs) -> None:
    stopped = solver.solve(knapsack(), replace(Limits(), nodes=0))
    whole = solver.solve(knapsack(), Limits())
    assert stopped.bound <= whole.objective <= stopped.objective


def test_a_search_that_found_nothing_in_time_still_gives_a_plan_with_its_honest_gap(
    solver: Highs,
) -> None:
    lines = [a_line(n, f"1000{n}", 7 * n) for n in range(1, 5)]
    offers = [a_contract(1, [(1, 100), (30, 80)]), a_contract(2, [(1, 96)], remaining_pieces=20)]
    whole = plan_round(lines, offers, on=TODAY, solver=solver)
    hasty = plan_round(lines, offers, on=TODAY, solver=solver, limits=Limits(seconds=0.0))

    check(hasty, lines, offers, TODAY)
    assert not hasty.unfilled
    assert hasty.certificate.stopped_by == "clock"
    assert hasty.certificate.bound_cents <= whole.total_cents <= hasty.total_cents
    assert hasty.certificate.delta >= whole.certificate.delta


def test_a_search_can_be_stopped_from_outside() -> None:
    rng = np.random.default_rng(1)
    rows, columns = 40, 120
    hard = Milp(
        -rng.integers(1, 1000, columns).astype(float),
        np.zeros(columns),
        np.full(columns, 9.0),
        np.ones(columns, dtype=bool),
        np.full(rows, -np.inf),
        np.full(rows, 40_000.0),
        np.arange(0, rows * columns + 1, columns, dtype=np.int32),
        np.tile(np.arange(columns, dtype=np.int32), rows),
        rng.integers(1, 1000, rows * columns).astype(float),
    )
    with Highs() as own:
        own.solve(knapsack(), Limits())
        timer = threading.Timer(0.5, own.close)
        timer.start()
        with pytest.raises(SolverFailed, match="ended"):
            own.solve(hard, Limits())
        timer.join()
