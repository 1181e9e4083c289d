"""Which demand may go short at all, and what else bears on it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from services.procurement.bundling.lift import Usage, lifted
from services.procurement.bundling.problem import Cell, Option, Problem


def contested(problem: Problem) -> tuple[list[Cell], list[Cell]]:
    """Cells that may go short, and the other demand that could help or crowd them.

    A cell with an offer that is open to all of it under any plan never goes short. It still
    counts where it could lift a contract of the first kind to a tier or minimum; only its offers
    there are kept, and it is free to go elsewhere.
    """
    scarce, safe, lifts = sorted_out(problem)
    cells = problem.cells
    served = {index for index, _, _ in lifts}
    rest = [cells[i] for i in scarce if i not in served]
    if all(_is_beyond_help(problem, o) for cell in rest for o in cell.options):
        return rest, []
    return [cells[i] for i in scarce], _bearing_on(problem, scarce, safe)


def sorted_out(problem: Problem) -> tuple[list[int], list[int], Usage]:
    """Indices of the cells that may go short and of those that never do, and purchases that lift
    what of the first can be (see `lifted`)."""
    is_unbounded = _unboundedness(problem)
    scarce: list[int] = []
    safe: list[int] = []
    for index, cell in enumerate(problem.cells):
        if cell.demand:
            is_open = any(o.first == 0 and is_unbounded(o) for o in cell.options)
            (safe if is_open else scarce).append(index)
    return scarce, safe, lifted(problem, scarce, safe, is_unbounded)


def _bearing_on(problem: Problem, scarce: Sequence[int], safe: Sequence[int]) -> list[Cell]:
    contracts = {o.contract for index in scarce for o in problem.cells[index].options}
    cascades = {problem.contracts[c].cascade for c in contracts} - {None}
    contracts |= {i for i, c in enumerate(problem.contracts) if c.cascade in cascades}
    others: dict[tuple[tuple[Option, ...], int | None, str | None], Cell] = {}
    for cell in (problem.cells[index] for index in safe):
        options = tuple(o for o in cell.options if o.contract in contracts)
        if not options:
            continue
        key = (options, cell.months, cell.place if is_packed(problem, options) else None)
        known = others.get(key)
        demand = cell.demand + (known.demand if known else 0)
        others[key] = replace(cell, options=options, place=key[2], demand=demand, lines=())
    return list(others.values())


def is_packed(problem: Problem, options: Iterable[Option]) -> bool:
    """Whether some of the options come in packs."""
    return any(problem.contracts[o.contract].pack.get(o.item, 1) > 1 for o in options)


def at_list(problem: Problem, scarce: Sequence[Cell]) -> Problem | None:
    """The scarce cells with only what they may have at list price and without further rules.

    What fits here fits in the round: more buyers only lower prices, and the other demand has
    offers of its own. None if some cell has no such offer.
    """
    contracts = tuple(
        replace(c, tiers=c.tiers[:1], call_off_fee_cents=0, place_fee_cents=0)
        for c in problem.contracts
    )
    cells = []
    for cell in scarce:
        options = tuple(o for o in cell.options if o.first == 0 and _is_plain(problem, o))
        if not options:
            return None
        cells.append(replace(cell, options=options))
    return Problem(contracts, tuple(cells), ())


def _is_beyond_help(problem: Problem, o: Option) -> bool:
    """Whether other demand cannot make an offer serve more: by a tier, a minimum or a pack, or by
    a lower price, of which more pieces fit into what remains."""
    return (
        o.first == 0
        and _is_plain(problem, o)
        and problem.contracts[o.contract].remaining_cents is None
    )


def _is_plain(problem: Problem, o: Option) -> bool:
    c = problem.contracts[o.contract]
    bound = c.minimum_pieces or c.minimum_cents or c.cascade is not None
    return not bound and c.pack.get(o.item, 1) == 1


def _unboundedness(problem: Problem) -> Callable[[Option], bool]:
    """A test whether an offer is there for all that may ask for it, whatever others buy, at the
    latest from its first tier on."""
    eligible: dict[int, int] = {}
    by_item: dict[tuple[int, str], int] = {}
    value: dict[int, int] = {}
    for cell in problem.cells:
        dearest: dict[int, int] = {}
        for o in cell.options:
            unit = problem.contracts[o.contract].tiers[0].unit_cents[o.item] * (cell.months or 1)
            dearest[o.contract] = max(dearest.get(o.contract, 0), unit)
            key = (o.contract, o.item)
            by_item[key] = by_item.get(key, 0) + cell.demand
        for index, unit in dearest.items():
            eligible[index] = eligible.get(index, 0) + cell.demand
            value[index] = value.get(index, 0) + cell.demand * unit
    best_rank: dict[str | None, int] = {}
    for contract in problem.contracts:
        rank = contract.rank or 0
        best_rank[contract.cascade] = min(best_rank.get(contract.cascade, rank), rank)

    def is_unbounded(o: Option) -> bool:
        c = problem.contracts[o.contract]
        return (
            not c.minimum_pieces
            and not c.minimum_cents
            and c.pack.get(o.item, 1) == 1
            and (c.remaining_pieces is None or c.remaining_pieces >= eligible[o.contract])
            and (c.remaining_cents is None or c.remaining_cents >= value[o.contract])
            and c.remaining_by_item.get(o.item, 1 << 60) >= by_item[o.contract, o.item]
            and (c.cascade is None or c.rank == best_rank[c.cascade])
        )

    return is_unbounded
