"""How fast rounds are bundled, how close to the proof, and what that saves.

`python -m deploy.bench.bundling [--large] [--seeds N]` prints a table; with `--out DIRECTORY` it
measures instead how the time grows with lines, members and contracts (3 minutes), as a figure and
as JSON. Seconds are CPU seconds of this process and the solver's, which other work on the machine
disturbs least.
"""

import json
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.bench.growth import drawn, grow, rows
from deploy.bench.rounds import ON, Size, municipal, tqd
from services.procurement.bundling import Contract, Highs, Limits, Line
from services.procurement.bundling.cheapest import best
from services.procurement.bundling.disaggregate import disaggregate
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.problem import Problem, aggregate
from services.procurement.bundling.serve import apply_cuts
from services.procurement.bundling.usage import cost

Round = tuple[list[Line], list[Contract]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: its size, CPU seconds, and how the plan compares."""

    name: str
    lines: int
    cells: int
    seconds_aggregate: float
    seconds_plan: float
    seconds_lines: float
    wall_seconds: float
    megabytes: int
    total_cents: int
    gap_ppm: float
    stopped_by: str
    saving_over_articles: float | None
    saving_over_lines: float | None
    seconds_plain: float | None


def cpu_seconds(solver: Highs) -> float:
    """CPU seconds of this process and the solver's so far."""
    return time.process_time() + solver.cpu_seconds


def by_article(problem: Problem) -> int | None:
    """What it costs if each cell goes whole to the contract with the cheapest best tier."""
    return _greedy(problem, lambda c, item: c.tiers[-1].unit_cents[item])


def by_line(problem: Problem) -> int | None:
    """What it costs if each cell goes whole to the contract with the cheapest list price."""
    return _greedy(problem, lambda c, item: c.tiers[0].unit_cents[item])


def _greedy(problem: Problem, unit: Callable[[Contract, str], int]) -> int | None:
    """None where pieces are left over.

    Ceilings that only a better tier would meet are ignored, in favour of the greedy plan.
    """
    usage: dict[tuple[int, int, str], int] = {}
    used: dict[tuple[int, str | None], int] = {}
    for index, cell in enumerate(problem.cells):
        wanted = cell.demand
        for o in sorted(cell.options, key=lambda o: unit(problem.contracts[o.contract], o.item)):
            terms, whole, own = problem.contracts[o.contract], (o.contract, None), o[:2]
            part = wanted
            if terms.remaining_pieces is not None:
                part = min(part, terms.remaining_pieces - used.get(whole, 0))
            if o.item in terms.remaining_by_item:
                part = min(part, terms.remaining_by_item[o.item] - used.get(own, 0))
            if part:
                usage[index, o.contract, o.item] = part
                used[whole] = used.get(whole, 0) + part
                used[own] = used.get(own, 0) + part
            wanted -= part
        if wanted:
            return None
    return cost(problem, usage)


def measure(name: str, round_: Round, limits: Limits, *, plain: bool, on: date = ON) -> Measured:
    """Plan one round and take the figures; `plain` also solves it without our steps."""
    lines, contracts = round_
    with Highs() as solver:
        wall, begin = time.monotonic(), cpu_seconds(solver)
        problem = aggregate(lines, contracts, on)
        aggregated = cpu_seconds(solver)
        cut, found = best(problem, solver, limits)
        planned = cpu_seconds(solver)
        disaggregate(problem, found.usage, cut.missing)
        ended, wall = cpu_seconds(solver), time.monotonic() - wall
    served = apply_cuts(problem, cut.missing)
    baseline = [None, None] if cut.missing else [by_article(served), by_line(served)]
    savings = [None if b is None else round(100 * (1 - found.total_cents / b), 2) for b in baseline]
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    bound = max(found.bound_cents, 1)
    return Measured(
        name,
        len(lines),
        len(problem.cells),
        round(aggregated - begin, 2),
        round(planned - aggregated, 2),
        round(ended - planned, 2),
        round(wall, 1),
        sum(u.ru_maxrss for u in usage) // 1024,
        found.total_cents,
        round(1e6 * (found.total_cents - found.bound_cents) / bound, 3),
        found.stopped_by,
        savings[0],
        savings[1],
        _plain_seconds(served, limits) if plain else None,
    )


def _plain_seconds(problem: Problem, limits: Limits) -> float | None:
    """CPU seconds of the same programme solved at once; None if the limits ended it first."""
    model = formulate(problem)
    for column in model.short:
        model.upper[column] = 0.0
    with Highs() as solver:
        begin = cpu_seconds(solver)
        answer = solver.solve(model.milp(), limits)
        return round(cpu_seconds(solver) - begin, 2) if answer.status == "optimal" else None


def cases(*, large: bool, seeds: int) -> Sequence[tuple[str, Callable[[], Round], bool]]:
    """Name, round, and whether to compare with the plain programme; the rounds of 22 and 220
    members also with further seeds."""
    found: list[tuple[str, Callable[[], Round], bool]] = [
        ("22 members, 50 items, 1,000 lines", lambda: municipal(Size(22, 50, 6, 1_000)), True),
        ("60 members, 100 items, 3,000 lines", lambda: municipal(Size(60, 100, 8, 3_000)), True),
        ("TQD 50 x 100, 3 tiers", lambda: tqd(50, 100, 3, 1), True),
        ("CTQD 20 x 100, 3 tiers, 0.8", lambda: tqd(20, 100, 3, 1, 0.8), True),
        ("220 members, 200 items, 10,000", lambda: municipal(Size(220, 200, 15, 10_000)), False),
    ]
    found += [
        (f"{size.members} members, seed {seed}", partial(municipal, size, seed), False)
        for seed in range(2, seeds + 1)
        for size in (Size(22, 50, 6, 1_000), Size(220, 200, 15, 10_000))
    ]
    if large:
        found += [
            ("220, fee per place", lambda: municipal(Size(220, 200, 15, 10_000, True)), False),
            ("2,000, 100,000 lines", lambda: municipal(Size(2_000, 500, 30, 100_000)), False),
            ("2,000, 1,000,000 lines", lambda: municipal(Size(2_000, 500, 30, 1_000_000)), False),
        ]
        for scarcity in (0.1, 0.3, 0.5, 0.65, 0.8, 0.9):
            largest = partial(tqd, 100, 500, 3, 1, scarcity)
            found.append((f"CTQD 100 x 500, 3 tiers, {scarcity}", largest, False))
    return found


def main(
    large: Annotated[
        bool, typer.Option("--large", help="Also the rounds that take minutes.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write growth as JSON and SVG.")] = None,
    seconds: Annotated[float, typer.Option(help="Brake for each search.")] = 120,
    seeds: Annotated[int, typer.Option(help="Rounds of 22 and of 220 members.")] = 1,
) -> None:
    """Measure bundling on rounds of growing size."""
    if out:
        grown = grow(Limits(seconds=seconds), cpu_seconds)
        out.mkdir(parents=True, exist_ok=True)
        (out / "bundling.json").write_text(json.dumps(rows(grown), indent=1) + "\n")
        drawn(grown).savefig(out / "bundling.svg", metadata={"Date": None})
        return
    table = Table("round", "cells", "aggregate s", "plan s", "gap ppm", "MB", "saves %", "plain s")
    console = Console(width=140)
    for name, make, plain in cases(large=large, seeds=seeds):
        m = measure(name, make(), Limits(seconds=seconds), plain=plain)
        figures = (m.cells, m.seconds_aggregate, m.seconds_plan, m.gap_ppm, m.megabytes)
        table.add_row(name, *map(str, figures), f"{m.saving_over_articles}", f"{m.seconds_plain}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
