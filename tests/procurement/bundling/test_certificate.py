"""A kept plan's bound, checked in integers by whoever has its lines, contracts and multipliers."""

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.procurement.bundling import (
    Contract,
    Highs,
    Line,
    NotProved,
    Plan,
    Tier,
    plan_round,
    recheck,
)
from services.procurement.bundling.audit import audit
from services.procurement.bundling.certify import rated
from services.procurement.bundling.programme import Bought, Formulation, terms
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
    found = recheck(replace(plan, multipliers=multipliers), lines, offers, TODAY)
    return found.total_cents, found.bound_cents


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
            recheck(replace(plan, awards=(wrong, *others)), lines, offers, TODAY)


LISTED = [(1, 100), (30, 90)]
BROKEN = [
    ("ceiling", {"tiers": (Tier(1, {"NB": 100}), Tier(31, {"NB": 90}))}),
    ("below its minimum", {"minimum_pieces": 31}),
    ("below its minimum", {"minimum_cents": 30 * 90 + 1}),
    ("fewer pieces left", {"remaining_pieces": 29}),
    ("fewer pieces left", {"remaining_by_item": {"NB": 29}}),
    ("less value left", {"remaining_cents": 30 * 90 - 1}),
    ("whole packs", {"pack": {"NB": 4}}),
]


@pytest.mark.parametrize(("rule", "terms"), BROKEN)
def test_a_plan_is_held_against_every_rule_of_its_contracts(
    rule: str, terms: dict[str, Any], solver: Highs
) -> None:
    lines = [a_line(n, f"1000{n}", 10, ceiling_cents=95) for n in (1, 2, 3)]
    offer = a_contract(1, LISTED)
    plan = plan_round(lines, [offer], on=TODAY, solver=solver)

    assert recheck(plan, lines, [offer], TODAY).total_cents == 30 * 90
    with pytest.raises(NotProved, match=rule):
        recheck(plan, lines, [replace(offer, **terms)], TODAY)


def test_a_plan_is_held_against_ranks_and_minimums_of_lines(solver: Highs) -> None:
    lines = [a_line(1, "10001", 10)]
    offers = [a_contract(1, [(1, 100)]), a_contract(2, [(1, 120)])]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)
    ranked = [replace(offers[0], cascade="NB", rank=2), replace(offers[1], cascade="NB", rank=1)]
    with pytest.raises(NotProved, match="comes first"):
        recheck(plan, lines, ranked, TODAY)

    cut = replace(plan, awards=(replace(plan.awards[0], quantity=4),))
    with pytest.raises(NotProved, match="less than its minimum"):
        recheck(cut, [replace(lines[0], minimum=5)], offers, TODAY)


def test_shares_that_do_not_add_up_are_found_out(
    proved: tuple[Plan, list[Line], list[Contract]],
) -> None:
    plan, lines, offers = proved
    first, *others = plan.members
    for wrong in (
        replace(first, share_cents=first.share_cents + 1),
        replace(first, share_cents=first.share_cents + 1, balance_cents=first.balance_cents + 1),
        replace(first, alone_cents=first.share_cents - 1),
    ):
        with pytest.raises(NotProved, match=r"share|alone"):
            recheck(replace(plan, members=(wrong, *others)), lines, offers, TODAY)


def test_delta_is_shown_again_from_the_multipliers(
    proved: tuple[Plan, list[Line], list[Contract]],
) -> None:
    plan, lines, offers = proved
    assert recheck(plan, lines, offers, TODAY).delta >= plan.certificate.delta
    worthless = replace(plan, multipliers={})
    assert recheck(worthless, lines, offers, TODAY).delta == 1.0


def test_what_has_to_be_served_at_any_price_counts_in_the_bound_but_for_no_group(
    solver: Highs,
) -> None:
    lines = [a_line(1, "10001", 10, ceiling_cents=60), a_line(2, "10002", 25)]
    offers = [
        a_contract(1, [(1, 100), (30, 50)]),
        a_contract(2, [(1, 20)], entitled=frozenset({"10002"})),
    ]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)
    # 20 of 10002's pieces lift the ten to 50 cents; at 100 cents outside they would cost less.
    assert plan.total_cents == 30 * 50 + 5 * 20
    assert plan.certificate.exact_bound_cents == plan.total_cents
    found = recheck(plan, lines, offers, TODAY)
    assert found.bound_cents == plan.total_cents

    groups = dict(plan.group_multipliers)
    assert sum(m.alone_cents for m in plan.members) == 10 * 100 + 25 * 20
    worth = 1 - (10 * 100 + 25 * 20) / plan.total_cents
    assert found.delta >= worth - 1e-9
    row = max(groups, key=lambda row: groups[row])
    dearer = groups | {row: groups[row] + (1000 << 30)}
    with pytest.raises(NotProved, match="rated at"):
        recheck(replace(plan, group_multipliers=dearer), lines, offers, TODAY)


def test_delta_stated_without_a_search_of_groups_is_the_one_that_is_shown_again(
    solver: Highs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module(audit.__module__), "COLUMNS", 0)
    lines = [a_line(n, f"1000{n}", 15, item="PC", ceiling_cents=60) for n in (1, 2)]
    lines.append(a_line(3, "10003", 10))
    offers = [
        a_contract(1, tiers=(Tier(1, {"PC": 100}), Tier(30, {"PC": 50}))),
        # The fee makes notebooks dearer than their list price, though nobody lacks any alone.
        a_contract(2, call_off_fee_cents=60),
    ]
    plan = plan_round(lines, offers, on=TODAY, solver=solver)

    assert sum(m.alone_missing for m in plan.members) == 30
    assert plan.certificate.subgroups_checked == 0
    assert plan.certificate.delta == recheck(plan, lines, offers, TODAY).delta


huge = st.sampled_from([0, 1, -3, 2**31, -(2**52), 2**53])
multipliers = st.sampled_from([0, 1, -1, 2**30, 2**61, -(2**62), 2**63, 10**400, -(10**400)])


@small
@given(
    rows=st.lists(st.tuples(multipliers, st.lists(huge, min_size=3, max_size=3)), max_size=5),
    forced=multipliers,
)
def test_columns_are_rated_the_same_in_machine_and_in_unbounded_integers(
    rows: list[tuple[int, list[int]]], forced: int
) -> None:
    model = Formulation()
    columns = model.columns([0.0] * 3, [1.0] * 3)
    for _, weights in rows:
        model.row(-np.inf, 0.0, terms(columns, weights))
    model.force(Bought(np.array([0, 1], np.int32), np.array([5, 5], np.int32)), 2, np.full(6, 9.0))
    by_row = {row: multiplier for row, (multiplier, _) in enumerate(rows)} | {len(rows): forced}

    expected = [sum(multiplier * weights[c] for multiplier, weights in rows) for c in columns]
    expected = [expected[0] + forced, expected[1] + forced, expected[2] - 9 * forced]
    assert rated(model.milp(), by_row) == expected
