"""The mixed-integer programme of a round: quantities by cell, offer and tier."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from services.procurement.bundling.cascade import add_cascades
from services.procurement.bundling.model import Contract
from services.procurement.bundling.pricing import surplus, weight
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import (
    Bought,
    Buy,
    Cap,
    Formulation,
    Terms,
    joined,
    terms,
    together,
)
from services.procurement.bundling.solve import Floats


class _Offer(NamedTuple):
    """What a contract may serve a cell with, from which tier on, and what a piece counts there."""

    item: str
    cell: int
    first: int
    months: int
    weight: int


def formulate(problem: Problem) -> Formulation:
    """Model a round: every cell's demand is bought or short, every contract's terms hold.

    Source: the total-quantity-discount formulation of Goossens et al., EJOR 178 (2007) 603-626,
    with fixed costs after Manerba, Mansini & Perboli (CIRRELT-2017-13).
    """
    model = Formulation()
    offers: dict[int, list[_Offer]] = defaultdict(list)
    for index, cell in enumerate(problem.cells):
        for contract, item, first in cell.options:
            counts = weight(problem.contracts[contract], item, cell.months)
            offers[contract].append(_Offer(item, index, first, cell.months or 1, counts))
    demand = np.array([cell.demand for cell in problem.cells], dtype=float)
    buys_of = {
        contract: _contract(model, problem, contract, sorted(own, key=attrgetter("item")), demand)
        for contract, own in sorted(offers.items())
    }
    everything = together(buys_of.values())
    order = np.argsort(everything.cells, kind="stable")
    ends = np.searchsorted(everything.cells[order], np.arange(len(problem.cells) + 1))
    for index, cell in enumerate(problem.cells):
        served_by = terms(everything.columns[order[ends[index] : ends[index + 1]]])
        short = model.column(0.0, cell.demand)
        model.short.append(short)
        row = model.row(cell.demand, cell.demand, served_by + terms([short]))
        model.demand.append(row)
        if cell.minimum > 1:
            served = model.column(0.0, 1)
            model.row(0.0, np.inf, served_by + terms([served], -cell.minimum))
            model.row(-np.inf, 0.0, served_by + terms([served], -cell.demand))
    add_cascades(model, problem, buys_of)
    return model


def _contract(
    model: Formulation, problem: Problem, index: int, offers: Sequence[_Offer], demand: Floats
) -> Bought:
    """Columns and rows of one contract, its offers by item; returns its quantity columns."""
    contract = problem.contracts[index]
    by_item = {item: list(own) for item, own in groupby(offers, key=attrgetter("item"))}
    pieces = int(demand[np.unique([o.cell for o in offers])].sum())
    needs_use = bool(
        contract.call_off_fee_cents or contract.minimum_pieces or contract.minimum_cents
    )
    use = model.column(contract.call_off_fee_cents, 1) if needs_use else None
    groups: dict[str | None, Sequence[_Offer]] = (
        {None: offers} if contract.scope == "contract" else {**by_item}
    )
    found = [
        _tiers(model, contract, (index, group), own, demand, use) for group, own in groups.items()
    ]
    bought = together(own for own, _ in found)
    everything = terms(bought.columns)
    value = model.value[index] = joined(cost for _, cost in found)
    most = pieces if contract.remaining_pieces is None else contract.remaining_pieces
    if most < pieces:
        model.caps[model.row(-np.inf, most, everything)] = Cap(index, "pieces", None)
    if contract.remaining_cents is not None:
        row = model.row(-np.inf, contract.remaining_cents, value)
        model.caps[row] = Cap(index, "cents", None)
    for item in sorted(set(contract.remaining_by_item) & set(by_item)):
        columns = [c for o in by_item[item] for c in _columns(model, contract, index, o)]
        model.pieces[index, item] = terms(columns)
        row = model.row(-np.inf, contract.remaining_by_item[item], model.pieces[index, item])
        model.caps[row] = Cap(index, "pieces", item)
    if use is not None:
        model.row(-np.inf, 0.0, everything + terms([use], -min(most, pieces)))
        if contract.scope == "item" or len(contract.tiers) == 1:
            model.force(bought, use, demand)
        if contract.minimum_pieces:
            model.row(0.0, np.inf, everything + terms([use], -contract.minimum_pieces))
        if contract.minimum_cents:
            model.row(0.0, np.inf, value + terms([use], -contract.minimum_cents))
    if contract.place_fee_cents:
        _places(model, problem, contract, bought, demand)
    for item, own in by_item.items():
        if contract.pack.get(item, 1) > 1:
            _packs(model, problem, index, own)
    return bought


def _tiers(
    model: Formulation,
    contract: Contract,
    group: tuple[int, str | None],
    offers: Sequence[_Offer],
    demand: Floats,
    use: int | None,
) -> tuple[Bought, Terms]:
    """Columns of one tier group; returns its quantities and what it costs."""
    most: dict[int, int] = {}
    for o in offers:
        most[o.cell] = max(most.get(o.cell, 0), o.weight)
    reach = sum(int(demand[cell]) * counts for cell, counts in most.items())

    bought: list[Bought] = []
    switches: list[int] = []
    for tier, step in enumerate(contract.tiers):
        if step.lo > reach and tier:
            break
        last = tier + 1 == len(contract.tiers)
        limit = reach if last else min(reach, contract.tiers[tier + 1].lo - 1)
        if len(contract.tiers) > 1:
            switches.append(model.column(surplus(contract, group[1], tier), 1))
            model.switches[*group, tier] = switches[-1]
            model.thresholds[*group, tier] = step.lo
        open_ = [o for o in offers if o.first <= tier]
        cells = np.array([o.cell for o in open_], dtype=np.int32)
        costs = [float(step.unit_cents[o.item] * o.months) for o in open_]
        columns = model.columns(costs, demand[cells].tolist())
        bought.append(Bought(np.array(columns, dtype=np.int32), cells))
        weights = [o.weight for o in open_]
        model.counts.update(zip(columns, weights, strict=True))
        for o, column in zip(open_, columns, strict=True):
            model.buys[Buy(o.cell, group[0], o.item, tier)] = column
        if switches:
            counted = terms(columns, weights)
            model.row(-np.inf, 0.0, counted + terms(switches[-1:], -limit))
            if step.lo > 1:
                model.row(0.0, np.inf, counted + terms(switches[-1:], -step.lo))
            model.force(bought[-1], switches[-1], demand)
    if switches:
        if use is None:
            model.row(-np.inf, 1.0, terms(switches), joint=True)
        else:
            model.row(-np.inf, 0.0, terms(switches) + terms([use], -1.0))
    own = together(bought)
    priced = [*(s for s in switches if model.cost[s]), *own.columns.tolist()]
    return own, terms(priced, [model.cost[column] for column in priced])


def _columns(model: Formulation, contract: Contract, index: int, offer: _Offer) -> list[int]:
    """The quantity columns of an offer, by tier."""
    buys = (Buy(offer.cell, index, offer.item, tier) for tier in range(len(contract.tiers)))
    return [model.buys[buy] for buy in buys if buy in model.buys]


def _places(
    model: Formulation, problem: Problem, contract: Contract, bought: Bought, demand: Floats
) -> None:
    at: dict[str, list[int]] = defaultdict(list)
    for position, cell in enumerate(bought.cells.tolist()):
        at[problem.cells[cell].place or ""].append(position)
    for place in sorted(at):
        own = Bought(bought.columns[at[place]], bought.cells[at[place]])
        stop = model.column(contract.place_fee_cents, 1)
        most = float(demand[np.unique(own.cells)].sum())
        model.row(-np.inf, 0.0, terms(own.columns) + terms([stop], -most))
        model.force(own, stop, demand)


def _packs(model: Formulation, problem: Problem, index: int, offers: Sequence[_Offer]) -> None:
    """Whole packs of one item at every place."""
    contract = problem.contracts[index]
    size = contract.pack[offers[0].item]
    at: dict[str, list[int]] = defaultdict(list)
    most: dict[str, int] = defaultdict(int)
    for o in offers:
        place = problem.cells[o.cell].place or ""
        most[place] += problem.cells[o.cell].demand
        at[place] += _columns(model, contract, index, o)
    for place in sorted(at):
        packs = model.column(0.0, most[place] // size)
        model.row(0.0, 0.0, terms(at[place]) + terms([packs], -size), joint=True)
