"""The linear relaxation of a large round: solved on the tiers that matter, priced for the others.

A tier's columns (its switch and its quantities) take part only together, in rows of their own but
for those of demand and capacity. So what a tier left out could save at most follows from the prices
of the rows that stay: a knapsack between its thresholds. Tiers that could save something join and
the relaxation is solved again; what the others could not save makes a bound in any case.

Source: column generation over blocks, Dantzig & Wolfe, "Decomposition principle for linear
programs", Operations Research 8 (1960).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import count, pairwise

import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.model import Limits
from services.procurement.bundling.programme import Formulation, Switch
from services.procurement.bundling.solve import (
    ABSENT,
    BASIC,
    LOWER,
    Answer,
    Basis,
    Floats,
    Milp,
    Solver,
)

ENOUGH = 5e-6
"""How far, as a part of the cost, the bound may stay below the relaxation's optimum."""

COLD = 2
"""How often the relaxation is solved from nothing: many tiers join at first, and presolving them
is faster than going on from a basis that knows few of them."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The relaxation's answer for all columns and a lower bound of every plan's cost.

    A plan that uses a column costs at least its `dear` more than the bound, and at least its
    reduced cost (`answer.reduced`) more for every unit.
    """

    answer: Answer
    bound: float
    dear: Floats


def relax(milp: Milp, solver: Solver, limits: Limits) -> Relaxed:
    """The relaxation with all tiers at once."""
    answer = solver.solve(replace(milp, integer=np.zeros_like(milp.integer)), limits)
    return Relaxed(answer, answer.bound, np.zeros(len(milp.cost)))


def relax_by_tiers(
    model: Formulation,
    milp: Milp,
    solver: Solver,
    limits: Limits,
    likely: Collection[Switch] = (),
    enough: float = ENOUGH,
    cold: int | None = None,
) -> Relaxed:
    """The relaxation, beginning with the `likely` tiers; with all at once where these have none.
    It is solved from nothing `cold` times, as a rule `COLD`, before it goes on from a basis.

    Its duals are those of all rows: with them no tier that was left out costs less than nothing,
    but for what `enough` leaves of the bound.
    """
    if not model.switches:
        return relax(milp, solver, limits)
    tiers = Tiers(model, milp)
    used = tiers.first(likely)
    best: Relaxed | None = None
    for times in count():
        answer, duals = tiers.solve(
            used, solver, limits, warm=times >= (COLD if cold is None else cold)
        )
        if answer.status == "infeasible":
            return relax(milp, solver, limits)
        if answer.values is None or answer.status != "optimal":
            return best or Relaxed(answer, 0.0, np.zeros(len(milp.cost)))
        found, worth = tiers.priced(answer, duals, used)
        if best is None or found.bound >= best.bound:
            best = found
        more = np.flatnonzero(~used & (worth < -0.5))
        if not len(more) or answer.objective - found.bound < enough * abs(answer.objective):
            return best
        used[more] = True
    raise AssertionError("the tiers to join are finite")


