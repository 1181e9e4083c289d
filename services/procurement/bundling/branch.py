"""Branch and bound over a round's switches: which tiers are reached, quantities continuous.

A round has few switches that matter, and each moves the cost a lot. So every node's linear
programme is solved from the one before by the dual simplex method, with all implied rows that it
violates; a general solver drops most of those rows and spends its time on cuts and heuristics.

Source: Land & Doig, "An automatic method of solving discrete programming problems", Econometrica 28
(1960); reliability branching after Achterberg, Koch & Martin, "Branching rules revisited",
Operations Research Letters 33 (2005).
"""

import heapq
import time
from dataclasses import dataclass, field, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.fees import Fees
from services.procurement.bundling.lazy import OPTIMAL, Arrays, Lazy, columns
from services.procurement.bundling.solve import ABSENT, BASIC

Floats = NDArray[np.float64]

WHOLE = 1e-6
"""How far a switch may be from a whole number and still count as one."""

CENT = 0.9
"""Cents by which a node has to be cheaper to hold a cheaper plan: costs are whole cents, and a
tenth is more than a bound of 100 million euros loses where it is rounded to the safe side."""

DEVEX = 1
"""HiGHS's number of a strategy for the dual simplex method."""

PROBED = 8
"""Switches of unknown worth that are tried at a node, those that move most money first."""

TRIED = 60
"""Simplex iterations of each trial."""


Status = highspy.HighsModelStatus

DEAR = (Status.kObjectiveBound, Status.kInfeasible, Status.kUnboundedOrInfeasible)
"""What HiGHS says of a node that holds nothing cheap enough."""


class Ended(Exception):
    """A limit ended the search: work (or a node that HiGHS gave up), or the clock."""


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """Bounds of the switches, what any solution within them costs at least, and a basis."""

    cents: float
    number: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    basis: highspy.HighsBasis = field(compare=False)


