"""One run: the demo's round on a cluster that is being hurt, and what holds afterwards."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.chaos import outside
from deploy.chaos.cluster import Cluster
from deploy.chaos.faults import Faults
from deploy.chaos.invariants import QUIET, all_findings
from deploy.chaos.round import RoundUnderFaults
from deploy.demo.invariants import Doubled, Finding, Lost
from deploy.demo.kid import Kid
from deploy.demo.record import Stuck
from deploy.demo.round import NUMBERS

PATIENCE = 600.0
"""Seconds without any news after which a step is given up."""


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
        return not self._problems

    @property
    def lost(self) -> int:
        """What is missing."""
        return sum(isinstance(problem, Lost) for problem in self._problems)

    @property
    def doubled(self) -> int:
        """What is there more often than it should."""
        return sum(isinstance(problem, Doubled) for problem in self._problems)

    @property
    def wrong(self) -> int:
        """What is amiss in another way."""
        return len(self._problems) - self.lost - self.doubled

    @property
    def _problems(self) -> list[str]:
        return [problem for finding in self.findings for problem in finding.against]


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
    whole: bool = True,
    patience: float = PATIENCE,
    tell: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Run a round under faults and check it.

    Args:
        demands: lines of demand, spread over the demo's members.
        faults: how many to inject at most, `pause` seconds apart on average; services that die
            by themselves come on top.
        nodes: of RabbitMQ; three form a cluster.
        without: a safeguard to turn off: `inbox` or `outbox`.
        whole: else only until all have stated their demand, which shows doubled answers already.
        patience: seconds without news; a round that gets stuck is a finding.
        tell: is told each step when it is done.
    """
    began = time.monotonic()
    cluster = Cluster(directory, NUMBERS, replicas, nodes, without)
    hurting = Faults(cluster, seed)
    systems = outside.Stubborn(cluster, hurting)
    kid = Kid(systems)
    journal = outside.Journal(cluster, hurting, kid, patience)

    def done(step: str) -> None:
        tell(f"{hurting.total:5} faults so far; {step}")
        hurting.step_done()

    played = RoundUnderFaults(
        systems,
        journal,
        kid,
        demand="",
        tell=done,
        script=outside.script(demands, seed),
        cluster=cluster,
        patience=patience,
    )
    missed = []
    try:
        await cluster.start()
        await outside.listen(cluster)
        async with asyncio.TaskGroup() as beside:
            following = beside.create_task(journal.follow())
            try:
                async with hurting.at_work(faults, pause) as injecting:
                    await (played.play() if whole else played.begin())
                    await injecting
                await hurting.say_all_again()
                await outside.until_read(cluster, patience)
                await outside.until_database(cluster, f"SELECT 1 - sign({QUIET})::int", 1, patience)
            except Stuck as stuck:
                missed.append(Lost(f"never reached: {stuck}"))
            except TimeoutError:
                missed.append(Lost("never reached: nothing more to read, send, tell or try again"))
            following.cancel()
        await journal.complete()
        found = [
            Finding("the round came to its end", tuple(missed)),
            *await all_findings(cluster, played, hurting),
        ]
        taken = time.monotonic() - began
        return Outcome(hurting.all(), demands, len(journal.all), found, taken)
    finally:
        await cluster.stop()
