"""How the time of a round grows with its lines, members and contracts, the others held fast."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from deploy.bench.rounds import ON, Size, municipal
from services.procurement.bundling import Highs, Limits, plan_round
from services.procurement.bundling.cheapest import best
from services.procurement.bundling.problem import aggregate

Axis = Literal["lines", "members", "contracts"]

MIDDLE = Size(220, 200, 15, 10_000)
"""The round around which one figure at a time is changed."""

STEPS: dict[Axis, Sequence[Size]] = {
    "lines": [replace(MIDDLE, lines=n) for n in (1_000, 3_000, 10_000, 30_000)],
    "members": [replace(MIDDLE, members=n) for n in (22, 60, 220, 700)],
    "contracts": [replace(MIDDLE, contracts=n) for n in (4, 8, 15, 22)],
}


@dataclass(frozen=True, slots=True)
class Point:
    """A round and its CPU seconds: aggregated, planned, and all with shares and texts."""

    size: Size
    seconds_aggregate: float
    seconds_plan: float
    seconds_round: float
    stopped_by: str


def grow(limits: Limits, cpu_seconds: Callable[[Highs], float]) -> dict[Axis, list[Point]]:
    """Measure each round once; `cpu_seconds` tells what was worked so far."""
    points: dict[Size, Point] = {}
    grown: dict[Axis, list[Point]] = {}
    for axis, sizes in STEPS.items():
        for size in sizes:
            if size not in points:
                points[size] = _point(size, limits, cpu_seconds)
        grown[axis] = [points[size] for size in sizes]
    return grown


def _point(size: Size, limits: Limits, cpu_seconds: Callable[[Highs], float]) -> Point:
    lines, contracts = municipal(size)
    with Highs() as solver:
        begin = cpu_seconds(solver)
        problem = aggregate(lines, contracts, ON)
        aggregated = cpu_seconds(solver)
        _, found = best(problem, solver, limits)
        planned = cpu_seconds(solver)
        plan_round(lines, contracts, on=ON, limits=limits, solver=solver)
        ended = cpu_seconds(solver)
    return Point(
        size,
        round(aggregated - begin, 3),
        round(planned - aggregated, 2),
        round(ended - planned, 2),
        found.stopped_by,
    )


def rows(grown: dict[Axis, list[Point]]) -> dict[str, list[dict[str, object]]]:
    """The measured points as JSON takes them."""
    return {axis: [asdict(point) for point in points] for axis, points in grown.items()}


def drawn(grown: dict[Axis, list[Point]]) -> Figure:
    """One panel for each of the three, all with the same seconds."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, (axis, points) in zip(panels, grown.items(), strict=True):
        at = [getattr(point.size, axis) for point in points]
        fixed = [f"{getattr(MIDDLE, a):,} {a}" for a in STEPS if a != axis]
        axes.set(xscale="log", yscale="log", xlabel=axis)
        axes.set_title(", ".join([*fixed, f"{MIDDLE.items} items"]), fontsize="small")
        series = (
            ("whole round: plan, shares, texts", "D", [p.seconds_round for p in points]),
            ("cheapest plan with its bound", "o", [p.seconds_plan for p in points]),
            ("aggregation", "s", [max(p.seconds_aggregate, 0.005) for p in points]),
        )
        for label, marker, seconds in series:
            axes.plot(at, seconds, marker=marker, label=label)
        axes.xaxis.set_major_locator(FixedLocator(at))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("CPU s")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure
