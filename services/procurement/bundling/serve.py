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
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.construct import constructed, partly
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Limits, Line
from services.procurement.bundling.problem import Cell, Option, Problem, in_order
from services.procurement.bundling.programme import Formulation, terms
from services.procurement.bundling.scarcity import at_list, contested, is_packed
from services.procurement.bundling.search import Minimum, minimise
from services.procurement.bundling.solve import Floats, Solver

STEPS = 2000
"""Steps of all cuts together: few claims are divided to the piece, many to five percent."""


_Key = tuple[tuple[Option, ...], int | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Cuts:
    """Pieces not served, by line id, and the fewest that any plan leaves unserved, as far as that
    is proved."""

    missing: Mapping[str, int]
    fewest: int
    stopped_by: Literal["", "work", "clock"]


def cuts(problem: Problem, solver: Solver, limits: Limits) -> Cuts:
    """What each line has to do without.

    Where the limits end the search, what is known to fit is served: the division found so far, or
    what a constructed plan serves.
    """
    scarce, others = contested(problem)
    if not scarce or _is_all_served(problem, scarce, solver, limits):
        return Cuts({}, 0, "")
    claims = _claims(problem, scarce)
    model = formulate(replace(problem, cells=(*claims, *others)))
    fewest = _fewest(model, len(claims), solver, limits)
    if fewest.values is None:
        return fewer(problem, Cuts({}, max(0, fewest.bound_cents), fewest.stopped_by))
    shorts = _pieces(fewest.values, model.short[: len(claims)])
    fair = Minimum(None, 0, "")
    if sum(shorts):
        fair = _fairly(model, claims, sum(shorts), solver, limits)
    if fair.values is not None:
        shorts = _pieces(fair.values, model.short[: len(claims)])
    found: dict[str, int] = {}
    for claim, short in zip(claims, shorts, strict=True):
        if short:
            found |= _by_line(claim.lines, claim.demand - short)
    return Cuts(found, max(0, fewest.bound_cents), fewest.stopped_by or fair.stopped_by)


def fewer(problem: Problem, known: Cuts) -> Cuts:
    """The cuts that leave only what a constructed plan serves, for want of a better one."""
    left = apply_cuts(problem, known.missing)
    served = [0] * len(problem.cells)
    for (index, _, _), pieces in partly(left).items():
        served[index] += pieces
    missing = dict(known.missing)
    for cell, cut, pieces in zip(problem.cells, left.cells, served, strict=True):
        if pieces < cut.demand:
            missing |= dict.fromkeys((line.id for line in cell.lines), 0)
            missing |= _by_line(cell.lines, pieces)
    return replace(known, missing={line: q for line, q in missing.items() if q})


def apply_cuts(problem: Problem, missing: Mapping[str, int]) -> Problem:
    """The problem with the demand that is left."""
    if not missing:
        return problem
    cells = []
    for cell in problem.cells:
        cut = sum(missing.get(line.id, 0) for line in cell.lines)
        cells.append(replace(cell, demand=cell.demand - cut) if cut else cell)
    return replace(problem, cells=tuple(cells))


def fewest_short(problem: Problem, solver: Solver, limits: Limits) -> int | None:
    """The fewest pieces that any plan leaves unserved; None if the limits ended the search."""
    scarce, others = contested(problem)
    if not scarce or _is_all_served(problem, scarce, solver, limits):
        return 0
    model = formulate(replace(problem, cells=(*scarce, *others)))
    fewest = _fewest(model, len(scarce), solver, limits)
    if fewest.values is None or fewest.stopped_by:
        return None
    return sum(_pieces(fewest.values, model.short[: len(scarce)]))


def _is_all_served(
    problem: Problem, scarce: Sequence[Cell], solver: Solver, limits: Limits
) -> bool:
    """Whether a small question already shows that nothing goes short: all that may do so fits even
    at list prices, where no tier, fee or other line has to be looked at, or some plan constructed
    without any search serves everything. "No" leaves it open."""
    plain = at_list(problem, scarce)
    if plain is None:
        return constructed(problem) is not None
    model = formulate(plain)
    values = _fewest(model, len(scarce), solver, limits).values
    return values is not None and not any(_pieces(values, model.short))


def _fewest(model: Formulation, scarce: int, solver: Solver, limits: Limits) -> Minimum:
    cost = np.zeros(len(model.cost))
    cost[model.short[:scarce]] = 1.0
    return minimise(model, model.milp(cost), solver, limits)


def _pieces(values: Floats, columns: Sequence[int]) -> list[int]:
    return [round(float(values[column])) for column in columns]


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
) -> Minimum:
    """A plan whose missing pieces sum to `least`, with the smallest squared relative cuts."""
    shorts = model.short[: len(claims)]
    model.row(0.0, least, terms(shorts))
    cost = [0.0] * len(model.cost)
    steps = max(20, STEPS // len(claims))
    for claim, short in zip(claims, shorts, strict=True):
        count = min(claim.demand, steps)
        columns = []
        for step in range(count):
            column = model.column(0.0, claim.demand / count, integer=False)
            cost.append(1000.0 * (2 * step + 1) / count)
            columns.append(column)
        model.row(0.0, 0.0, terms(columns) + terms([short], -1.0))
    return minimise(model, model.milp(cost), solver, limits)


def _by_line(lines: Sequence[Line], served: int) -> dict[str, int]:
    """Missing pieces by line if only `served` are there; whoever would get fewer than its minimum
    leaves them to the others."""
    missing = _in_proportion(lines, min(served, sum(line.quantity for line in lines)))
    useless = {
        line.id: line.quantity
        for line in lines
        if 0 < line.quantity - missing.get(line.id, 0) < min(line.minimum or 1, line.quantity)
    }
    others = [line for line in lines if line.id not in useless]
    return missing if not useless else useless | (_by_line(others, served) if others else {})


def _in_proportion(lines: Sequence[Line], served: int) -> dict[str, int]:
    wanted: dict[str, int] = {}
    own: dict[str, dict[str, int]] = {}
    for line in lines:
        wanted[line.member] = wanted.get(line.member, 0) + line.quantity
        own.setdefault(line.member, {})[line.id] = line.quantity
    missing: dict[str, int] = {}
    for member, pieces in apportion(served, wanted).items():
        parts = apportion(pieces, own[member])
        missing |= {i: q - parts[i] for i, q in own[member].items() if q > parts[i]}
    return missing
