"""`make chaos`: a buying round while everything is being broken; ends 1 if anything is amiss."""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.chaos.play import Outcome, play

out = Console(stderr=False, soft_wrap=True)


def main(
    seed: Annotated[int, typer.Option(help="Decides every fault.")] = 1,
    demands: Annotated[int, typer.Option(help="Lines of demand.")] = 2000,
    faults: Annotated[int, typer.Option(help="Faults to inject.")] = 1000,
    replicas: Annotated[int, typer.Option(help="Replicas of each service.")] = 2,
    nodes: Annotated[int, typer.Option(help="Nodes of RabbitMQ; 3 form a cluster.")] = 1,
    pause: Annotated[float, typer.Option(help="Mean seconds between faults.")] = 0.3,
    without: Annotated[
        str | None, typer.Option(help="Turn a safeguard off: inbox or outbox; must end red.")
    ] = None,
) -> None:
    """Play a buying round while services, broker and database are killed, and check everything."""
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # connections that break are the point
    with tempfile.TemporaryDirectory(prefix="kitu-chaos-") as directory:
        Path(directory).chmod(0o711)  # PostgreSQL's unprivileged user must reach its own folder
        outcome = asyncio.run(
            play(
                Path(directory) / "run",
                seed=seed,
                demands=demands,
                faults=faults,
                replicas=replicas,
                pause=pause,
                nodes=nodes,
                without=without,
                tell=out.print,
            )
        )
    tell(outcome, seed)
    sys.exit(0 if outcome.is_well else 1)


def tell(outcome: Outcome, seed: int) -> None:
    """Print what was done and found."""
    table = Table("fault", "times", title=f"seed {seed}, {outcome.seconds:.0f} s")
    for name, times in sorted(outcome.injected.items(), key=lambda pair: -pair[1]):
        table.add_row(name, str(times))
    out.print(table)
    for finding in outcome.findings:
        out.print(f"{'✗' if finding.against else '✓'} {finding.holds}")
        for problem in finding.against[:5]:
            out.print(f"    {problem}")
        if (more := len(finding.against) - 5) > 0:
            out.print(f"    and {more} more")
    table = Table("faults injected", "demands", "events", "lost", "doubled", "otherwise wrong")
    figures = (
        outcome.injected.total(),
        outcome.demands,
        outcome.events,
        outcome.lost,
        outcome.doubled,
        outcome.wrong,
    )
    table.add_row(*(f"{figure:,}" for figure in figures))
    out.print(table)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
