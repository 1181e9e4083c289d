"""The solver's traps, each of which once cost money: gap, rounding, threads, a process to stop."""

import threading
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.procurement.bundling import (
    Contract,
    Highs,
    Limits,
    Line,
    SolverFailed,
    Tier,
    lazy,
    plan_round,
)
from services.procurement.bundling.solve import Answer, Basis, Floats, Milp
from tests.procurement.bundling.checker import check
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line
from tests.procurement.bundling.strategies import rounds

small = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def knapsack(columns: int = 30) -> Milp:
    """A programme whose best values are found only by branching, with a dear constant."""
    weights = np.array([float(7 * k % 31 + 3) for k in range(columns)])
    whole = columns + 1
    lower = np.zeros(whole)
    lower[columns] = 1.0
    return Milp(
        np.append(-weights * 100 - np.arange(columns) % 7, -1e8),
        lower,
        np.ones(whole),
        np.ones(whole, dtype=bool),
        np.array([-np.inf]),
        np.array([float(int(weights.sum() * 0.37))]),
        np.array([0, columns], dtype=np.int32),
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


def test_every_programme_is_solved_by_one_thread() -> None:
    for integer in (True, False):
        question: lazy.Arrays = {
            **{name: np.ones(1) for name in ("cost", "upper", "value", "row_upper")},
            **{name: np.zeros(1) for name in ("lower", "row_lower")},
            "integer": np.full(1, integer),
            "starts": np.array([0, 1], dtype=np.int32),
            "index": np.zeros(1, dtype=np.int32),
        }
        assert lazy.load(question).getOptionValue("threads")[1] == 1


def test_a_work_limit_returns_the_best_plan_with_an_honest_bound(solver: Highs) -> None:
    stopped = solver.solve(knapsack(), replace(Limits(), nodes=0))
    whole = solver.solve(knapsack(), Limits())
    assert stopped.bound <= whole.objective <= stopped.objective


@small
@given(round_=rounds(), limits=st.sampled_from([Limits(seconds=0.0), Limits(nodes=0)]))
def test_whatever_a_limit_ends_a_plan_comes_back_with_its_honest_gap(
    round_: tuple[list[Line], list[Contract]], limits: Limits, solver: Highs
) -> None:
    lines, offers = round_
    whole = plan_round(lines, offers, on=TODAY, solver=solver)
    hasty = plan_round(lines, offers, on=TODAY, solver=solver, limits=limits)

    check(hasty, lines, offers, TODAY)
    most = sum(award.quantity for award in whole.awards)
    served = sum(award.quantity for award in hasty.awards)
    assert whole.certificate.most_pieces == most
    assert served <= most <= hasty.certificate.most_pieces
    if served == most and not whole.unfilled:
        assert hasty.certificate.bound_cents <= whole.total_cents <= hasty.total_cents
    if hasty.certificate.proven:
        assert served == most
    alone = {member.member: member.alone_cents for member in whole.members}
    if [a.quantity for a in hasty.awards] == [a.quantity for a in whole.awards]:
        assert all(m.alone_cents <= alone[m.member] for m in hasty.members)


def test_a_scarce_round_that_was_stopped_serves_what_fits_and_says_what_might_be_served(
    solver: Highs,
) -> None:
    lines = [a_line(1, "10001", 30), a_line(2, "10002", 10, minimum=9)]
    offers = [a_contract(1, remaining_pieces=20), a_contract(2, minimum_pieces=15)]
    hasty = plan_round(lines, offers, on=TODAY, solver=solver, limits=Limits(seconds=0.0))

    check(hasty, lines, offers, TODAY)
    assert sum(award.quantity for award in hasty.awards) == 20
    assert hasty.certificate.most_pieces == 40
    assert hasty.certificate.stopped_by == "clock"
    assert not hasty.certificate.proven


@pytest.mark.parametrize("ended", range(6))
def test_wherever_the_clock_ends_it_a_scarce_round_has_a_plan(ended: int) -> None:
    lines = [a_line(1, "10001", 30), a_line(2, "10002", 10, minimum=9), a_line(3, "10003", 8)]
    offers = [
        a_contract(1, [(1, 100), (30, 80)], remaining_pieces=35, call_off_fee_cents=50),
        a_contract(2, [(1, 90)], minimum_pieces=5, pack={"NB": 4}, remaining_pieces=8),
    ]
    with StoppedAt(ended) as solver:
        plan = plan_round(lines, offers, on=TODAY, solver=solver)

    check(plan, lines, offers, TODAY)
    assert solver.asked > ended


class StoppedAt(Highs):
    """Has no time left for one of its questions."""

    def __init__(self, ended: int) -> None:
        super().__init__()
        self.asked, self._ended = 0, ended

    def solve(self, milp: Milp, limits: Limits, start: Floats | Basis | None = None) -> Answer:
        hasty = self.asked == self._ended
        self.asked += 1
        return super().solve(milp, Limits(seconds=0.0) if hasty else limits, start)


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