class Tree:
    """The search of one programme for solutions `below` so many cents; `best` is the last found.

    With `fees` what a relaxation costs includes the least that they come to beside it.

    Args:
        question: a programme with a basis of its relaxation; lazy rows that are idle in it take
            part only once they are violated.
    """

    def __init__(self, question: Arrays, fees: Fees | None = None) -> None:
        closed = (question["lower"] == 0) & (question["upper"] == 0)
        self.opened = np.flatnonzero(~closed | (question["basis_columns"] == BASIC))
        self.question = q = evened(columns(question, self.opened))
        states = question["basis_rows"]
        own = np.arange(len(states)) < len(states) - int(q["lazy"])
        loose = q | {"integer": np.zeros_like(q["integer"])}
        self.lp = Lazy(loose, own | ((states != ABSENT) & (states != BASIC)))
        # The other strategy weighs every row anew whenever a node begins.
        self.lp.highs.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
        self.lp.set_basis(question["basis_columns"][self.opened], np.maximum(states, 0))
        self.switches = np.flatnonzero(q["integer"]).astype(np.int32)
        self.below = float(question["below"][0])
        self.fees = fees and replace(fees, pair=fees.pair[self.opened])
        nodes, iterations, seconds = question["limits"]
        self.nodes, self.iterations = int(nodes), int(min(iterations, 2**31 - 1))
        self.until = time.monotonic() + float(seconds)
        self.gains = np.full((2, len(self.switches)), np.nan)
        self.best: Floats | None = None
        self.least = np.inf
        self.number = 0
        self.switch_of, self.moved = self._purchases(own)

    def _purchases(self, own: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Pairs of a switch and a column that it allows, by the rows that are not implied."""
        q, row = self.question, self.lp.row
        number = np.full(len(q["cost"]), -1)
        number[self.switches] = np.arange(len(self.switches))
        bounds = (own & (q["row_upper"] == 0))[row]
        allows = bounds & (q["value"] < 0) & (number[q["index"]] >= 0)
        switch_of = np.full(len(own), -1)
        switch_of[row[allows]] = number[q["index"][allows]]
        pairs = bounds & (q["value"] > 0) & (switch_of[row] >= 0)
        return switch_of[row[pairs]], q["index"][pairs]

    @property
    def dear(self) -> float:
        """What holds no whole cents below those that are to be undercut, which may be fractions."""
        if np.isinf(self.below):
            return self.below
        return float(np.ceil(self.below - 1e-6 - abs(self.below) * 1e-11)) - CENT

    def search(self) -> tuple[str, float]:
        """Look at every node that might hold something better, or until the limits end it; returns
        the status and a lower bound of what any solution costs."""
        q = self.question
        lower, upper = (q[side][self.switches].astype(float) for side in ("lower", "upper"))
        heap = [Node(-np.inf, 0, lower, upper, self.lp.highs.getBasis())]
        while heap:
            node: Node | None = heapq.heappop(heap)
            while node is not None and node.cents < self.dear:
                try:
                    halves = self._halves(node)
                except Ended as ended:
                    left = min(node.cents, self.dear, *(other.cents for other in heap))
                    return str(ended), min(left, self.least)
                node = halves[0] if halves else None
                for other in halves[1:]:
                    heapq.heappush(heap, other)
        return "optimal", min(self.dear, self.least)

    def too_dear(self) -> tuple[str, NDArray[np.int64]]:
        """The columns of switches with which no solution is cheap enough, as far as the relaxation
        shows, and the status: where the limits end it, those tried so far."""
        q, dear = self.question, []
        lower, upper = (q[side][self.switches].astype(float) for side in ("lower", "upper"))
        try:
            self._solve(lower, upper, self.lp.highs.getBasis())
            basis = self.lp.highs.getBasis()
            for switch in np.flatnonzero(lower < upper).tolist():
                forced = lower.copy()
                forced[switch] = upper[switch]
                goods = self._solve(forced, upper, basis)
                if goods + (self._charged() if np.isfinite(goods) else 0.0) >= self.dear:
                    dear.append(self.opened[self.switches[switch]])
        except Ended as ended:
            return str(ended), np.array(dear, dtype=np.int64)
        return "optimal", np.array(dear, dtype=np.int64)

    def _charged(self) -> float:
        """The least that fees come to beside the relaxation just solved."""
        if self.fees is None:
            return 0.0
        return self.fees.least(np.array(self.lp.highs.getSolution().col_dual))

    def _halves(self, node: Node) -> list[Node]:
        """A node's halves by some switch, the more promising first; none of one that is too dear or
        whole."""
        self.nodes -= 1
        if self.nodes < 0:
            raise Ended("work")
        goods = self._solve(node.lower, node.upper, node.basis)
        if goods >= self.dear:
            return []
        cents = goods + self._charged()
        if cents >= self.dear:
            return []
        node = self._within_reach(node, cents)
        at = self.lp.values[self.switches]
        parted = np.flatnonzero(np.abs(at - np.round(at)) > WHOLE)
        if parted.size:
            best = self._choice(node, goods, parted, at)
            order = np.argsort(self._gain(best, at)).tolist()
            return [self._half(node, best, at, side) for side in order]
        exact = self._solve(np.round(at), np.round(at), node.basis)
        if np.isfinite(exact):
            self.below, self.best = cents + max(0.0, exact - goods), self.lp.values
            self.least = min(self.least, cents)
            return []
        # Part of a switch within the tolerance buys something: a big one's part is many pieces.
        at = np.clip(at, node.lower, node.upper)
        best = int(np.argmax(np.abs(at - np.round(at))))
        if at[best] == np.round(at[best]):
            self.least = min(self.least, cents)
            return []
        return [self._half(node, best, at, side) for side in (0, 1)]

    def _within_reach(self, node: Node, cents: float) -> Node:
        """A node that costs at least so many cents, without what its reduced costs make too dear;
        solved, with its own basis."""
        reduced = np.array(self.lp.highs.getSolution().col_dual)[self.switches]
        room = self.dear - cents
        with np.errstate(divide="ignore"):
            steps = np.where(reduced == 0, np.inf, np.floor(room / np.abs(reduced) + WHOLE))
        upper = np.where(reduced > 0, np.minimum(node.upper, node.lower + steps), node.upper)
        lower = np.where(reduced < 0, np.maximum(node.lower, node.upper - steps), node.lower)
        return Node(cents, node.number, lower, upper, self.lp.highs.getBasis())

    def _solve(
        self, lower: Floats, upper: Floats, basis: highspy.HighsBasis, iterations: int = 0
    ) -> float:
        """The cost of the relaxation within some bounds, infinite if it is too dear; of a trial of
        so many `iterations` what it comes to by then, and without what it violates."""
        highs = self.lp.highs
        highs.changeColsBounds(len(self.switches), self.switches, lower, upper)
        highs.setBasis(basis)
        highs.setOptionValue("objective_bound", self.dear)
        highs.setOptionValue("simplex_iteration_limit", iterations or self.iterations)
        left = self.until - time.monotonic()
        if left < 0 or self.iterations <= 0:
            raise Ended("clock" if left < 0 else "work")
        highs.setOptionValue("time_limit", highs.getRunTime() + left)
        if iterations:
            highs.run()
            status = highs.getModelStatus()
            self.iterations -= highs.getInfo().simplex_iteration_count
        else:
            before = self.lp.iterations
            status = self.lp.run()
            self.iterations -= self.lp.iterations - before
        if status in DEAR:
            return np.inf
        if status == OPTIMAL or (iterations and status == Status.kIterationLimit):
            return float(highs.getInfo().objective_function_value)
        raise Ended("clock" if status == Status.kTimeLimit else "work")

    def _choice(self, node: Node, goods: float, parted: NDArray[np.int64], at: Floats) -> int:
        """The switch whose halves both cost most, as far as trials have shown; without fees the
        node costs as much as its `goods`."""
        money = self.question["cost"][self.moved] * self.lp.values[self.moved]
        moves = np.bincount(self.switch_of, money, len(at)) * np.abs(at - np.round(at))
        parted = parted[np.argsort(-moves[parted], kind="stable")]
        unknown = parted[np.isnan(self.gains[0, parted])]
        for switch in unknown[:PROBED].tolist():
            parts = np.array([at[switch] - np.floor(at[switch]), np.ceil(at[switch]) - at[switch]])
            for side in (0, 1):
                half = self._half(node, switch, at, side)
                cents = self._solve(half.lower, half.upper, half.basis, TRIED)
                gain = min(max(cents - goods, 0.0), self.below - node.cents)
                self.gains[side, switch] = gain / parts[side]
        known = parted[~np.isnan(self.gains[0, parted])]
        least = 1e-6 * (self.below - node.cents)
        scores = [np.maximum(self._gain(switch, at), least).prod() for switch in known]
        return int(known[int(np.argmax(scores))])

    def _gain(self, switch: int, at: Floats) -> Floats:
        """What its halves are expected to cost more."""
        part = at[switch] - np.floor(at[switch])
        expected: Floats = self.gains[:, switch] * np.array([part, 1 - part])
        return expected

    def _half(self, node: Node, switch: int, at: Floats, side: int) -> Node:
        self.number += 1
        lower, upper = node.lower.copy(), node.upper.copy()
        if side:
            lower[switch] = np.ceil(at[switch])
        else:
            upper[switch] = np.floor(at[switch])
        return Node(node.cents, self.number, lower, upper, node.basis)


def evened(question: Arrays) -> Arrays:
    """The same programme, every row in units of the largest of what it adds up: the tolerance of
    the simplex method is out of reach for sums of billions of cents."""
    sizes = np.diff(question["starts"])
    row = np.repeat(np.arange(len(sizes)), sizes)
    largest = np.zeros(len(sizes))
    np.maximum.at(largest, row, question["value"])
    unit = np.exp2(np.round(np.log2(np.where(largest > 0, largest, 1.0))))
    return question | {
        "value": question["value"] / unit[row],
        "row_lower": question["row_lower"] / unit,
        "row_upper": question["row_upper"] / unit,
    }
