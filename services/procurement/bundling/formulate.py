"""The mixed-integer programme of a round: quantities by cell, offer and tier."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from services.procurement.bundling.cascade import add_cascades
from services.procurement.bundling.model import Contract
from services.procurement.bundling.pricing import surplus, weight
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Buy, Cap, Formulation, Terms


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
    add_cascades(model, problem, buys_of)
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
    model.value[index] = value
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
            model.thresholds[index, group, tier] = step.lo
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
            model.counts[column] = weights[item, c]
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
