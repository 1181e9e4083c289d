"""The cheapest plan of a round whose fees per place make it too large to search as a whole.

Without these fees the round is small. The tiers that contracts reach with all items together are
searched there, every relaxation charged with the least that fees come to. What is found is planned
without fees, charged with them, and places are closed where that is cheaper. The bound of this
search is a little too low, for its prices know of no fees. But it closes most tiers, and with the
few that it leaves the round can be searched with its places.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from services.procurement.bundling.closing import closed
from services.procurement.bundling.construct import constructed, least_conceivable
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits
from services.procurement.bundling.places import charges, spread, without_fees
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Formulation, Switch
from services.procurement.bundling.search import (
    NODES,
    Stopped,
    minimise,
    relaxed_by_size,
    stop,
    whole,
)
from services.procurement.bundling.solve import Basis, Floats, Milp, Solver
from services.procurement.bundling.usage import Usage, cost, of_columns

CLOSE = 5e-5
"""Part of the cost by which other tiers have to promise more than the best plan."""

OPEN = 100_000
"""Columns with places up to which the tiers left are searched with them."""


class Charged:
    """A problem and its programme without places; `free` is the problem without fees per place,
    whose cells are `made_of` the problem's."""

    def __init__(self, problem: Problem, solver: Solver, limits: Limits) -> None:
        self.problem, self.solver, self.limits = problem, solver, limits
        self.free, self.made_of = without_fees(problem)
        self.model = _served(self.free)
        self.milp = self.model.milp()
        self.tiers = _tiers_only(self.model, self.milp)
        self.fees = charges(problem, self.made_of, self.model)
        self.few = replace(limits, nodes=min(limits.nodes, NODES))
        self.ended: set[Stopped] = set()

    def cheapest(self, likely: Collection[Switch]) -> tuple[Usage, int, int, Stopped] | None:
        """The best plan found and its cost, a lower bound of every plan's cost, both in cents, and
        what ended the search; None if no plan was found.

        Args:
            likely: tiers that the relaxation without fees probably uses.
        """
        found = relaxed_by_size(self.model, self.milp, self.solver, self.limits, likely).answer
        self.ended.add(stop(found))
        best: Usage | None = None
        basis, bound = found.basis, 0.0
        if found.status == "optimal" and basis is not None:
            found = self.solver.branch(self.tiers, self.few, basis, np.inf, self.fees)
            self.ended.add(stop(found))
            bound = found.bound
            best = self._planned(self.model, found.values)
        if best is None:
            goods = self._whole(self.milp, likely)
            best = self._charged(constructed(self.free) if goods is None else goods)
            bound = max(bound, least_conceivable(self.problem))
        elif basis and bound < _close(cost(self.problem, best)) and found.status == "optimal":
            best, bound = self._with_places(best, bound, basis)
        if best is None:
            return None
        cents = cost(self.problem, best)
        least = min(cents, whole(bound))
        if "clock" in self.ended:
            return best, cents, least, "clock"
        return best, cents, least, "work" if least < cents or "work" in self.ended else ""

    def _with_places(self, best: Usage, bound: float, basis: Basis) -> tuple[Usage, float]:
        """A plan at least as good and a bound at least as high, by the few tiers that a plan
        cheaper by more than `CLOSE` could reach."""
        below = _close(cost(self.problem, best))
        dear = self.solver.too_dear(self.tiers, self.few, basis, below, self.fees)
        self.ended.add(stop(dear))
        columns = set(dear.active.tolist())
        model = _served(self.problem)
        left_out = {switch for switch, column in self.model.switches.items() if column in columns}
        milp = _without(model, model.milp(), left_out)
        if np.count_nonzero(milp.upper) > OPEN:
            return best, bound
        relaxed = self.solver.solve(_loose(milp), self.limits)
        self.ended.add(stop(relaxed))
        if relaxed.status != "optimal" or relaxed.basis is None:
            return best, bound
        found = self.solver.branch(_tiers_only(model, milp), self.few, relaxed.basis, below)
        self.ended.add(stop(found))
        other = self._planned(model, found.values)
        if other is not None and cost(self.problem, other) < cost(self.problem, best):
            best = other
        return best, max(bound, found.bound)

    def _planned(self, model: Formulation, values: Floats | None) -> Usage | None:
        """The plan at the tiers of whole contracts that some values of a programme reach."""
        if values is None:
            return None
        used = [switch for switch, column in model.switches.items() if values[column] > 1e-7]
        others = {s for s in self.model.switches if s[1] is None and s not in used}
        milp = _without(self.model, self.milp, others)
        return self._charged(self._whole(milp, used))

    def _whole(self, milp: Milp, likely: Collection[Switch]) -> Usage | None:
        """The best plan in whole pieces without fees per place."""
        found = minimise(self.model, milp, self.solver, self.limits, likely)
        if found.stopped_by == "clock":
            self.ended.add("clock")
        return None if found.values is None else of_columns(self.model, found.values)

    def _charged(self, goods: Usage | None) -> Usage | None:
        if goods is None:
            return None
        return closed(self.problem, spread(self.problem, goods, self.made_of))


def _close(cents: int) -> float:
    return cents * (1 - CLOSE)


def _served(problem: Problem) -> Formulation:
    model = formulate(problem)
    for column in model.short:
        model.upper[column] = 0.0
    return model


def _loose(milp: Milp) -> Milp:
    return replace(milp, integer=np.zeros_like(milp.integer))


def _tiers_only(model: Formulation, milp: Milp) -> Milp:
    """The programme in which only tiers of whole contracts have to be reached in full."""
    columns = [column for switch, column in model.switches.items() if switch[1] is None]
    return replace(milp, integer=np.isin(np.arange(len(milp.cost)), columns))


def _without(model: Formulation, milp: Milp, switches: Collection[Switch]) -> Milp:
    """The programme without some tiers of whole contracts."""
    upper = milp.upper.copy()
    upper[[model.switches[switch] for switch in switches if switch in model.switches]] = 0.0
    for buy, column in model.buys.items():
        if (buy.contract, None, buy.tier) in switches:
            upper[column] = 0.0
    return replace(milp, upper=upper)
