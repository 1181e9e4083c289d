"""Tiers that are reached for sure, so that a price ceiling below list price leaves nobody short."""

from collections.abc import Callable, Sequence

from services.procurement.bundling.pricing import weight
from services.procurement.bundling.problem import Cell, Option, Problem

Group = tuple[int, str | None]
"""A contract and, where each of its items reaches its tier for itself, the item."""


def without_lifted(
    problem: Problem,
    scarce: Sequence[Cell],
    safe: Sequence[Cell],
    is_unbounded: Callable[[Option], bool],
) -> list[Cell]:
    """The scarce cells that no other demand surely lifts to the tier their ceilings need.

    One plan that lifts a cell is enough: it uses contracts without bounds only, so that it takes
    nothing from the cells that are left. A cell is lifted by the safe cells that may buy there,
    each of them once.
    """
    left = [cell.demand for cell in safe]
    buyers: dict[Group, list[tuple[int, Option]]] = {}
    for index, cell in enumerate(safe):
        for o in cell.options:
            if is_unbounded(o):
                buyers.setdefault(_group(problem, o), []).append((index, o))
    reached: dict[Group, int] = {}

    def lift(cell: Cell, o: Option) -> bool:
        group, contract = _group(problem, o), problem.contracts[o.contract]
        have = reached.get(group, 0) + cell.demand * weight(contract, o.item, cell.months)
        parts: dict[int, int] = {}
        for index, other in buyers.get(group, []):
            missing = contract.tiers[o.first].lo - have
            if missing <= 0:
                break
            if other.first <= o.first and index not in parts:
                counts = weight(contract, other.item, safe[index].months)
                parts[index] = min(left[index], -(-missing // counts))
                have += parts[index] * counts
        if have < contract.tiers[o.first].lo:
            return False
        reached[group] = have
        for index, pieces in parts.items():
            left[index] -= pieces
        return True

    def surely(cell: Cell) -> bool:
        return any(lift(cell, o) for o in cell.options if is_unbounded(o))

    return [cell for cell in scarce if not surely(cell)]


def _group(problem: Problem, o: Option) -> Group:
    return o.contract, o.item if problem.contracts[o.contract].scope == "item" else None
