"""Tiers that are reached for sure, so that a price ceiling below list price leaves nobody short."""

from collections.abc import Callable, Sequence

from services.procurement.bundling.pricing import weight
from services.procurement.bundling.problem import Option, Problem

Usage = dict[tuple[int, int, str], int]

Group = tuple[int, str | None]
"""A contract and, where each of its items reaches its tier for itself, the item."""


def lifted(
    problem: Problem,
    scarce: Sequence[int],
    safe: Sequence[int],
    is_unbounded: Callable[[Option], bool],
) -> Usage:
    """Purchases that serve, of the scarce cells, all that other demand surely lifts to the tier
    their ceilings need; a cell with none is not lifted.

    One such plan is enough: it uses contracts without bounds only, so that it takes nothing from
    the cells that are left. A cell is lifted by the safe cells that may buy there, each of their
    pieces once.
    """
    cells = problem.cells
    left = {index: cells[index].demand for index in safe}
    usage: Usage = {}
    buyers: dict[Group, list[tuple[int, Option]]] = {}
    for index in safe:
        for o in cells[index].options:
            if is_unbounded(o):
                buyers.setdefault(_group(problem, o), []).append((index, o))
    reached: dict[Group, int] = {}

    def lift(lifts: int, o: Option) -> bool:
        cell = cells[lifts]
        group, contract = _group(problem, o), problem.contracts[o.contract]
        have = reached.get(group, 0) + cell.demand * weight(contract, o.item, cell.months)
        parts: dict[int, int] = {}
        kinds: dict[int, str] = {}
        for index, other in buyers.get(group, []):
            missing = contract.tiers[o.first].lo - have
            if missing <= 0:
                break
            if other.first <= o.first and index not in parts:
                counts = weight(contract, other.item, cells[index].months)
                parts[index], kinds[index] = min(left[index], -(-missing // counts)), other.item
                have += parts[index] * counts
        if have < contract.tiers[o.first].lo:
            return False
        reached[group] = have
        usage[lifts, o.contract, o.item] = cell.demand
        for index, pieces in parts.items():
            left[index] -= pieces
            key = (index, o.contract, kinds[index])
            usage[key] = usage.get(key, 0) + pieces
        return True

    for index in scarce:
        any(lift(index, o) for o in cells[index].options if is_unbounded(o))
    return {key: pieces for key, pieces in usage.items() if pieces}


def _group(problem: Problem, o: Option) -> Group:
    return o.contract, o.item if problem.contracts[o.contract].scope == "item" else None
