"""Against every possible plan of tiny rounds: no other serves more, none as much for less."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.procurement.bundling import (
    Contract,
    Highs,
    Line,
    ascent,
    cheapest,
    plan_round,
    relax,
    search,
)
from tests.procurement.bundling.checker import check, enumerate_plans
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line
from tests.procurement.bundling.strategies import rounds

small = settings(
    max_examples=2000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def verify(lines: list[Line], contracts: list[Contract], solver: Highs) -> None:
    plan = plan_round(lines, contracts, on=TODAY, solver=solver)
    check(plan, lines, contracts, TODAY)
    served = {line.id: 0 for line in lines}
    for award in plan.awards:
        served[award.line_id] += award.quantity
    most, least = 0, plan.total_cents
    for pieces, cost in enumerate_plans(lines, contracts, TODAY):
        most = max(most, sum(pieces))
        if pieces == tuple(served.values()):
            least = min(least, cost)
    assert sum(served.values()) == most
    assert plan.total_cents == least
    assert plan.certificate.proven


@small
@given(round_=rounds())
def test_of_thousands_of_rounds_no_plan_serves_more_and_none_as_much_for_less(
    round_: tuple[list[Line], list[Contract]], solver: Highs
) -> None:
    verify(*round_, solver)


@settings(parent=small, max_examples=200)
@given(round_=rounds(), cold=st.sampled_from([0, 1, 2]))
def test_the_steps_that_large_rounds_take_find_the_same(
    round_: tuple[list[Line], list[Contract]], cold: int, solver: Highs
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SMALL", 0)
        patch.setattr(search, "LARGE", 0)
        patch.setattr(cheapest, "LARGE", 0)
        patch.setattr(relax, "COLD", cold)
        verify(*round_, solver)


@settings(parent=small, max_examples=300)
@given(round_=rounds(), near=st.sampled_from([0.0, 0.01, 0.5]))
def test_prices_that_leave_few_tiers_open_lead_to_a_plan_above_their_bound(
    round_: tuple[list[Line], list[Contract]], near: float, solver: Highs
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SMALL", 0)
        patch.setattr(search, "LARGE", 0)
        patch.setattr(search, "APART", -1.0)
        patch.setattr(ascent, "NEAR", near)
        # The last cents are searched without the prices; here they have to do alone.
        patch.setattr(search, "MIDDLE", -1)
        lines, offers = round_
        plan = plan_round(lines, offers, on=TODAY, solver=solver)
    whole = plan_round(lines, offers, on=TODAY, solver=solver)

    check(plan, lines, offers, TODAY)
    if not whole.unfilled:
        assert plan.certificate.bound_cents <= whole.total_cents <= plan.total_cents


@settings(parent=small, max_examples=200)
@given(round_=rounds())
def test_whole_pieces_found_at_fixed_tiers_are_a_plan(
    round_: tuple[list[Line], list[Contract]], solver: Highs
) -> None:
    lines, offers = round_
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SMALL", 0)
        patch.setattr(search, "MIDDLE", -1)
        plan = plan_round(lines, offers, on=TODAY, solver=solver)
    whole = plan_round(lines, offers, on=TODAY, solver=solver)

    check(plan, lines, offers, TODAY)
    if not whole.unfilled:
        assert plan.certificate.bound_cents <= whole.total_cents <= plan.total_cents


@settings(parent=small, max_examples=200)
@given(round_=rounds())
def test_a_round_too_large_for_its_places_has_a_plan_above_its_bound(
    round_: tuple[list[Line], list[Contract]], solver: Highs
) -> None:
    lines, offers = round_
    whole = plan_round(lines, offers, on=TODAY, solver=solver)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cheapest, "PLACES", 0)
        plan = plan_round(lines, offers, on=TODAY, solver=solver)

    check(plan, lines, offers, TODAY)
    served = [sum(a.quantity for a in p.awards) for p in (plan, whole)]
    assert served[0] == served[1]
    if not whole.unfilled:
        assert plan.certificate.bound_cents <= whole.total_cents <= plan.total_cents


@pytest.mark.parametrize("remaining", [0, 3, 4, 7, 20])
def test_no_plan_within_a_cascade_is_cheaper(remaining: int, solver: Highs) -> None:
    lines = [a_line(1, "m1", 4), a_line(2, "m2", 3)]
    first = a_contract(1, [(1, 90)], cascade="NB", rank=1, remaining_pieces=remaining)
    second = a_contract(2, [(1, 80), (3, 60)], cascade="NB", rank=2)
    verify(lines, [first, second, a_contract(3, [(1, 85)])], solver)


def test_a_ceiling_below_list_price_is_met_by_the_tier_others_reach(solver: Highs) -> None:
    lines = [a_line(1, "10001", 5, ceiling_cents=90), a_line(2, "10002", 30)]
    offers = [a_contract(1, [(1, 100), (35, 90)]), a_contract(2, [(1, 91)])]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    assert not plan.unfilled
    assert plan.total_cents == 35 * 90
