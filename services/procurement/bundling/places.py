"""A large round whose contracts take a fee per place: planned without them, charged with them.

A place of its own for every cell makes the programme too large to search. Without these fees it is
small again. While its switches are searched every relaxation is charged with the least that the
fees can come to; the plan found is charged with them in full and closes contracts at places where
that is cheaper.
"""

from dataclasses import replace

import numpy as np

from services.procurement.bundling.fees import Fees
from services.procurement.bundling.problem import Cell, Option, Problem
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.usage import Usage

_Kind = tuple[tuple[Option, ...], int | None, str | None, int]


def without_fees(problem: Problem) -> tuple[Problem, list[list[int]]]:
    """The problem without fees per place, its cells put together where only the place differed;
    and of which cells each of them is made."""
    packed = [max(c.pack.values(), default=1) > 1 for c in problem.contracts]
    kinds: dict[_Kind, list[int]] = {}
    for index, cell in enumerate(problem.cells):
        place = cell.place if any(packed[o.contract] for o in cell.options) else None
        kinds.setdefault((cell.options, cell.months, place, cell.minimum), []).append(index)
    cells = tuple(
        Cell(options, months, place, sum(problem.cells[i].demand for i in own), (), minimum)
        for (options, months, place, minimum), own in kinds.items()
    )
    contracts = tuple(replace(c, place_fee_cents=0) for c in problem.contracts)
    return Problem(contracts, cells, ()), list(kinds.values())


def spread(problem: Problem, usage: Usage, made_of: list[list[int]]) -> Usage:
    """What was bought for cells put together, handed to them one after the other, so that few
    places are split between contracts."""
    left = {i: problem.cells[i].demand for own in made_of for i in own}
    found: Usage = {}
    for (index, contract, item), whole in sorted(usage.items()):
        pieces = whole
        for cell in made_of[index]:
            part = min(pieces, left[cell])
            if part:
                found[cell, contract, item] = part
            left[cell] -= part
            pieces -= part
    return found


def charges(problem: Problem, made_of: list[list[int]], model: Formulation) -> Fees:
    """The fees of a problem whose programme without them is `model`."""
    numbers = {key: n for n, key in enumerate(sorted({buy[:2] for buy in model.buys}))}
    pair = np.full(len(model.cost), -1)
    for buy, column in model.buys.items():
        pair[column] = numbers[buy[:2]]
    kinds = [kind for kind, _ in numbers]
    places = {cell.place: n for n, cell in enumerate(problem.cells)}
    bidders = [
        (kind, places[problem.cells[i].place], problem.cells[i].demand)
        for kind, own in enumerate(made_of)
        for i in own
    ]
    return Fees(
        pair,
        np.array([contract for _, contract in numbers], dtype=np.int64),
        np.searchsorted(kinds, np.arange(len(made_of) + 1)),
        np.array(bidders, dtype=np.int64).reshape(-1, 3),
        np.array([contract.place_fee_cents for contract in problem.contracts], dtype=float),
    )
