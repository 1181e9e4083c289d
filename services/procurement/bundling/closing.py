"""Fewer fees per place: what a contract delivers to a place is moved where that costs less than its
fee, every contract staying at the tier it has reached.

Source: the drop heuristic of facility location, Feldman, Lehrer & Ray, "Warehouse location under
continuous economies of scale", Management Science 12 (1966).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from services.procurement.bundling.pricing import weight
from services.procurement.bundling.problem import Problem
from services.procurement.bundling.usage import Usage, call_offs


class _Move(NamedTuple):
    """So many pieces of a cell, from an item to another contract's, and what they save in cents."""

    cell: int
    item: str
    contract: int
    to: str
    pieces: int
    saving: int


def closed(problem: Problem, usage: Usage) -> Usage:
    """A plan that costs no more: of a plan's contracts per place those closed that save most, one
    after the other, until none saves a cent."""
    plan = _Placed(problem, usage)
    while savings := sorted((-saving, at) for at in plan.at if (saving := plan.closing(at)[0]) > 0):
        for _, at in savings:
            saving, moves = plan.closing(at)
            if saving > 0:
                plan.close(at, moves)
    return {
        (cell, contract, item): pieces
        for (contract, _), goods in sorted(plan.at.items())
        for (cell, item), pieces in sorted(goods.items())
    }


class _Placed:
    """What is bought by contract and place, which contracts are open to any place without a fee,
    how far each (or its item) is above its tier's threshold, at least one piece or cent, and what
    it has left; other rules than these stay untouched."""

    def __init__(self, problem: Problem, usage: Usage) -> None:
        self.problem = problem
        priced = call_offs(problem, usage)
        self.open = {
            c
            for c, terms in enumerate(problem.contracts)
            if not terms.place_fee_cents and (c in priced or not terms.call_off_fee_cents)
        }
        self.tier = {(c, group): t for c, p in priced.items() for group, t in p.tiers.items()}
        self.above = defaultdict(lambda: -1) | {
            (c, group): reached - max(1, problem.contracts[c].tiers[self.tier[c, group]].lo)
            for c, p in priced.items()
            for group, reached in p.reached.items()
        }
        self.left: dict[tuple[int, str | None], int] = {}
        for c, terms in enumerate(problem.contracts):
            if terms.remaining_pieces is not None:
                self.left[c, None] = terms.remaining_pieces
            self.left |= {(c, item): rest for item, rest in terms.remaining_by_item.items()}
        self.at: dict[tuple[int, str], dict[tuple[int, str], int]] = defaultdict(dict)
        for (cell, c, item), pieces in usage.items():
            self.at[c, problem.cells[cell].place or ""][cell, item] = pieces
            self._use(c, item, pieces)

    def closing(self, at: tuple[int, str]) -> tuple[int, list[_Move]]:
        """What closing a contract at a place saves in cents, and how; nothing where it cannot."""
        contract, place = at
        terms = self.problem.contracts[contract]
        if not self.at[at] or not terms.place_fee_cents:
            return 0, []
        saving, moves = terms.place_fee_cents, []
        taken: dict[tuple[int, str | None], int] = defaultdict(int)
        for (cell, item), pieces in self.at[at].items():
            key = self._group(contract, item)
            taken[key] += pieces * self._weight(contract, item, cell)
            move = self._cheapest(contract, place, cell, item, pieces)
            if move is None or taken[key] > self.above[key] or not self._is_free(contract, item):
                return 0, []
            saving += move.saving
            moves.append(move)
        used: dict[tuple[int, str | None], int] = defaultdict(int)
        for move in moves:
            for key in ((move.contract, None), (move.contract, move.to)):
                used[key] += move.pieces
        return (saving, moves) if self._fits(used) else (0, [])

    def close(self, at: tuple[int, str], moves: list[_Move]) -> None:
        """Make the moves that empty a contract's place."""
        self.at[at] = {}
        for cell, item, contract, to, pieces, _ in moves:
            goods = self.at[contract, at[1]]
            goods[cell, to] = goods.get((cell, to), 0) + pieces
            self.above[self._group(at[0], item)] -= pieces * self._weight(at[0], item, cell)
            self.above[self._group(contract, to)] += pieces * self._weight(contract, to, cell)
            self._use(at[0], item, -pieces)
            self._use(contract, to, pieces)

    def _cheapest(self, source: int, place: str, cell: int, item: str, pieces: int) -> _Move | None:
        """The cheapest other offer for a cell's pieces that opens nothing."""
        now = self._unit(source, item, cell)
        moves = [
            _Move(cell, item, o.contract, o.item, pieces,
                  pieces * (now - self._unit(o.contract, o.item, cell)))
            for o in self.problem.cells[cell].options
            if o.contract != source
            and self._is_free(o.contract, o.item)
            and self._tier(o.contract, o.item) >= o.first
            and self._fits({(o.contract, None): pieces, (o.contract, o.item): pieces})
            and (self.at.get((o.contract, place)) or o.contract in self.open)
        ]  # fmt: skip
        return max(moves, key=lambda move: move.saving, default=None)

    def _is_free(self, contract: int, item: str) -> bool:
        """Whether no pack, minimum, value or rank is touched by more or fewer pieces."""
        terms = self.problem.contracts[contract]
        bound = terms.minimum_pieces or terms.minimum_cents or terms.cascade is not None
        return not bound and terms.remaining_cents is None and terms.pack.get(item, 1) == 1

    def _group(self, contract: int, item: str) -> tuple[int, str | None]:
        return contract, None if self.problem.contracts[contract].scope == "contract" else item

    def _weight(self, contract: int, item: str, cell: int) -> int:
        return weight(self.problem.contracts[contract], item, self.problem.cells[cell].months)

    def _tier(self, contract: int, item: str) -> int:
        return self.tier.get(self._group(contract, item), 0)

    def _unit(self, contract: int, item: str, cell: int) -> int:
        tier = self.problem.contracts[contract].tiers[self._tier(contract, item)]
        return tier.unit_cents[item] * (self.problem.cells[cell].months or 1)

    def _fits(self, used: Mapping[tuple[int, str | None], int]) -> bool:
        return all(pieces <= self.left[key] for key, pieces in used.items() if key in self.left)

    def _use(self, contract: int, item: str, pieces: int) -> None:
        for key in ((contract, None), (contract, item)):
            if key in self.left:
                self.left[key] -= pieces
