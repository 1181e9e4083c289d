"""`make demo`: plays the round, shows how it goes, tells where the report and the mails lie."""

import asyncio
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from deploy.demo.play import Outcome, play
from deploy.demo.record import Stuck
from deploy.demo.summary import shown
from deploy.kitu.failure import Failure
from deploy.local.process import CannotStart, Claim

DIRECTORY = Path(".local/demo")

console = Console(highlight=False)


def main() -> int:
    """Play from clean state; 1 where a part does not come up or an invariant does not hold."""
    claim = Claim(DIRECTORY)
    began = time.monotonic()
    try:
        claim.take()
        for earlier in (path for path in DIRECTORY.iterdir() if path.name != "in-use"):
            shutil.rmtree(earlier) if earlier.is_dir() else earlier.unlink()
        with console.status("a buying round of the cooperative, on real parts"):
            outcome = asyncio.run(play(DIRECTORY, lambda step: _tell(step, began)))
    except (CannotStart, Failure, Stuck) as trouble:
        console.print(Text(f"demo: {trouble}", "red"))
        console.print(f"The services' logs are in {DIRECTORY}/*.log", style="dim")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        claim.free()
    _finish(outcome, time.monotonic() - began)
    return 0 if outcome.well else 1


def _tell(step: str, began: float) -> None:
    console.print(Text.assemble((f"{time.monotonic() - began:5.1f} s  ", "dim"), step))


def _finish(outcome: Outcome, seconds: float) -> None:
    console.print()
    console.print(shown(outcome.summary, list(outcome.findings)))
    console.print()
    console.print(f"The round's report:  {outcome.report}", soft_wrap=True)
    console.print(f"The yearly report:   {outcome.year} and .pdf", soft_wrap=True)
    if outcome.gallery:
        console.print(f"Every mail:          {outcome.gallery}", soft_wrap=True)
    chain = "chain unbroken" if outcome.well else "see above"
    console.print(f"Decisions:           {outcome.decisions:,}, {chain}")
    ending = "every invariant holds" if outcome.well else "AN INVARIANT DOES NOT HOLD"
    console.print(Text(f"Done in {seconds:.0f} s; {ending}.", "bold"))


if __name__ == "__main__":
    sys.exit(main())
