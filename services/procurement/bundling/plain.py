"""Which part of a member's demand alone needs no search: what is cheapest at list price anyway."""

from dataclasses import replace

from services.procurement.bundling.model import Contract
from services.procurement.bundling.pricing import weight
from services.procurement.bundling.problem import Option, Problem
from services.procurement.bundling.usage import Usage

Group = tuple[int, str | None]
"""A contract and, where each of its items reaches its tier for itself, the item."""


def at_list_price(problem: Problem) -> tuple[Usage, Problem]:
    """Purchases at list price that belong to a cheapest plan, and the problem that is left.

    Of a cell whose offers have no fees, minimums, packs or ranks and can't reach a further tier
    with all that may be bought there, the lowest list price is the cheapest, whatever happens to
    the other cells, as long as the contracts last. Where they might not, nothing is taken.
    """
    open_groups = _open(problem)
    usage: Usage = {}
    left = []
    for index, cell in enumerate(problem.cells):
        listed = [
            (problem.contracts[o.contract].tiers[0].unit_cents[o.item], o)
            for o in cell.options
            if not o.first
        ]
        if any(group(problem, o) in open_groups for o in cell.options) or not listed:
            left.append(index)
        elif cell.demand:
            _, o = min(listed)
            usage[index, o.contract, o.item] = cell.demand
    if not usage or not _lasts(problem, usage, left):
        return {}, problem
    rest = set(left)
    cells = tuple(c if i in rest else replace(c, demand=0) for i, c in enumerate(problem.cells))
    return usage, replace(problem, cells=cells)


def group(problem: Problem, o: Option) -> Group:
    """The group whose pieces reach a tier together."""
    return o.contract, o.item if problem.contracts[o.contract].scope == "item" else None


def _open(problem: Problem) -> set[Group]:
    """Groups with more to them than list prices: a tier within reach, or another rule."""
    reach: dict[Group, int] = {}
    for cell in problem.cells:
        most: dict[Group, int] = {}
        for o in cell.options:
            at, counts = (
                group(problem, o),
                weight(problem.contracts[o.contract], o.item, cell.months),
            )
            most[at] = max(most.get(at, 0), counts)
        for at, counts in most.items():
            reach[at] = reach.get(at, 0) + cell.demand * counts
    return {
        at
        for at, units in reach.items()
        if not _is_bare(terms := problem.contracts[at[0]])
        or (len(terms.tiers) > 1 and units >= terms.tiers[1].lo)
    }


def _is_bare(terms: Contract) -> bool:
    rules = (terms.call_off_fee_cents, terms.place_fee_cents, terms.minimum_pieces,
             terms.minimum_cents)  # fmt: skip
    return not any(rules) and terms.cascade is None and max(terms.pack.values(), default=1) == 1


def _lasts(problem: Problem, usage: Usage, left: list[int]) -> bool:
    """Whether no contract runs out, even if all other demand went to it."""
    wanted: dict[tuple[int, str], dict[int, int]] = {}
    for (index, contract, item), pieces in usage.items():
        wanted.setdefault((contract, item), {})[index] = pieces
    for index in left:
        for o in problem.cells[index].options:
            wanted.setdefault(o[:2], {})[index] = problem.cells[index].demand
    pieces_of: dict[int, int] = {}
    cents_of: dict[int, int] = {}
    for (contract, item), by_cell in wanted.items():
        terms = problem.contracts[contract]
        pieces = sum(by_cell.values())
        if pieces > terms.remaining_by_item.get(item, pieces):
            return False
        pieces_of[contract] = pieces_of.get(contract, 0) + pieces
        cents_of[contract] = (
            cents_of.get(contract, 0)
            + sum(q * (problem.cells[c].months or 1) for c, q in by_cell.items())
            * terms.tiers[0].unit_cents[item]
        )
    for contract, pieces in pieces_of.items():
        terms, cents = problem.contracts[contract], cents_of[contract]
        if terms.remaining_pieces is not None and pieces > terms.remaining_pieces:
            return False
        if terms.remaining_cents is not None and cents > terms.remaining_cents:
            return False
    return True
