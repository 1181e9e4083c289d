"""Prices for a round that contracts serve in parts, and the few tiers that they leave open.

Where a contract has far less left of an item than is asked for, the relaxation buys a part of its
best tier. Holding purchases to what is left in each tier makes a relaxation too large for the
simplex method. But at given prices of the pieces every contract falls apart from the others: its
tiers are knapsacks between their thresholds. Raising and lowering the prices by what is short or
left over makes a bound as good as that relaxation's, and says what every tier costs too much.

Source: Held, Wolfe & Crowder, "Validation of subgradient optimization", Mathematical Programming 6
(1974) 62-88; fixing by bounds after Geoffrion, "Lagrangean relaxation for integer programming",
Mathematical Programming Study 2 (1974) 82-114.
"""

from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.model import Limits
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.relax import Relaxed, Tiers
from services.procurement.bundling.solve import Answer, Floats, Milp, Solver

NEAR = 1e-4
"""Part of the bound within which tiers are looked at first."""

NODES = 400
"""Nodes of a search among these tiers; where more are needed, thousands are."""

STEPS = 600
"""Changes of the prices; the last hundreds raise the bound by some ppm."""

PATIENCE = 15
"""Changes without a better bound after which they become smaller."""

SHORTER = 0.7
"""What a step keeps: of its direction the next, of its length the ones after `PATIENCE`."""


