"""`make chaos`: a buying round while everything is being broken; ends 1 if anything is amiss."""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from uuid_utils.compat import uuid7

from deploy.chaos import outside
from deploy.chaos.cluster import Cluster
from deploy.chaos.faults import Faults
from deploy.chaos.invariants import QUIET, all_findings
from deploy.demo.invariants import Finding
from deploy.demo.kid import Kid
from deploy.demo.round import NUMBERS
from deploy.demo.systems import drafts
from deploy.kitu.messages import Message
from shared.events.board import MembershipApplied, MembershipDecided, RoundCloseRequested
from shared.events.kid import CatalogueItemOffered, Category, ContractOffered, RoundAnnounced
from shared.events.procurement import OrderPlaced

out = Console(stderr=False, soft_wrap=True)
PATIENCE = 600.0
"""Seconds that one step may take under faults."""


class Stuck(Exception):
    """A step of the round was not reached in time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did and what it found."""

    injected: Counter[str]
    demands: int
    events: int
    findings: list[Finding]
    seconds: float

    @property
    def is_well(self) -> bool:
        """Whether every invariant holds."""
        return not any(finding.against for finding in self.findings)


async def play(
    directory: Path,
    *,
    seed: int,
    demands: int,
    faults: int,
    replicas: int,
    pause: float,
    nodes: int = 1,
    without: str | None = None,
    patience: float = PATIENCE,
) -> Outcome:
    """Run a round under faults and check it.

    Args:
        demands: lines of demand, spread over the demo's members.
        faults: how many to inject at most, `pause` seconds apart on average.
        nodes: of RabbitMQ; three form a cluster.
        without: a safeguard to turn off: `inbox` or `outbox`.
        patience: seconds that one step may take; a round that gets stuck is a finding.
    """
    began = time.monotonic()
    cluster = Cluster(directory, NUMBERS, replicas, nodes, without)
    hurting = Faults(cluster, seed)
    try:
        await cluster.start()
        await outside.listen(cluster)
        stop = asyncio.Event()
        injecting = asyncio.create_task(hurting.run(stop, faults, pause))
        try:
            kid, good = await _round(cluster, hurting, demands, seed, patience)
            await injecting
        finally:
            stop.set()
            await injecting
        await _until(cluster, "all quiet", f"SELECT 1 - sign({QUIET})::int", 1, patience)
        record = await outside.journal(cluster)
        found = await all_findings(cluster, record, kid, good, hurting)
        return Outcome(hurting.all(), demands, len(record.all), found, time.monotonic() - began)
    except Stuck as stuck:
        found = [Finding("the round came to its end", (f"never reached: {stuck}",))]
        return Outcome(hurting.all(), demands, 0, found, time.monotonic() - began)
    finally:
        await cluster.stop()


async def _until(cluster: Cluster, what: str, query: str, count: int, patience: float) -> None:
    try:
        await outside.until_database(cluster, query, count, patience)
    except TimeoutError:
        raise Stuck(what) from None


async def _round(
    cluster: Cluster, faults: Faults, demands: int, seed: int, patience: float
) -> tuple[Kid, list[Message]]:
    """The round as the demo plays it, by outside systems that never give up."""
    systems = outside.Stubborn(cluster, faults)

    async def reached(what: str, query: str, count: int) -> None:
        await _until(cluster, what, query, count, patience)
        await outside.journal(cluster, faults)
        out.print(f"{faults.total:5} faults so far; {what}")

    await systems.say("board", drafts("members.csv", MembershipApplied))
    await systems.say("board", drafts("admissions.csv", MembershipDecided))
    catalogue = drafts("catalogue.csv", CatalogueItemOffered)
    await systems.say("kid", catalogue)
    await reached("catalogue taken", "SELECT count(*) FROM procurement.items", len(catalogue))
    await systems.say("kid", drafts("contracts.json", ContractOffered))
    announced = RoundAnnounced(
        round_id=uuid7(),
        title="Runde unter Störungen",
        categories=list(Category),
        cut_off=datetime.now(UTC).replace(microsecond=0) + timedelta(days=14),
    )
    await systems.state("kid", announced)
    await reached("members known", "SELECT count(*) FROM demand.members", len(NUMBERS))
    await reached(
        "contracts taken", "SELECT count(*) FROM demand.items WHERE orderable", len(catalogue)
    )
    await reached("round open", "SELECT count(*) FROM demand.rounds", 1)
    good = await systems.say_as_members(outside.demand(demands, seed))
    await reached("demand accepted", "SELECT count(*) FROM demand.demands", demands)
    closing = RoundCloseRequested(round_id=announced.round_id, reason="Alle haben gemeldet")
    await systems.state("board", closing)
    await reached(
        "orders placed",
        "SELECT count(*) FROM procurement.rounds WHERE state = 'approved'",
        1,
    )
    kid = Kid(systems)
    kid.orders = (await outside.journal(cluster, faults)).of(OrderPlaced)
    await kid.answer()
    await kid.deliver()
    await kid.invoice()
    await reached(
        "round completed",
        "SELECT count(*) FROM procurement.rounds WHERE state = 'completed'",
        1,
    )
    return kid, good


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
            )
        )
    tell(outcome, seed)
    sys.exit(0 if outcome.is_well else 1)


def tell(outcome: Outcome, seed: int) -> None:
    """Print what was done and found."""
    table = Table("fault", "times", title=f"seed {seed}, {outcome.seconds:.0f} s")
    for name, times in sorted(outcome.injected.items(), key=lambda pair: -pair[1]):
        table.add_row(name, str(times))
    table.add_row("all", str(outcome.injected.total()))
    out.print(table)
    for finding in outcome.findings:
        out.print(f"{'✗' if finding.against else '✓'} {finding.holds}")
        for problem in finding.against[:5]:
            out.print(f"    {problem}")
    wrong = sum(len(finding.against) for finding in outcome.findings)
    out.print(
        f"{outcome.injected.total()} faults injected, {outcome.demands} demands, "
        f"{outcome.events} events: {wrong} lost, doubled or wrong"
    )


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
