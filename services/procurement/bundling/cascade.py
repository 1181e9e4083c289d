"""Ranks: a contract serves only what better ranks no longer can."""

from collections.abc import Mapping

import numpy as np

from services.procurement.bundling.model import Contract
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Bought, Formulation, Terms, terms


def add_cascades(model: Formulation, problem: Problem, buys_of: Mapping[int, Bought]) -> None:
    """A contract serves a cell only once every better rank that may serve it is exhausted."""
    if all(contract.cascade is None for contract in problem.contracts):
        return
    whole: dict[int, list[int]] = {}
    exhausted: dict[tuple[int, str], int] = {}
    for c, cell in enumerate(problem.cells):
        for worse in sorted({o.contract for o in cell.options}):
            for o in cell.options:
                if not outranks(problem.contracts[o.contract], problem.contracts[worse]):
                    continue
                if o.contract not in whole:
                    whole[o.contract] = _full(model, problem, o.contract, buys_of[o.contract])
                if o[:2] not in exhausted:
                    ways = whole[o.contract] + _lot_full(model, problem, o.contract, o.item)
                    exhausted[o[:2]] = _any(model, ways)
                bought = terms(buys_of[worse].columns[buys_of[worse].cells == c])
                allowed = terms([exhausted[o[:2]]], -cell.demand)
                model.row(-np.inf, 0.0, bought + allowed, joint=True)


def outranks(better: Contract, worse: Contract) -> bool:
    """Whether `better` comes first in the cascade that both belong to."""
    if better.cascade is None or better.cascade != worse.cascade:
        return False
    return (better.rank or 0) < (worse.rank or 0)


def _any(model: Formulation, ways: list[int]) -> int:
    """A switch that may be on only with one of the others."""
    switch = model.column(0.0, 1 if ways else 0)
    if ways:
        model.row(-np.inf, 0.0, terms([switch]) + terms(ways, -1.0), joint=True)
    return switch


def _full(model: Formulation, problem: Problem, index: int, bought: Bought) -> list[int]:
    """Switches that are on only if not one more pack of any item, at list price, has room."""
    contract = problem.contracts[index]
    ways = []
    if contract.remaining_pieces is not None:
        full = contract.remaining_pieces - max(contract.pack.values(), default=1) + 1
        ways.append(_at_least(model, terms(bought.columns), full))
    if contract.remaining_cents is not None:
        dearest = max(
            contract.tiers[0].unit_cents[o.item] * (cell.months or 1) * contract.pack.get(o.item, 1)
            for cell in problem.cells
            for o in cell.options
            if o.contract == index
        )
        ways.append(_at_least(model, model.value[index], contract.remaining_cents - dearest + 1))
    return ways


def _lot_full(model: Formulation, problem: Problem, index: int, item: str) -> list[int]:
    """The same for what remains of a single item."""
    contract = problem.contracts[index]
    if item not in contract.remaining_by_item:
        return []
    full = contract.remaining_by_item[item] - contract.pack.get(item, 1) + 1
    return [_at_least(model, model.pieces[index, item], full)]


def _at_least(model: Formulation, sums: Terms, least: int) -> int:
    """A switch that is on only if what a row sums up is `least`."""
    switch = model.column(0.0, 1)
    model.row(0.0, np.inf, sums + terms([switch], -max(0, least)), joint=True)
    return switch
