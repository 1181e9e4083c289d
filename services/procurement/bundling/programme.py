"""A programme under construction, and what its columns and rows mean."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from services.procurement.bundling.solve import Floats, Milp


class Buy(NamedTuple):
    """A quantity column: cell and contract by index, item, tier."""

    cell: int
    contract: int
    item: str
    tier: int


class Cap(NamedTuple):
    """What a row limits: a contract's pieces or cents, of one item or all."""

    contract: int
    counts: Literal["pieces", "cents"]
    item: str | None


Terms = list[tuple[int, float]]

Switch = tuple[int, str | None, int]
"""A tier: contract by index, item where each reaches its tier for itself, step."""


@dataclass(slots=True)
class Formulation:
    """The programme and what its columns mean."""

    buys: dict[Buy, int] = field(default_factory=dict)
    pieces: dict[tuple[int, str], Terms] = field(default_factory=lambda: defaultdict(list))
    value: dict[int, Terms] = field(default_factory=dict)
    switches: dict[Switch, int] = field(default_factory=dict)
    thresholds: dict[Switch, int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    demand: list[int] = field(default_factory=list)
    caps: dict[int, Cap] = field(default_factory=dict)
    joint: set[int] = field(default_factory=set)
    short: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    rows: list[tuple[float, float, Terms]] = field(default_factory=list)
    forcing: list[tuple[float, float, Terms]] = field(default_factory=list)

    def column(self, cost: float, upper: float, *, integer: bool = True) -> int:
        """Add a column from 0 to `upper`."""
        self.cost.append(cost)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.cost) - 1

    def row(self, lower: float, upper: float, terms: Terms, *, joint: bool = False) -> int:
        """Add a row of the model; a `joint` one holds for all members only, not for some."""
        self.rows.append((lower, upper, terms))
        if joint:
            self.joint.add(len(self.rows) - 1)
        return len(self.rows) - 1

    def force(self, terms: Terms, switch: int, most: float) -> None:
        """Add the implied row that the terms stay within `most` times the switch."""
        self.forcing.append((-np.inf, 0.0, [*terms, (switch, -most)]))

    def milp(self, cost: Sequence[float] | Floats | None = None) -> Milp:
        """The arrays, with another objective if given."""
        rows = self.rows + self.forcing
        starts = np.zeros(len(rows) + 1, dtype=np.int32)
        np.cumsum([len(terms) for _, _, terms in rows], out=starts[1:])
        return Milp(
            np.array(self.cost if cost is None else cost, dtype=float),
            np.zeros(len(self.cost)),
            np.array(self.upper, dtype=float),
            np.array(self.integer, dtype=bool),
            np.array([lower for lower, _, _ in rows], dtype=float),
            np.array([upper for _, upper, _ in rows], dtype=float),
            starts,
            np.array([column for _, _, terms in rows for column, _ in terms], dtype=np.int32),
            np.array([value for _, _, terms in rows for _, value in terms], dtype=float),
            len(self.forcing),
        )

    def usage(self, values: Floats) -> dict[Buy, int]:
        """Whole pieces per quantity column that is not zero."""
        return {buy: q for buy, col in self.buys.items() if (q := round(float(values[col])))}
