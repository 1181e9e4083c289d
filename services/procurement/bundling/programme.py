"""A programme under construction, and what its columns and rows mean."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.solve import Floats, Ints, Milp


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


@dataclass(frozen=True, slots=True)
class Terms:
    """Columns with their weights: what a row sums up."""

    columns: Ints
    weights: Floats

    def __add__(self, other: "Terms") -> "Terms":
        return joined([self, other])


def terms(columns: Collection[int] | Ints, weights: float | Collection[float] = 1.0) -> Terms:
    """Columns with a weight of their own each, or all with the same."""
    at = columns if isinstance(columns, np.ndarray) else np.array([*columns], dtype=np.int32)
    if isinstance(weights, int | float):
        return Terms(at, np.full(len(at), float(weights)))
    return Terms(at, np.array([*weights], dtype=float))


def joined(parts: Iterable[Terms]) -> Terms:
    """A sum of sums."""
    columns, weights = [np.empty(0, dtype=np.int32)], [np.empty(0)]
    for part in parts:
        columns.append(part.columns)
        weights.append(part.weights)
    return Terms(np.concatenate(columns), np.concatenate(weights))


@dataclass(frozen=True, slots=True)
class Bought:
    """The quantity columns of a contract, ascending, with the cell that each serves."""

    columns: Ints
    cells: Ints


def together(parts: Iterable[Bought]) -> Bought:
    """What is bought in parts, one after the other."""
    columns, cells = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for part in parts:
        columns.append(part.columns)
        cells.append(part.cells)
    return Bought(np.concatenate(columns), np.concatenate(cells))


Switch = tuple[int, str | None, int]
"""A tier: contract by index, item where each reaches its tier for itself, step."""


@dataclass(slots=True)
class Formulation:
    """The programme and what its columns mean."""

    buys: dict[Buy, int] = field(default_factory=dict)
    pieces: dict[tuple[int, str], Terms] = field(default_factory=dict)
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
    forcing: list[tuple[NDArray[np.int64], Terms]] = field(default_factory=list)

    def column(self, cost: float, upper: float, *, integer: bool = True) -> int:
        """Add a column from 0 to `upper`."""
        self.cost.append(cost)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.cost) - 1

    def columns(self, costs: Sequence[float], uppers: Sequence[float]) -> range:
        """Add integer columns from 0."""
        self.cost += costs
        self.upper += uppers
        self.integer += [True] * len(costs)
        return range(len(self.cost) - len(costs), len(self.cost))

    def row(self, lower: float, upper: float, sums: Terms, *, joint: bool = False) -> int:
        """Add a row of the model; a `joint` one holds for all members only, not for some."""
        self.rows.append((lower, upper, sums))
        if joint:
            self.joint.add(len(self.rows) - 1)
        return len(self.rows) - 1

    def force(self, bought: Bought, switch: int, demand: Floats) -> None:
        """Add the implied rows that all columns of a cell together stay within its demand (given
        by cell) times the switch; cells in the order in which they come first."""
        rank: dict[int, int] = {}
        listed = [rank.setdefault(cell, len(rank)) for cell in bought.cells.tolist()]
        row = np.array(listed, dtype=np.int32)
        order = np.argsort(row, kind="stable")
        sizes = np.bincount(row, minlength=len(rank)) + 1
        index = np.empty(len(row) + len(rank), dtype=np.int32)
        value = np.ones(len(index))
        index[np.arange(len(row)) + row[order]] = bought.columns[order]
        ends = np.cumsum(sizes) - 1
        index[ends] = switch
        value[ends] = -demand[list(rank)]
        self.forcing.append((sizes, Terms(index, value)))

    def milp(self, cost: Sequence[float] | Floats | None = None) -> Milp:
        """The arrays, with another objective if given."""
        sizes = [np.array([len(row.columns) for _, _, row in self.rows], dtype=np.int64)]
        sizes += [each for each, _ in self.forcing]
        sums = joined([row for _, _, row in self.rows] + [rows for _, rows in self.forcing])
        lazy = sum(map(len, sizes[1:]))
        return Milp(
            np.array(self.cost if cost is None else cost, dtype=float),
            np.zeros(len(self.cost)),
            np.array(self.upper, dtype=float),
            np.array(self.integer, dtype=bool),
            np.array([lower for lower, _, _ in self.rows] + [-np.inf] * lazy, dtype=float),
            np.array([upper for _, upper, _ in self.rows] + [0.0] * lazy, dtype=float),
            np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int32),
            sums.columns,
            sums.weights,
            lazy,
        )

    def usage(self, values: Floats) -> dict[Buy, int]:
        """Whole pieces per quantity column that is not zero."""
        return {buy: q for buy, col in self.buys.items() if (q := round(float(values[col])))}
