"""What must hold between a round and one a little different, on random small rounds."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.procurement.bundling import Contract, Highs, Line, Plan, plan_round
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line
from tests.procurement.bundling.strategies import contracts, rounds

Round = tuple[list[Line], list[Contract]]

small = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def planned(lines: list[Line], offers: list[Contract], solver: Highs) -> Plan:
    return plan_round(lines, offers, on=TODAY, solver=solver)


def served(plan: Plan) -> int:
    return sum(award.quantity for award in plan.awards)


@small
@given(round_=rounds(), seed=st.integers(0, 99))
def test_permuting_lines_and_contracts_changes_nothing(
    round_: Round, seed: int, solver: Highs
) -> None:
    lines, offers = round_
    shuffled = random.Random(seed)  # noqa: S311 - any other order will do
    other_lines = shuffled.sample(lines, len(lines))
    other_offers = shuffled.sample(offers, len(offers))

    there, back = planned(lines, offers, solver), planned(other_lines, other_offers, solver)
    assert there == back
    assert there.fingerprint == back.fingerprint


@small
@given(round_=rounds())
def test_splitting_a_line_in_two_changes_nothing(round_: Round, solver: Highs) -> None:
    lines, offers = round_
    whole = replace(lines[0], quantity=4, minimum=None)
    parts = [replace(whole, quantity=3), replace(whole, id="L9", quantity=1)]

    one = planned([whole, *lines[1:]], offers, solver)
    two = planned([*parts, *lines[1:]], offers, solver)
    assert two.members == one.members
    assert two.orders == one.orders
    assert two.tiers == one.tiers


@small
@given(round_=rounds(), more=contracts(9))
def test_another_contract_never_serves_less_or_costs_more(
    round_: Round, more: Contract, solver: Highs
) -> None:
    lines, offers = round_
    before, after = planned(lines, offers, solver), planned(lines, [*offers, more], solver)

    assert served(after) >= served(before)
    if served(after) == served(before) == sum(line.quantity for line in lines):
        assert after.total_cents <= before.total_cents


@small
@given(
    quantities=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    factor=st.integers(2, 3),
    offers=st.lists(contracts(0, always_open=True), min_size=1, max_size=2),
)
def test_more_demand_of_equal_structure_never_costs_a_member_more_than_alone(
    quantities: list[int], factor: int, offers: list[Contract], solver: Highs
) -> None:
    offers = [replace(offer, id=f"C{n}") for n, offer in enumerate(offers)]
    lines = [Line(f"L{n}", f"m{n}", "A", q, f"p{n}") for n, q in enumerate(quantities)]
    once = planned(lines, offers, solver)
    more = planned([replace(x, quantity=factor * x.quantity) for x in lines], offers, solver)

    assert more.total_cents <= factor * once.total_cents
    for plan in (once, more):
        assert plan.certificate.rational
        assert all(m.share_cents <= m.alone_cents for m in plan.members)


@small
@given(round_=rounds())
def test_doubling_every_price_doubles_the_total(round_: Round, solver: Highs) -> None:
    lines, offers = round_
    doubled = [
        replace(
            c,
            tiers=tuple(
                replace(
                    t,
                    lo=2 * t.lo if c.basis == "turnover" else t.lo,
                    unit_cents={i: 2 * p for i, p in t.unit_cents.items()},
                )
                for t in c.tiers
            ),
            call_off_fee_cents=2 * c.call_off_fee_cents,
            place_fee_cents=2 * c.place_fee_cents,
            minimum_cents=2 * c.minimum_cents,
            remaining_cents=None if c.remaining_cents is None else 2 * c.remaining_cents,
        )
        for c in offers
    ]
    wishes = [
        replace(x, ceiling_cents=None if x.ceiling_cents is None else 2 * x.ceiling_cents)
        for x in lines
    ]
    if any(c.mode == "incremental" and c.basis == "turnover" for c in offers):
        return  # their surplus is rounded to whole cents once, before or after doubling
    assert (
        planned(wishes, doubled, solver).total_cents
        == 2 * planned(lines, offers, solver).total_cents
    )


@pytest.mark.parametrize("lo", [29, 30, 31])
def test_a_threshold_moved_by_one_piece_moves_the_total(lo: int, solver: Highs) -> None:
    lines = [a_line(n, member=f"1000{n}", quantity=10) for n in (1, 2, 3)]
    plan = planned(lines, [a_contract(steps=[(1, 100), (lo, 90)])], solver)

    assert plan.total_cents == (30 * 90 if lo <= 30 else 30 * 100)


@pytest.mark.parametrize("lo", [299_999, 300_000, 300_001])
def test_a_threshold_moved_by_one_cent_moves_the_total(lo: int, solver: Highs) -> None:
    steps = [(0, 10_000), (lo, 9_000)]
    plan = planned([a_line(quantity=30)], [a_contract(steps=steps, basis="turnover")], solver)

    assert plan.total_cents == (30 * 9_000 if lo <= 300_000 else 30 * 10_000)
