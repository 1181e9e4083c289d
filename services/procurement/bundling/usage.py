"""What is bought where, and what that costs."""

from collections.abc import Mapping

from services.procurement.bundling.pricing import Goods, Priced, price
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.solve import Floats

Usage = dict[tuple[int, int, str], int]
"""Pieces by cell, contract and item."""


def of_columns(model: Formulation, values: Floats) -> Usage:
    """What a programme's values buy, at whatever tier."""
    usage: Usage = {}
    for buy, pieces in model.usage(values).items():
        key = (buy.cell, buy.contract, buy.item)
        usage[key] = usage.get(key, 0) + pieces
    return usage


def cost(problem: Problem, usage: Mapping[tuple[int, int, str], int]) -> int:
    """What an allocation costs by the pricing rules, in cents."""
    return sum(call_off.total_cents for call_off in call_offs(problem, usage).values())


def call_offs(problem: Problem, usage: Mapping[tuple[int, int, str], int]) -> dict[int, Priced]:
    """An allocation priced, by contract."""
    bought: dict[int, dict[Goods, int]] = {}
    for (index, contract, item), pieces in usage.items():
        cell = problem.cells[index]
        goods = bought.setdefault(contract, {})
        key = Goods(cell.place or "", item, cell.months)
        goods[key] = goods.get(key, 0) + pieces
    return {c: price(problem.contracts[c], goods) for c, goods in bought.items()}
