"""The mixed-integer programme of a round: quantities by cell, offer and tier."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from services.procurement.bundling.model import Contract
from services.procurement.bundling.pricing import surplus, weight
from services.procurement.bundling.problem import Problem
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


@dataclass(slots=True)
class Formulation:
    """The programme and what its columns mean."""

    buys: dict[Buy, int] = field(default_factory=dict)
    pieces: dict[tuple[int, str], Terms] = field(default_factory=lambda: defaultdict(list))
    switches: dict[tuple[int, str | None, int], int] = field(default_factory=dict)
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


def formulate(problem: Problem) -> Formulation:
    """Model a round: every cell's demand is bought or short, every contract's terms hold.

    Source: the total-quantity-discount formulation of Goossens et al., EJOR 178 (2007) 603-626,
    with fixed costs after Manerba, Mansini & Perboli (CIRRELT-2017-13).
    """
    model = Formulation()
    offers: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, cell in enumerate(problem.cells):
        for option in cell.options:
            offers[option.contract][option.item].append(index)
    buys_of: dict[int, dict[int, Terms]] = defaultdict(dict)
    for index in sorted(offers):
        buys_of[index] = _contract(model, problem, index, offers[index])
    terms_of: dict[int, Terms] = defaultdict(list)
    for by_cell in buys_of.values():
        for cell_index, terms in by_cell.items():
            terms_of[cell_index] += terms
    for index, cell in enumerate(problem.cells):
        short = model.column(0.0, cell.demand)
        model.short.append(short)
        row = model.row(cell.demand, cell.demand, [*terms_of[index], (short, 1.0)])
        model.demand.append(row)
        if cell.minimum > 1:
            served = model.column(0.0, 1)
            model.row(0.0, np.inf, [*terms_of[index], (served, -float(cell.minimum))])
            model.row(-np.inf, 0.0, [*terms_of[index], (served, -float(cell.demand))])
    _cascades(model, problem, buys_of)
    return model


def _contract(
    model: Formulation, problem: Problem, index: int, offered: Mapping[str, list[int]]
) -> dict[int, Terms]:
    """Columns and rows of one contract; returns its quantity columns by cell."""
    contract, cells = problem.contracts[index], problem.cells
    groups: list[tuple[str | None, list[tuple[str, int]]]]
    pairs = [(item, cell) for item in sorted(offered) for cell in offered[item]]
    if contract.scope == "contract":
        groups = [(None, pairs)]
    else:
        groups = [(item, [(item, c) for c in offered[item]]) for item in sorted(offered)]
    pieces = sum(cells[c].demand for c in {c for _, c in pairs})

    bought: dict[int, Terms] = defaultdict(list)
    value: Terms = []
    needs_use = bool(
        contract.call_off_fee_cents or contract.minimum_pieces or contract.minimum_cents
    )
    use = model.column(contract.call_off_fee_cents, 1) if needs_use else None
    for group, members in groups:
        value += _tiers(model, problem, index, group, members, bought, use)
    everything = [term for terms in bought.values() for term in terms]
    most = pieces if contract.remaining_pieces is None else contract.remaining_pieces
    if most < pieces:
        model.caps[model.row(-np.inf, most, everything)] = Cap(index, "pieces", None)
    if contract.remaining_cents is not None:
        row = model.row(-np.inf, contract.remaining_cents, value)
        model.caps[row] = Cap(index, "cents", None)
    for item in sorted(set(contract.remaining_by_item) & set(offered)):
        row = model.row(-np.inf, contract.remaining_by_item[item], model.pieces[index, item])
        model.caps[row] = Cap(index, "pieces", item)
    if use is not None:
        model.row(-np.inf, 0.0, [*everything, (use, -float(min(most, pieces)))])
        if contract.scope == "item" or len(contract.tiers) == 1:
            for cell, terms in bought.items():
                model.force(terms, use, cells[cell].demand)
        if contract.minimum_pieces:
            model.row(0.0, np.inf, [*everything, (use, -float(contract.minimum_pieces))])
        if contract.minimum_cents:
            model.row(0.0, np.inf, [*value, (use, -float(contract.minimum_cents))])
    _places(model, problem, contract, bought)
    _packs(model, problem, index, offered)
    return bought


def _tiers(
    model: Formulation,
    problem: Problem,
    index: int,
    group: str | None,
    members: Sequence[tuple[str, int]],
    bought: dict[int, Terms],
    use: int | None,
) -> Terms:
    """Columns of one tier group; returns what it costs, as terms."""
    contract, cells = problem.contracts[index], problem.cells
    first = {
        (o.item, c): o.first for _, c in members for o in cells[c].options if o.contract == index
    }
    weights = {(item, c): weight(contract, item, cells[c].months) for item, c in members}
    by_cell: dict[int, int] = {}
    for item, c in members:
        by_cell[c] = max(by_cell.get(c, 0), weights[item, c])
    reach = sum(cells[c].demand * most for c, most in by_cell.items())

    value: Terms = []
    switches: Terms = []
    for tier, step in enumerate(contract.tiers):
        if step.lo > reach and tier:
            break
        last = tier + 1 == len(contract.tiers)
        limit = reach if last else min(reach, contract.tiers[tier + 1].lo - 1)
        switch = None
        if len(contract.tiers) > 1:
            switch = model.column(surplus(contract, group, tier), 1)
            model.switches[index, group, tier] = switch
            switches.append((switch, 1.0))
            if model.cost[switch]:
                value.append((switch, model.cost[switch]))
        counted: Terms = []
        of_cell: dict[int, Terms] = defaultdict(list)
        for item, c in members:
            if first[item, c] > tier:
                continue
            unit = step.unit_cents[item] * (cells[c].months or 1)
            column = model.column(unit, cells[c].demand)
            model.buys[Buy(c, index, item, tier)] = column
            counted.append((column, float(weights[item, c])))
            value.append((column, float(unit)))
            of_cell[c].append((column, 1.0))
            model.pieces[index, item].append((column, 1.0))
            bought[c].append((column, 1.0))
        if switch is not None:
            model.row(-np.inf, 0.0, [*counted, (switch, -float(limit))])
            if step.lo > 1:
                model.row(0.0, np.inf, [*counted, (switch, -float(step.lo))])
            for c, terms in of_cell.items():
                model.force(terms, switch, cells[c].demand)
    if switches:
        if use is None:
            model.row(-np.inf, 1.0, switches, joint=True)
        else:
            model.row(-np.inf, 0.0, [*switches, (use, -1.0)])
    return value


def _places(
    model: Formulation, problem: Problem, contract: Contract, bought: Mapping[int, Terms]
) -> None:
    if not contract.place_fee_cents:
        return
    at: dict[str, list[int]] = defaultdict(list)
    for c in bought:
        at[problem.cells[c].place or ""].append(c)
    for place in sorted(at):
        stop = model.column(contract.place_fee_cents, 1)
        most = sum(problem.cells[c].demand for c in at[place])
        everything = [term for c in at[place] for term in bought[c]]
        model.row(-np.inf, 0.0, [*everything, (stop, -float(most))])
        for c in at[place]:
            model.force(bought[c], stop, problem.cells[c].demand)


def _packs(
    model: Formulation, problem: Problem, index: int, offered: Mapping[str, list[int]]
) -> None:
    contract, cells = problem.contracts[index], problem.cells
    for item in sorted(offered):
        size = contract.pack.get(item, 1)
        if size == 1:
            continue
        at: dict[str, Terms] = defaultdict(list)
        most: dict[str, int] = defaultdict(int)
        for c in offered[item]:
            place = cells[c].place or ""
            most[place] += cells[c].demand
            at[place] += [
                (model.buys[buy], 1.0)
                for tier in range(len(contract.tiers))
                if (buy := Buy(c, index, item, tier)) in model.buys
            ]
        for place in sorted(at):
            packs = model.column(0.0, most[place] // size)
            model.row(0.0, 0.0, [*at[place], (packs, -float(size))], joint=True)


def _cascades(
    model: Formulation, problem: Problem, buys_of: Mapping[int, Mapping[int, Terms]]
) -> None:
    """A contract serves a cell only once every better rank that may serve it is exhausted."""
    exhausted: dict[int, int] = {}
    for c, cell in enumerate(problem.cells):
        able = sorted({o.contract for o in cell.options})
        for worse in able:
            for better in able:
                if not _outranks(problem.contracts[better], problem.contracts[worse]):
                    continue
                if better not in exhausted:
                    exhausted[better] = _exhausted(model, problem, better, buys_of[better])
                terms = [*buys_of[worse][c], (exhausted[better], -float(cell.demand))]
                model.row(-np.inf, 0.0, terms, joint=True)


def _outranks(better: Contract, worse: Contract) -> bool:
    if better.cascade is None or better.cascade != worse.cascade:
        return False
    return (better.rank or 0) < (worse.rank or 0)


def _exhausted(
    model: Formulation, problem: Problem, index: int, bought: Mapping[int, Terms]
) -> int:
    """A switch that is on only if not one more pack fits into what remains of the contract."""
    contract = problem.contracts[index]
    everything = [term for terms in bought.values() for term in terms]
    ways: Terms = []
    if contract.remaining_pieces is not None:
        full = contract.remaining_pieces - max(contract.pack.values(), default=1) + 1
        by_pieces = model.column(0.0, 1)
        model.row(0.0, np.inf, [*everything, (by_pieces, -float(full))], joint=True)
        ways.append((by_pieces, -1.0))
    if contract.remaining_cents is not None:
        dearest = max(
            contract.tiers[0].unit_cents[o.item] * (cell.months or 1) * contract.pack.get(o.item, 1)
            for cell in problem.cells
            for o in cell.options
            if o.contract == index
        )
        value = [(column, model.cost[column]) for column, _ in everything]
        by_value = model.column(0.0, 1)
        model.row(
            0.0,
            np.inf,
            [*value, (by_value, -float(contract.remaining_cents - dearest + 1))],
            joint=True,
        )
        ways.append((by_value, -1.0))
    switch = model.column(0.0, 1 if ways else 0)
    if ways:
        model.row(-np.inf, 0.0, [(switch, 1.0), *ways], joint=True)
    return switch