class Tiers:
    """A programme's columns and rows by tier: -1 where they belong to none, or to several."""

    def __init__(self, model: Formulation, milp: Milp) -> None:
        self.model, self.milp = model, milp
        self.number = {switch: n for n, switch in enumerate(model.switches)}
        self.switch = np.array(list(model.switches.values()), dtype=np.int64)
        families: dict[tuple[int, str | None], int] = {}
        self.family = np.array([families.setdefault(s[:2], len(families)) for s in self.number])
        self.of_column = np.full(len(milp.cost), -1)
        self.of_column[self.switch] = np.arange(len(self.switch))
        by_item = {switch[:2] for switch in self.number if switch[1] is not None}
        self.counts = np.ones(len(milp.cost))
        self.most = np.array(model.upper)
        self.cell = np.full(len(milp.cost), -1)
        for buy, column in model.buys.items():
            item = buy.item if (buy.contract, buy.item) in by_item else None
            self.of_column[column] = self.number.get((buy.contract, item, buy.tier), -1)
            self.counts[column] = model.counts[column]
            self.cell[column] = buy.cell
        sizes = np.diff(milp.starts)
        self.row = np.repeat(np.arange(len(sizes)), sizes)
        low, high = np.full(len(sizes), len(self.switch)), np.full(len(sizes), -1)
        np.minimum.at(low, self.row, self.of_column[milp.index])
        np.maximum.at(high, self.row, self.of_column[milp.index])
        self.of_row = np.where(low == high, low, -1)
        self.lo = np.array([max(0, model.thresholds[s] - 1) and model.thresholds[s]
                            for s in self.number], dtype=float)  # fmt: skip
        self.hi = np.array(
            [model.thresholds.get((c, i, tier + 1), np.inf) - 1 for c, i, tier in self.number]
        )
        mine = np.flatnonzero((self.of_column >= 0) & (self.cell >= 0))
        mine = mine[np.argsort(self.of_column[mine], kind="stable")]
        ends = np.searchsorted(self.of_column[mine], np.arange(len(self.switch) + 1))
        self.columns = [mine[a:b] for a, b in pairwise(ends)]
        self.basis = Basis(
            np.full(len(milp.cost), LOWER, dtype=np.int8), np.full(len(sizes), BASIC, dtype=np.int8)
        )

    def first(self, likely: Collection[Switch]) -> Mask:
        """The likely tiers, or the first of each contract; what the cells without any offer there
        need; and every tier that would save something at the lowest prices of all these."""
        used = np.zeros(len(self.switch), dtype=bool)
        listed = [n for (_, _, tier), n in self.number.items() if not tier]
        used[[self.number[s] for s in likely if s in self.number] or listed] = True
        open_column = (self.cell >= 0) & self._is_in(self.of_column, used)
        served = np.zeros(len(self.model.demand), dtype=bool)
        served[self.cell[open_column]] = True
        lowest = np.full(len(served), np.inf)
        np.minimum.at(lowest, self.cell[open_column], self.milp.cost[open_column])
        steps = np.array([tier for _, _, tier in self.number])
        for rank in (self.milp.cost, steps[self.of_column]):
            order = np.lexsort((self.milp.cost, rank))
            order = order[(self.cell >= 0)[order]]
            cells, at = np.unique(self.cell[order], return_index=True)
            lacking = order[at[~served[cells]]]
            used[self.of_column[lacking][self.of_column[lacking] >= 0]] = True
        duals = np.zeros(len(self.of_row))
        duals[self.model.demand] = np.where(np.isfinite(lowest), lowest, 0.0)
        worth, _ = self._worth(self._reduced(duals))
        used[worth < -0.5] = True
        return used

    def solve(
        self, used: Mask, solver: Solver, limits: Limits, *, warm: bool
    ) -> tuple[Answer, Floats]:
        """The relaxation of the used tiers, values and duals at their place in the whole; a `warm`
        one goes on from where the one before ended."""
        milp = self.milp
        columns = np.flatnonzero(self._is_in(self.of_column, used))
        rows = self._is_in(self.of_row, used)
        place = np.full(len(milp.cost), -1)
        place[columns] = np.arange(len(columns))
        kept = rows[self.row] & (place[milp.index] >= 0)
        sizes = np.bincount(self.row[kept], minlength=len(rows))[rows]
        part = Milp(
            milp.cost[columns],
            milp.lower[columns],
            milp.upper[columns],
            np.zeros(len(columns), dtype=bool),
            milp.row_lower[rows],
            milp.row_upper[rows],
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            place[milp.index[kept]].astype(np.int32),
            milp.value[kept],
            int(rows[len(rows) - milp.lazy :].sum()),
        )
        start = Basis(self.basis.columns[columns], self.basis.rows[rows]) if warm else None
        answer = solver.solve(part, limits, start)
        duals = np.zeros(len(rows))
        if answer.values is None or answer.duals is None or answer.basis is None:
            return answer, duals
        duals[rows] = answer.duals
        values = np.zeros(len(milp.cost))
        values[columns] = answer.values
        self._remember(answer.basis, columns, rows, values)
        lazy = np.flatnonzero(rows[len(rows) - milp.lazy :])
        return replace(answer, values=values, duals=duals, active=lazy[answer.active]), duals

    def _remember(
        self, basis: Basis, columns: NDArray[np.int64], rows: Mask, values: Floats
    ) -> None:
        """Keep a basis for the next time, without the implied rows that have room."""
        milp = self.milp
        sums = np.bincount(self.row, milp.value * values[milp.index], len(rows))
        roomy = sums < milp.row_upper - 1e-6
        roomy[: len(rows) - milp.lazy] = False
        self.basis.columns[columns] = basis.columns
        self.basis.rows[rows] = basis.rows
        self.basis.rows[rows & roomy & (self.basis.rows == BASIC)] = ABSENT

    def priced(self, answer: Answer, duals: Floats, used: Mask) -> tuple[Relaxed, Floats]:
        """The answer with what is known of the tiers left out, and what each of them is worth."""
        bare = self._reduced(np.where(self.of_row >= 0, 0.0, duals))
        worth, marginal = self._worth(bare)
        least = np.zeros(self.family.max(initial=-1) + 1)
        np.minimum.at(least, self.family, np.where(used, 0.0, worth))
        is_in = self._is_in(self.of_column, used)
        reduced = np.where(is_in, self._reduced(duals), 0.0)
        dear = np.where(is_in, 0.0, (worth - least[self.family])[self.of_column])
        bound = answer.objective + float(least.sum())
        duals = np.where(self._is_in(self.of_row, used), duals, self._outside(bare, marginal))
        basis = Basis(self.basis.columns.copy(), self.basis.rows.copy())
        answer = replace(answer, reduced=reduced, bound=bound, duals=duals, basis=basis)
        return Relaxed(answer, bound, dear), worth

    def _outside(self, bare: Floats, marginal: Floats) -> Floats:
        """The row duals that show what each tier, left out, is worth: of its threshold the price of
        the last piece that counts, of its implied rows what a purchase there would still save."""
        milp, tier = self.milp, self.of_column
        saves = np.where(self.cell >= 0, self.counts * marginal[tier] - bare, 0.0)
        saves = np.where(tier >= 0, saves, 0.0)
        most = np.zeros(len(self.of_row))
        np.maximum.at(most, self.row, saves[milp.index])
        price = np.where(self.of_row >= 0, marginal[self.of_row], 0.0)
        price = np.where(milp.row_upper == 0, np.minimum(price, 0.0), price)
        price = np.where(milp.row_lower == 0, np.maximum(price, 0.0), price)
        price[(milp.row_upper != 0) & (milp.row_lower != 0)] = 0.0
        lazy = np.arange(len(price)) >= len(price) - milp.lazy
        return np.where(lazy, -most, price)

    def best_of_families(self, worth: Floats, among: Mask) -> NDArray[np.int64]:
        """Of every contract (or its item) the tier that could save most, if any could."""
        order = np.argsort(worth, kind="stable")
        order = order[(among & (worth < -0.5))[order]]
        return order[np.unique(self.family[order], return_index=True)[1]]

    def _reduced(self, duals: Floats) -> Floats:
        milp = self.milp
        rated = np.bincount(milp.index, milp.value * duals[self.row], len(milp.cost))
        return milp.cost - rated

    def _worth(self, reduced: Floats) -> tuple[Floats, Floats]:
        """What each tier costs at least beyond the prices, switched on in full, and what the last
        that counts towards its threshold costs."""
        found = np.array(
            [
                self._knapsack(columns, reduced, lo, hi)
                for columns, lo, hi in zip(self.columns, self.lo, self.hi, strict=True)
            ]
        ).reshape(-1, 2)
        return reduced[self.switch] + found[:, 0], found[:, 1]

    def _knapsack(
        self, columns: NDArray[np.int64], reduced: Floats, lo: float, hi: float
    ) -> tuple[float, float]:
        cost, most = reduced[columns], self.most[columns]
        if lo == 0.0 and cost.min(initial=0.0) >= 0.0:
            return 0.0, 0.0
        each = cost / self.counts[columns]
        order = np.argsort(each, kind="stable")
        room = np.cumsum((self.counts[columns] * most)[order])
        sums = np.cumsum((cost * most)[order])
        wanted = int((cost < 0).sum())
        reach = room[wanted - 1] if wanted else 0.0
        aim = min(max(reach, lo), hi)
        if aim == reach:
            return (float(sums[wanted - 1]) if wanted else 0.0), 0.0
        last = int(np.searchsorted(room, aim))
        if last == len(order):
            return np.inf, 0.0  # all that it may serve does not reach it
        before = (room[last - 1], sums[last - 1]) if last else (0.0, 0.0)
        price = float(each[order[last]])
        return float(before[1]) + price * (aim - float(before[0])), price

    @staticmethod
    def _is_in(tier: NDArray[np.int64], used: Mask) -> Mask:
        return (tier < 0) | used[tier]
