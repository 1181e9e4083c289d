"""Fees per place in rounds too large to search with them: few places are opened, and the bound
knows that some have to be."""

import pytest

from deploy.bench.rounds import ON, Size, municipal
from services.procurement.bundling import Highs, Limits, Plan, charged, cheapest, plan_round
from services.procurement.bundling.problem import aggregate
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line


@pytest.fixture(autouse=True)
def every_round_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cheapest, "PLACES", 0)


def opened(plan: Plan) -> set[tuple[str, str]]:
    return {(order.contract, order.place) for order in plan.orders}


def test_a_place_is_served_by_others_where_that_costs_less_than_its_fee(solver: Highs) -> None:
    lines = [a_line(1, "10001", 9, place="A"), a_line(2, "10002", 2, place="B")]
    offers = [a_contract(1, [(1, 90)], place_fee_cents=50), a_contract(2, [(1, 100)])]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    assert opened(plan) == {("RV-1", "A"), ("RV-2", "B")}
    assert plan.total_cents == 9 * 90 + 50 + 2 * 100
    assert plan.certificate.proven


def test_a_place_stays_open_where_its_pieces_hold_a_tier(solver: Highs) -> None:
    lines = [a_line(1, "10001", 9, place="A"), a_line(2, "10002", 2, place="B")]
    offers = [a_contract(1, [(1, 100), (11, 90)], place_fee_cents=30), a_contract(2, [(1, 100)])]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    assert opened(plan) == {("RV-1", "A"), ("RV-1", "B")}
    assert plan.total_cents == 11 * 90 + 2 * 30


def test_a_place_stays_open_where_others_have_too_little_left(solver: Highs) -> None:
    lines = [a_line(1, "10001", 9, place="A"), a_line(2, "10002", 2, place="B")]
    offers = [
        a_contract(1, [(1, 90)], place_fee_cents=50),
        a_contract(2, [(1, 100)], remaining_pieces=1),
    ]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    assert opened(plan) == {("RV-1", "A"), ("RV-1", "B")}


def test_the_bound_counts_the_fee_of_a_place_that_every_contract_asks_one_for(
    solver: Highs,
) -> None:
    lines = [a_line(n, f"1000{n}", 4, place=f"P{n}") for n in (1, 2, 3)]
    offers = [
        a_contract(1, [(1, 90)], place_fee_cents=50),
        a_contract(2, [(1, 100)], place_fee_cents=40),
    ]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    assert plan.total_cents == plan.certificate.bound_cents == 3 * (4 * 90 + 50)


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("open_columns", [0, charged.OPEN])
def test_the_bound_is_close_and_below_the_plan_that_a_whole_search_finds(
    seed: int, open_columns: int, solver: Highs, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = aggregate(*municipal(Size(8, 20, 5, 150, place_fees=True), seed), ON)
    monkeypatch.setattr(charged, "OPEN", open_columns)
    found = cheapest.cheapest(problem, solver, Limits())
    monkeypatch.setattr(cheapest, "PLACES", 10**9)
    whole = cheapest.cheapest(problem, solver, Limits())

    assert found is not None
    assert whole is not None
    assert found.bound_cents <= whole.total_cents <= found.total_cents
    assert found.total_cents <= whole.total_cents * 1.005
    if open_columns:
        assert found.bound_cents >= whole.total_cents * 0.997
