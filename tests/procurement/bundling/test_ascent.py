"""Prices of a scarce round: their bound holds, and so does what they say of tiers."""

from dataclasses import replace

import numpy as np
import pytest

from deploy.bench.rounds import ON, tqd
from services.procurement.bundling import Highs, Limits, ascent, search
from services.procurement.bundling.ascent import Ascent, most
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.problem import aggregate
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.relax import relax
from services.procurement.bundling.solve import Milp


def a_scarce_round(seed: int) -> tuple[Formulation, Milp]:
    model = formulate(aggregate(*tqd(6, 12, 3, seed, 0.8), ON))
    for column in model.short:
        model.upper[column] = 0.0
    return model, model.milp()


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_bound_lies_between_the_relaxation_and_the_optimum(seed: int, solver: Highs) -> None:
    model, milp = a_scarce_round(seed)
    relaxation = relax(milp, solver, Limits())
    optimum = solver.solve(milp, Limits())
    prices = Ascent(model, milp, relaxation, optimum.objective * 1.01)

    assert relaxation.bound < prices.bound <= optimum.objective + 1e-3


@pytest.mark.parametrize("seed", range(1, 9))
def test_no_tier_is_called_dearer_than_it_is(seed: int, solver: Highs) -> None:
    model, milp = a_scarce_round(seed)
    optimum = solver.solve(milp, Limits())
    prices = Ascent(model, milp, relax(milp, solver, Limits()), optimum.objective * 1.01)

    for number, column in enumerate(prices.tiers.switch):
        lower = milp.lower.copy()
        lower[column] = 1.0
        forced = solver.solve(replace(milp, lower=lower), Limits())
        if forced.values is not None:
            assert prices.bound + prices.dear[number] <= forced.objective + 1e-3
    for family, idle in enumerate(prices.idle):
        upper = milp.upper.copy()
        upper[prices.tiers.switch[prices.tiers.family == family]] = 0.0
        without = solver.solve(replace(milp, upper=upper), Limits())
        if without.values is not None:
            assert prices.bound + idle <= without.objective + 1e-3


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_narrowed_programme_keeps_the_optimum(seed: int, solver: Highs) -> None:
    model, milp = a_scarce_round(seed)
    optimum = solver.solve(milp, Limits())
    prices = Ascent(model, milp, relax(milp, solver, Limits()), optimum.objective * 1.01)
    narrow = prices.narrowed(milp, optimum.objective - prices.bound + 1.0)

    assert (narrow.upper < most(milp)).any()
    assert solver.solve(narrow, Limits()).objective == pytest.approx(optimum.objective, abs=0.5)


@pytest.mark.parametrize("near", [0.0, 0.002, 0.5])
@pytest.mark.parametrize("seed", range(1, 9))
def test_the_search_among_few_tiers_proves_the_optimum(
    seed: int, near: float, solver: Highs, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, milp = a_scarce_round(seed)
    optimum = solver.solve(milp, Limits())
    for name, value in (("SMALL", 0), ("LARGE", 0), ("MIDDLE", -1)):
        monkeypatch.setattr(search, name, value)
    monkeypatch.setattr(ascent, "NEAR", near)
    asked: list[float] = []
    narrowed = Ascent.narrowed

    def seen(self: Ascent, milp: Milp, room: float) -> Milp:
        asked.append(room)
        return narrowed(self, milp, room)

    monkeypatch.setattr(Ascent, "narrowed", seen)
    found = search.minimise(model, milp, solver, Limits())

    assert asked
    assert found.values is not None
    assert milp.cost @ found.values == pytest.approx(optimum.objective, abs=0.5)
    assert found.bound_cents == round(optimum.objective)


def test_a_search_that_the_limits_end_keeps_to_the_bound_of_the_prices(solver: Highs) -> None:
    model, milp = a_scarce_round(1)
    optimum = solver.solve(milp, Limits())
    relaxation = relax(milp, solver, Limits())
    prices = Ascent(model, milp, relaxation, optimum.objective * 1.01)
    ended = prices.cheapest(milp, optimum, solver, Limits(nodes=0))

    assert ended.values is not None
    assert prices.bound <= ended.bound <= optimum.objective + 1e-3


def test_what_single_rows_leave_of_a_column_is_its_upper_bound() -> None:
    milp = Milp(
        cost=np.ones(2), lower=np.zeros(2), upper=np.full(2, 9.0), integer=np.array([True, False]),
        row_lower=np.full(2, -np.inf), row_upper=np.array([7.0, 0.0]),
        starts=np.array([0, 2, 4], dtype=np.int32),
        index=np.array([0, 1, 0, 1], dtype=np.int32), value=np.array([2.0, 1.0, 1.0, -5.0]),
    )  # fmt: skip
    assert most(milp).tolist() == [3.0, 7.0]
