"""The relaxation tier by tier reaches the one with all tiers, from wherever it goes on."""

from dataclasses import replace

import numpy as np
import pytest

from deploy.bench.rounds import ON, Size, municipal
from services.procurement.bundling import Highs, Limits, certify, dual, relax
from services.procurement.bundling.dual import price_list
from services.procurement.bundling.entitle import entitlements
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.problem import aggregate
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.solve import Answer, Basis, Floats, Milp


class Counting(Highs):
    """Knows how many relaxations went on from a basis."""

    def __init__(self) -> None:
        super().__init__()
        self.continued = 0

    def solve(self, milp: Milp, limits: Limits, start: Floats | Basis | None = None) -> Answer:
        self.continued += isinstance(start, Basis)
        return super().solve(milp, limits, start)


class Closed(Highs):
    """May not be asked anything."""

    def solve(self, milp: Milp, limits: Limits, start: Floats | Basis | None = None) -> Answer:
        raise AssertionError("a relaxation is solved that is known")


def a_round() -> tuple[Formulation, Milp]:
    model = formulate(aggregate(*municipal(Size(22, 50, 6, 1_000)), ON))
    for column in model.short:
        model.upper[column] = 0.0
    return model, model.milp()


@pytest.mark.parametrize("cold", [0, 1])
def test_going_on_from_a_basis_ends_at_the_same_optimum(
    cold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relax, "COLD", cold)
    model, milp = a_round()
    with Counting() as solver:
        whole = relax.relax(milp, solver, Limits())
        by_tiers = relax.relax_by_tiers(model, milp, solver, Limits())

    best = whole.answer.objective
    assert solver.continued
    assert by_tiers.answer.objective == pytest.approx(best, rel=relax.ENOUGH)
    assert best * (1 - relax.ENOUGH) <= by_tiers.bound <= best + 1e-3


def test_a_basis_brings_its_optimum_back_without_work(solver: Highs) -> None:
    _, milp = a_round()
    milp = replace(milp, integer=np.zeros_like(milp.integer))
    first = solver.solve(milp, Limits())
    again = solver.solve(milp, Limits(), first.basis)

    assert first.iterations > 0
    assert again.iterations == 0
    assert again.objective == pytest.approx(first.objective)


def test_the_price_list_found_tier_by_tier_is_worth_as_much(
    solver: Highs, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = aggregate(*municipal(Size(22, 50, 6, 1_000)), ON)
    awarded = {"10001": {index: cell.demand for index, cell in enumerate(problem.cells)}}
    parts = entitlements(problem, awarded)
    whole = price_list(problem, awarded, parts, {}, solver, Limits())
    monkeypatch.setattr(dual, "LARGE", 0)
    by_tiers = price_list(problem, awarded, parts, {}, solver, Limits())

    assert certify(problem, by_tiers.multipliers) == by_tiers.bound_cents
    assert by_tiers.bound_cents == pytest.approx(whole.bound_cents, rel=1e-7)


def test_the_plans_own_relaxation_gives_the_price_list(solver: Highs) -> None:
    problem = aggregate(*municipal(Size(22, 50, 6, 1_000)), ON)
    awarded = {"10001": {index: cell.demand for index, cell in enumerate(problem.cells)}}
    parts = entitlements(problem, awarded)
    _, milp = a_round()
    known = relax.relax(milp, solver, Limits())
    afresh = price_list(problem, awarded, parts, {}, solver, Limits())
    handed = price_list(problem, awarded, parts, {}, Closed(), Limits(), known)

    assert certify(problem, handed.proof) == handed.bound_cents
    assert handed.bound_cents == pytest.approx(afresh.bound_cents, rel=1e-7)

    fewer = replace(known, answer=replace(known.answer, duals=np.ones(3)))
    assert price_list(problem, awarded, parts, {}, solver, Limits(), fewer) == afresh
