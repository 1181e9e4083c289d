"""`make up`: the four services for real use, with private parts for what is not named.

Shows what the services log, starts again what dies, and stops in good order on Ctrl-C.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from deploy.local.process import CannotStart
from deploy.suite import Suite
from shared.messaging.topology import SERVICES
from shared.settings import HTTP_PORTS

DIRECTORY = Path(".local/up")
TRIAL_MEMBERS = [str(number) for number in range(10001, 10023)]
"""Members whose systems may log in at once on a private broker; `kitu broker add` adds others."""
COLOURS = {
    "membership": "magenta",
    "demand": "cyan",
    "procurement": "yellow",
    "notifications": "green",
}
DELAYS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a service that died is started again; the last one repeats."""
WELL_AFTER = 60.0
"""Seconds a service must run before an earlier death is forgotten."""
LOOK_EVERY = 0.2

console = Console(highlight=False, soft_wrap=True)


@dataclass
class Watched:
    """A service, how far its log was shown, and what its restarts need to know."""

    name: str
    log: Path
    shown: int = 0
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    start_at: float | None = None

    def show(self) -> None:
        """Show whole lines that were logged since the last call."""
        with self.log.open("rb") as log:
            log.seek(self.shown)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.shown += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            say(self.name, line)

    def died(self, now: float) -> float:
        """Note a death; the seconds to wait before the next start."""
        self.deaths = 1 if now - self.started > WELL_AFTER else self.deaths + 1
        delay = DELAYS[min(self.deaths, len(DELAYS)) - 1]
        self.start_at = now + delay
        return delay


def say(name: str, text: str, style: str = "") -> None:
    """One line with its origin in front."""
    console.print(Text.assemble((f"{name:<13} ", COLOURS.get(name, "bold")), (text, style)))


def main() -> int:
    """Run until SIGINT or SIGTERM; 1 where the suite cannot start."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    given = os.environ
    ports = {s: int(given.get(f"KITU_{s.upper()}_HTTP_PORT", HTTP_PORTS[s])) for s in SERVICES}
    suite = Suite(DIRECTORY, TRIAL_MEMBERS, ports)
    watched = [Watched(name, suite.services[name].log) for name in SERVICES]
    for one in watched:
        one.shown = one.log.stat().st_size if one.log.exists() else 0
    try:
        suite.start(lambda what: say("up", f"starting {what}"))
    except CannotStart as cannot:
        say("up", str(cannot), "red")
        return 1
    except KeyboardInterrupt:
        return 130
    try:
        introduce(suite)
        watch(suite, watched)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # nothing of ours outlives us, even so
        say("up", "stopping; once more to end at once")
        suite.stop()
        for one in watched:
            one.show()
        say("up", "stopped")
    return 0


def introduce(suite: Suite) -> None:
    """Tell where everything is and what to try first."""
    environment = suite.write_client_environment()
    for name in SERVICES:
        say(name, f"{suite.http(name)}/health")
    if suite.broker is not None:
        say("broker", f"{suite.broker.management_url} (user operator, see {environment})")
    if suite.mailbox is not None:
        say("mailbox", suite.mailbox.url)
    say("up", "ready. In another terminal:")
    for example in (
        f". {os.path.relpath(environment)}",
        "kitu follow",
        "kitu publish deploy/demo/data/catalogue.csv --type catalogue.item_offered.v1 --wait",
        "kitu round open --title Herbst --category hardware --cut-off +14d --wait",
        "kitu --help",
    ):
        console.print(Text(f"    {example}", "dim"))


def watch(suite: Suite, watched: list[Watched]) -> NoReturn:
    """Show what the services log; start again what died."""
    while True:
        for one in watched:
            one.show()
            now = time.monotonic()
            if one.start_at is not None:
                if now >= one.start_at:
                    one.start_at, one.started = None, now
                    suite.start_service(one.name)
                    say(one.name, "started again")
            elif not suite.services[one.name].running:
                delay = one.died(now)
                say(one.name, f"died; starts again in {delay:.0f} s", "red")
        time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    sys.exit(main())