class Ascent:
    """A programme's tiers as knapsacks, and the best prices found for its demand.

    A plan that uses a tier costs at least `dear` more than `bound`, one that uses none of its
    family (the tiers of a contract, or of its item) at least `idle` more.
    """

    def __init__(self, model: Formulation, milp: Milp, relaxation: Relaxed, cents: float) -> None:
        self.tiers = tiers = Tiers(model, milp)
        self.milp = milp
        self.most = most(milp)
        longest = max(len(columns) for columns in tiers.columns)
        self.at = np.zeros((len(tiers.columns), longest), dtype=np.int64)
        self.room = np.zeros(self.at.shape)
        self.counts = np.ones(self.at.shape)
        for n, columns in enumerate(tiers.columns):
            self.at[n, : len(columns)] = columns
            self.counts[n, : len(columns)] = tiers.counts[columns]
            self.room[n, : len(columns)] = tiers.counts[columns] * self.most[columns]
        self.demand = np.array(model.demand)
        self.cell = tiers.cell.copy()
        self.cell[model.short] = np.arange(len(model.short))
        self.bound, self.dear, self.idle = -np.inf, np.empty(0), np.empty(0)
        self._climb(self._shared(relaxation), cents)

    @classmethod
    def where_scarce(
        cls, model: Formulation, milp: Milp, relaxation: Relaxed, cents: float
    ) -> Self | None:
        """The best prices if some contract holds less of an item than is asked for: only then is
        their bound better than the relaxation's. A plan of `cents` scales their changes."""
        if (most(milp) < milp.upper).any():
            return cls(model, milp, relaxation, cents)
        return None

    def cheapest(self, loose: Milp, known: Answer, solver: Solver, limits: Limits) -> Answer:
        """The best plan of a programme of the same columns, first among the tiers that cost little
        more than the bound; what it costs, or a known one, says which others a better one could
        use. Where the limits end even the first search, they would also end the second."""
        room = NEAR * self.bound
        full = self._searched(loose, room, known.objective, solver, limits)
        if full.values is not None:
            known = full
        ended = known is full and full.status in ("work", "clock")
        if known.objective > self.bound + room and not ended:
            room = known.objective - self.bound + 1.0
            full = self._searched(loose, room, known.objective, solver, limits)
        bound = max(self.bound, min(full.bound, self.bound + room))
        if full.values is None and known.values is not None:
            full = replace(full, values=known.values, objective=known.objective)
        return replace(full, bound=bound)

    def _searched(
        self, loose: Milp, room: float, below: float, solver: Solver, limits: Limits
    ) -> Answer:
        milp = self.narrowed(loose, room)
        relaxed = solver.solve(replace(milp, integer=np.zeros_like(milp.integer)), limits)
        if relaxed.status != "optimal" or relaxed.basis is None:
            # No plan is in reach where there is none, and no more is known where limits ended it.
            bound = below if relaxed.status == "infeasible" else self.bound
            return replace(relaxed, values=None, bound=bound)
        few = replace(limits, nodes=min(limits.nodes, NODES))
        return solver.branch(milp, few, relaxed.basis, below)

    def narrowed(self, milp: Milp, room: float) -> Milp:
        """A programme of the same columns for all plans that cost at most `room` more than the
        bound; quantities keep to what is left at tiers that are not settled."""
        tiers = self.tiers
        open_ = self.dear <= room
        count = np.bincount(tiers.family[open_], minlength=len(self.idle))
        settled = open_ & ((count == 1) & (self.idle > room))[tiers.family]
        upper, lower = self.most.copy(), milp.lower.copy()
        upper[~open_[tiers.of_column] & (tiers.of_column >= 0)] = 0.0
        lower[tiers.switch[settled]] = 1.0
        free = open_ & ~settled
        columns = np.flatnonzero((tiers.cell >= 0) & (tiers.of_column >= 0))
        columns = columns[free[tiers.of_column[columns]]]
        switches = tiers.switch[tiers.of_column[columns]]
        n = len(columns)
        return replace(
            milp,
            lower=lower,
            upper=upper,
            row_lower=np.concatenate([milp.row_lower, np.full(n, -np.inf)]),
            row_upper=np.concatenate([milp.row_upper, np.zeros(n)]),
            starts=np.concatenate([milp.starts, milp.starts[-1] + 2 * np.arange(1, n + 1)]).astype(
                np.int32
            ),
            index=np.concatenate([milp.index, np.stack([columns, switches], 1).ravel()]).astype(
                np.int32
            ),
            value=np.concatenate(
                [milp.value, np.stack([np.ones(n), -self.most[columns]], 1).ravel()]
            ),
            lazy=0,
        )

    def _shared(self, relaxation: Relaxed) -> Floats:
        """The relaxation's prices of rows that several families share; a family's own rows are its
        knapsacks' affair, or are left out."""
        tiers, milp = self.tiers, self.milp
        duals = relaxation.answer.duals
        assert duals is not None  # noqa: S101 - of a relaxation that was solved
        family = np.where(tiers.of_column >= 0, tiers.family[tiers.of_column], -1)[milp.index]
        low, high = np.full(len(duals), len(self.tiers.family)), np.full(len(duals), -1)
        np.minimum.at(low, tiers.row, family)
        np.maximum.at(high, tiers.row, family)
        duals = np.where((low == high) & (low >= 0), 0.0, duals)
        duals = np.where(np.isneginf(milp.row_lower), np.minimum(duals, 0.0), duals)
        return np.where(np.isposinf(milp.row_upper), np.maximum(duals, 0.0), duals)

    def _climb(self, duals: Floats, cents: float) -> None:
        tiers, milp = self.tiers, self.milp
        prices = best = duals[self.demand]
        others = duals.copy()
        others[self.demand] = 0.0
        reduced = milp.cost - np.bincount(
            milp.index, milp.value * others[tiers.row], len(milp.cost)
        )
        side = np.where(others > 0, milp.row_lower, milp.row_upper)[others != 0]
        constant = float((side * others[others != 0]).sum())
        step, since, heading = 1.0, 0, np.zeros(len(prices))
        for _ in range(STEPS):
            bound, short, worth = self._at(reduced, prices)
            least = np.zeros(tiers.family.max() + 1)
            np.minimum.at(least, tiers.family, worth)
            bound += constant + float(least.sum())
            since += 1
            if bound > self.bound:
                best, since = prices, 0
                self.bound, self.idle = bound, -least
                self.dear = worth - least[tiers.family]
            if since == PATIENCE:
                prices, step, since, heading = best, step * SHORTER, 0, 0.0 * heading
                continue
            heading = short + SHORTER * heading
            length = float(heading @ heading)
            if length == 0.0 or bound >= cents:
                return
            prices = prices + 0.5 * step * (cents - bound) / length * heading

    def _at(self, reduced: Floats, prices: Floats) -> tuple[float, Floats, Floats]:
        """At some prices of the demand: what it is worth in all, less what columns of no tier save,
        what is short of each demand, and what each tier costs beyond its purchases' prices."""
        tiers, cell = self.tiers, self.cell
        wanted = self.milp.row_lower[self.demand]
        reduced = reduced - np.where(cell >= 0, prices[cell], 0.0)
        each = np.where(self.room > 0, reduced[self.at], 0.0) / self.counts
        order = np.argsort(each, axis=1, kind="stable")
        each = np.take_along_axis(each, order, 1)
        room = np.take_along_axis(self.room, order, 1)
        until = np.cumsum(room, axis=1)
        aim = np.clip(np.where(each < 0, room, 0.0).sum(axis=1), tiers.lo, tiers.hi)
        taken = np.clip(aim[:, None] - (until - room), 0.0, room)
        worth = reduced[tiers.switch] + (taken * each).sum(axis=1)
        worth[aim > until[:, -1]] = np.inf  # all that it may serve does not reach it
        lone = (tiers.of_column < 0) & (reduced < 0)
        used = tiers.best_of_families(worth, np.ones(len(worth), dtype=bool))
        at = np.take_along_axis(self.at[used], order[used], 1)
        pieces = taken[used] / np.take_along_axis(self.counts[used], order[used], 1)
        columns = np.concatenate([at[pieces > 0], np.flatnonzero(lone & (cell >= 0))])
        amounts = np.concatenate([pieces[pieces > 0], self.most[lone & (cell >= 0)]])
        bought = np.bincount(cell[columns], amounts, len(prices))
        bound = float(prices @ wanted) + float((self.most * reduced)[lone].sum())
        return bound, wanted - bought, worth


def most(milp: Milp) -> Floats:
    """Upper bounds of the columns that also follow from single rows."""
    rows = np.repeat(np.arange(len(milp.row_upper)), np.diff(milp.starts))
    mixed = np.zeros(len(milp.row_upper), dtype=bool)
    mixed[rows[(milp.value < 0) | (milp.lower[milp.index] < 0)]] = True
    says: NDArray[np.bool_] = ~mixed[rows] & (milp.value > 0)
    upper = milp.upper.copy()
    np.minimum.at(upper, milp.index[says], milp.row_upper[rows][says] / milp.value[says])
    return np.where(milp.integer, np.floor(upper + 1e-9), upper)
