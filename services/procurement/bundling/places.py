"""A large round whose contracts take a fee per place: planned without them, charged with them.

A place of its own for every cell makes the programme too large to search. Without these fees it is
small again. Its plan is charged with the fees and closes contracts at places where that is cheaper;
its relaxation's bound and the least that the fees can come to bound the round.
"""

from collections.abc import Mapping
from dataclasses import replace

from services.procurement.bundling.problem import Cell, Option, Problem
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


def least_fees(
    problem: Problem, made_of: list[list[int]], dearer: Mapping[tuple[int, int], float]
) -> float:
    """What fees, and goods bought where they are `dearer` to save fees, cost at least, in cents.

    `dearer` says by cell put together and contract what a piece costs there more than where it is
    cheapest. Each place for itself is a facility location problem; every cell bids in turn for the
    contracts that it could use, none of which takes more in bids than its fee, and what is bid
    bounds the cost.

    Source: dual ascent; Bilde & Krarup, Annals of Discrete Mathematics 1 (1977), Erlenkotter,
    Operations Research 26 (1978).
    """
    at: dict[str, list[list[tuple[float, int]]]] = {}
    for index, own in enumerate(made_of):
        for cell in own:
            pieces = problem.cells[cell].demand
            contracts = {o.contract for o in problem.cells[cell].options}
            offers = sorted((pieces * dearer.get((index, c), 0.0), c) for c in contracts)
            if pieces:
                at.setdefault(problem.cells[cell].place or "", []).append(offers)
    fees = [float(contract.place_fee_cents) for contract in problem.contracts]
    return sum(_bid(offers, list(fees)) for offers in at.values())


def _bid(offers: list[list[tuple[float, int]]], left: list[float]) -> float:
    """The sum of all bids at a place; of its contracts' fees `left` remains to be bid for."""
    bids = [own[0][0] for own in offers]
    live = set(range(len(offers)))
    while live:
        reached = {i: [c for cents, c in offers[i] if cents <= bids[i]] for i in live}
        for i in sorted(live, key=lambda i: (len(reached[i]), i)):
            room = min(left[c] for c in reached[i])
            further = len(reached[i]) < len(offers[i])
            step = offers[i][len(reached[i])][0] - bids[i] if further else room
            if not further or room < step:
                live.discard(i)
            bids[i] += min(room, step)
            for c in reached[i]:
                left[c] -= min(room, step)
    return sum(bids)
