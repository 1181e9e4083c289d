"""How much of each line is served when the contracts cannot serve everything.

The rule: as many pieces as possible are served. What is missing is spread so that the sum of
squared cuts, each relative to what was asked for, is smallest: everyone is cut by the same
percentage as far as the contracts allow. Lines that the same contracts may serve are cut in
proportion, by member and then by line, with largest remainders; when a line arrived is no reason.
Fewer than a line's `minimum` are never served.

Source: on the capacities of a network the least sum of squares is the lexicographically fairest
division too; Fujishige, "Lexicographically optimal base of a polymatroid with respect to a weight
vector", Mathematics of Operations Research 5 (1980).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.construct import constructed
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits, Line
from services.procurement.bundling.problem import Cell, Option, Problem, in_order
from services.procurement.bundling.programme import Formulation
from services.procurement.bundling.scarcity import at_list, contested, is_packed
from services.procurement.bundling.search import minimise
from services.procurement.bundling.solve import Solver, SolverFailed

STEPS = 2000
"""Steps of all cuts together: few claims are divided to the piece, many to five percent."""


_Key = tuple[tuple[Option, ...], int | None, str | None, str | None]


def cuts(problem: Problem, solver: Solver, limits: Limits) -> dict[str, int]:
    """Pieces not served, by line id; empty if everything is.

    Raises:
        SolverFailed: the limits ended the search without an answer.
    """
    scarce, others = contested(problem)
    if not scarce or _is_all_served(problem, scarce, solver, limits):
        return {}
    claims = _claims(problem, scarce)
    model = formulate(replace(problem, cells=(*claims, *others)))
    least = _fewest(model, len(claims), solver, limits)
    if not least:
        return {}
    found: dict[str, int] = {}
    for claim, short in zip(claims, _fairly(model, claims, least, solver, limits), strict=True):
        if short:
            found |= _by_line(claim, claim.demand - short)
    return found


def apply_cuts(problem: Problem, missing: Mapping[str, int]) -> Problem:
    """The problem with the demand that is left."""
    if not missing:
        return problem
    cells = []
    for cell in problem.cells:
        cut = sum(missing.get(line.id, 0) for line in cell.lines)
        cells.append(replace(cell, demand=cell.demand - cut) if cut else cell)
    return replace(problem, cells=tuple(cells))


def fewest_short(problem: Problem, solver: Solver, limits: Limits) -> int:
    """The fewest pieces that any plan leaves unserved.

    Raises:
        SolverFailed: the limits ended the search without an answer.
    """
    scarce, others = contested(problem)
    if not scarce or _is_all_served(problem, scarce, solver, limits):
        return 0
    model = formulate(replace(problem, cells=(*scarce, *others)))
    return _fewest(model, len(scarce), solver, limits)


def _is_all_served(
    problem: Problem, scarce: Sequence[Cell], solver: Solver, limits: Limits
) -> bool:
    """Whether a small question already shows that nothing goes short: all that may do so fits even
    at list prices, where no tier, fee or other line has to be looked at, or some plan constructed
    without any search serves everything. "No" leaves it open."""
    plain = at_list(problem, scarce)
    if plain is None:
        return constructed(problem) is not None
    return not _fewest(formulate(plain), len(scarce), solver, limits)


def _fewest(model: Formulation, scarce: int, solver: Solver, limits: Limits) -> int:
    cost = np.zeros(len(model.cost))
    cost[model.short[:scarce]] = 1.0
    found = minimise(model, model.milp(cost), solver, limits)
    if found is None:
        raise SolverFailed("no plan within the limits")
    return round(float(found.values[model.short[:scarce]].sum()))


def _claims(problem: Problem, scarce: Sequence[Cell]) -> list[Cell]:
    """Lines to be cut alike: by what may serve them; a line with a minimum is its own claim."""
    groups: dict[_Key, list[Line]] = {}
    for cell in scarce:
        place = cell.place if is_packed(problem, cell.options) else None
        for line in in_order(cell.lines):
            own = line.id if (line.minimum or 1) > 1 else None
            groups.setdefault((cell.options, cell.months, place, own), []).append(line)
    claims = []
    for (options, months, place, own), lines in groups.items():
        demand = sum(line.quantity for line in lines)
        minimum = min(demand, lines[0].minimum or 1) if own else 1
        claims.append(Cell(options, months, place, demand, lines, minimum))
    return claims


def _fairly(
    model: Formulation,
    claims: Sequence[Cell],
    least: int,
    solver: Solver,
    limits: Limits,
) -> list[int]:
    """Missing pieces per claim that sum to `least`, with the smallest squared relative cuts."""
    shorts = model.short[: len(claims)]
    model.row(0.0, least, [(column, 1.0) for column in shorts])
    cost = [0.0] * len(model.cost)
    steps = max(20, STEPS // len(claims))
    for claim, short in zip(claims, shorts, strict=True):
        count = min(claim.demand, steps)
        columns = []
        for step in range(count):
            column = model.column(0.0, claim.demand / count, integer=False)
            cost.append(1000.0 * (2 * step + 1) / count)
            columns.append((column, 1.0))
        model.row(0.0, 0.0, [*columns, (short, -1.0)])
    found = minimise(model, model.milp(cost), solver, limits)
    if found is None:
        raise SolverFailed(f"no fair division of {least} missing pieces within the limits")
    return [round(float(found.values[column])) for column in shorts]


def _by_line(claim: Cell, served: int) -> dict[str, int]:
    wanted: dict[str, int] = {}
    own: dict[str, dict[str, int]] = {}
    for line in claim.lines:
        wanted[line.member] = wanted.get(line.member, 0) + line.quantity
        own.setdefault(line.member, {})[line.id] = line.quantity
    missing: dict[str, int] = {}
    for member, pieces in apportion(served, wanted).items():
        parts = apportion(pieces, own[member])
        missing |= {i: q - parts[i] for i, q in own[member].items() if q > parts[i]}
    return missing
