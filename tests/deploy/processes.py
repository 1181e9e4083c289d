"""Looking at the processes of this machine."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from deploy.local.process import living


def await_that(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return once the condition holds; fail when it does not in time."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not come true in time"
        sleep(0.01)


def started_in(directory: Path) -> set[int]:
    """The living processes that were started for a directory."""
    mark = f"KITU_STARTED_IN={directory}/".encode()
    found = set()
    for pid, _, _ in living():
        with contextlib.suppress(OSError):  # not ours to look at, or gone meanwhile
            if mark in Path(f"/proc/{pid}/environ").read_bytes():
                found.add(pid)
    return found
