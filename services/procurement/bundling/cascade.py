"""Ranks: a contract serves only what better ranks no longer can."""

from collections.abc import Mapping

import numpy as np

from services.procurement.bundling.model import Contract
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Formulation, Terms


def add_cascades(
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
