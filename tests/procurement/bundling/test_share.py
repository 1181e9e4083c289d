"""Who pays what: never more than alone, no group better off outside, the same for the same."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.procurement.bundling import Contract, Highs, Line, plan_round
from services.procurement.bundling.share import within
from tests.procurement.bundling.checker import enumerate_plans
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line
from tests.procurement.bundling.strategies import contracts

small = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def open_rounds(draw: st.DrawFn) -> tuple[list[Line], list[Contract]]:
    """Three members with a line each, and contracts that can serve everyone."""
    lines = [
        Line(f"L{n}", f"m{n}", draw(st.sampled_from("AB")), draw(st.integers(1, 3)), f"p{n}")
        for n in range(3)
    ]
    offers = [draw(contracts(n, always_open=True)) for n in range(2)]
    return lines, offers


def least_cost(lines: Sequence[Line], offers: Sequence[Contract]) -> int:
    whole = tuple(line.quantity for line in lines)
    return min(cost for served, cost in enumerate_plans(lines, offers, TODAY) if served == whole)


@small
@given(round_=open_rounds())
def test_no_group_saves_more_than_delta_by_leaving(
    round_: tuple[list[Line], list[Contract]], solver: Highs
) -> None:
    lines, offers = round_
    plan = plan_round(lines, offers, on=TODAY, solver=solver)
    share = {m.member: m.share_cents for m in plan.members}
    assert plan.certificate.rational
    assert plan.certificate.exact_bound_cents <= plan.total_cents
    for member in plan.members:
        own = [line for line in lines if line.member == member.member]
        assert member.alone_cents == least_cost(own, offers)
        assert member.share_cents <= member.alone_cents
    for group in combinations(lines, 2):
        paid = sum(share[line.member] for line in group)
        saved = paid - least_cost(group, offers)
        assert saved <= plan.certificate.delta * paid + 1e-6


def test_the_same_goods_cost_every_member_the_same(solver: Highs) -> None:
    lines = [a_line(n, f"1000{n}", 10, place="Lager") for n in range(1, 5)]
    offers = [a_contract(1, [(1, 100), (25, 90)], remaining_pieces=28), a_contract(2, [(1, 95)])]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    shares = [m.share_cents for m in plan.members]
    assert max(shares) - min(shares) <= 1
    assert {m.alone_cents for m in plan.members} == {950}


def test_a_share_above_its_bound_is_cut_and_the_rest_split_again() -> None:
    assert within(100, {"a": 50, "b": 30, "c": 20}, {"a": 40, "b": 99, "c": 99}) == {
        "a": 40,
        "b": 36,
        "c": 24,
    }


def test_doubling_all_prices_doubles_every_share(solver: Highs) -> None:
    lines = [a_line(n, f"1000{n}", 5 * n) for n in range(1, 5)]
    single = [a_contract(1, [(1, 100), (30, 80)], call_off_fee_cents=60), a_contract(2, [(1, 96)])]
    double = [
        a_contract(1, [(1, 200), (30, 160)], call_off_fee_cents=120),
        a_contract(2, [(1, 192)]),
    ]
    once = plan_round(lines, single, on=TODAY, solver=solver)
    twice = plan_round(lines, double, on=TODAY, solver=solver)

    assert twice.total_cents == 2 * once.total_cents
    for one, two in zip(once.members, twice.members, strict=True):
        assert abs(two.share_cents - 2 * one.share_cents) <= 1


def test_splitting_a_line_changes_nothing(solver: Highs) -> None:
    offers = [a_contract(1, [(1, 100), (30, 80)], remaining_pieces=33), a_contract(2, [(1, 96)])]
    whole = [a_line(1, "10001", 20), a_line(2, "10002", 25)]
    parts = [a_line(1, "10001", 12), a_line(3, "10001", 8), a_line(2, "10002", 25)]
    one = plan_round(whole, offers, on=TODAY, solver=solver)
    two = plan_round(parts, offers, on=TODAY, solver=solver)

    assert one.members == two.members
    assert one.orders == two.orders


def test_another_contract_never_raises_the_total(solver: Highs) -> None:
    lines = [a_line(n, f"1000{n}", 7 * n) for n in range(1, 4)]
    offers = [a_contract(1, [(1, 100), (30, 80)]), a_contract(2, [(1, 90)], remaining_pieces=20)]
    totals = [
        plan_round(lines, offers[:count], on=TODAY, solver=solver).total_cents for count in (1, 2)
    ]
    assert totals[1] <= totals[0]
