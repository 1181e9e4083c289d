"""A kept plan's bound, checked in integers by whoever has its lines, contracts and multipliers."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from services.procurement.bundling import (
    Contract,
    Highs,
    Line,
    NotProved,
    Plan,
    plan_round,
    recompute,
)
from tests.procurement.bundling.checker import enumerate_plans
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line
from tests.procurement.bundling.strategies import rounds

small = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def rechecked(
    plan: Plan, lines: list[Line], offers: list[Contract], multipliers: dict[int, int]
) -> tuple[int, int]:
    return recompute(lines, offers, plan.awards, multipliers, TODAY)


@small
@given(round_=rounds())
def test_a_plans_bound_is_proved_again_from_its_multipliers(
    round_: tuple[list[Line], list[Contract]], solver: Highs
) -> None:
    lines, offers = round_
    plan = plan_round(lines, offers, on=TODAY, solver=solver)
    total, bound = rechecked(plan, lines, offers, dict(plan.multipliers))

    assert total == plan.total_cents
    assert plan.certificate.exact_bound_cents <= bound <= total
    served = {line.id: 0 for line in lines}
    for award in plan.awards:
        served[award.line_id] += award.quantity
    costs = [c for s, c in enumerate_plans(lines, offers, TODAY) if s == tuple(served.values())]
    assert bound <= min(costs)


@pytest.fixture
def proved(solver: Highs) -> tuple[Plan, list[Line], list[Contract]]:
    lines = [a_line(n, f"1000{n}", 10) for n in (1, 2, 3)]
    offers = [a_contract(1, [(1, 100), (30, 90)]), a_contract(2, [(1, 95)], remaining_pieces=9)]
    return plan_round(lines, offers, on=TODAY, solver=solver), lines, offers


def test_a_multiplier_that_claims_more_is_found_out(
    proved: tuple[Plan, list[Line], list[Contract]],
) -> None:
    plan, lines, offers = proved
    for row, multiplier in plan.multipliers.items():
        if multiplier > 0:
            more = dict(plan.multipliers) | {row: multiplier + (1 << 30)}
            with pytest.raises(NotProved, match="rated at"):
                rechecked(plan, lines, offers, more)


def test_a_multiplier_without_row_or_of_the_wrong_sign_is_found_out(
    proved: tuple[Plan, list[Line], list[Contract]],
) -> None:
    plan, lines, offers = proved
    with pytest.raises(NotProved, match="rows"):
        rechecked(plan, lines, offers, {10_000: 1})
    row = next(r for r in range(100) if r not in plan.multipliers)
    with pytest.raises(NotProved, match=r"wrong sign|rated at"):
        rechecked(plan, lines, offers, dict(plan.multipliers) | {row: 1 << 40})


def test_awards_that_no_contract_gives_are_found_out(
    proved: tuple[Plan, list[Line], list[Contract]],
) -> None:
    plan, lines, offers = proved
    first, *others = plan.awards
    for wrong in (
        replace(first, contract="RV-9"),
        replace(first, item="PC"),
        replace(first, line_id="L999"),
        replace(first, quantity=first.quantity + 1),
    ):
        with pytest.raises(NotProved, match="award"):
            recompute(lines, offers, [wrong, *others], plan.multipliers, TODAY)
