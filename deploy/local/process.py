"""Programs that this one starts and that never outlive it."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from pwd import struct_passwd
from typing import IO

# The shell leads a process group of its own and holds the reading end of a pipe whose other
# end this process holds. Once that end is gone, for whatever reason, the group is killed.
LIFELINE = """
exec 3<&0 </dev/null
(read -r _ <&3; kill -s KILL 0) &
trap : INT TERM
"$@" 3<&-
code=$?
trap '' TERM
kill -s TERM 0
wait
exit $code
"""
OWNER = "KITU_STARTED_IN"


class CannotStart(Exception):
    """A program of ours does not come up; carries the end of its log."""


class Process:
    """A program in a process group of its own that ends when this process ends, even by SIGKILL.

    What it prints goes to `<directory>/<name>.log`. Starting it ends what an earlier run may
    have left behind under the same directory and name.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        user: struct_passwd | None = None,
    ) -> None:
        self.name = name
        self.directory = directory
        self.log = directory / f"{name}.log"
        self._owner = f"{directory}/{name}"
        self._user = user
        self._leader: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._leader is not None and self._leader.poll() is None

    @property
    def pid(self) -> int | None:
        """The leader of the program's process group while it runs."""
        return self._leader.pid if self._leader is not None and self.running else None

    def start(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start the program, with this process's environment unless another is given.

        Returns at once, see `wait_until`.
        """
        self.end_leftovers()
        with self.log.open("ab") as log:
            self._leader = subprocess.Popen(
                ["/bin/sh", "-c", LIFELINE, self.name, *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**(os.environ if environment is None else environment), OWNER: self._owner},
                cwd=self.directory,
                start_new_session=True,
                user=self._user and self._user.pw_uid,
                group=self._user and self._user.pw_gid,
                extra_groups=self._user and [],
            )
        self._group_file.write_text(str(self._leader.pid))

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Return as soon as `ready` says so.

        Raises:
            CannotStart: the program ended instead, or is not ready after `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                last_lines = self.log.read_text(errors="replace").splitlines()[-20:]
                raise CannotStart("\n".join([f"{self.name} does not come up:", *last_lines]))
            time.sleep(0.02)

    def stop(
        self, how: signal.Signals = signal.SIGTERM, pid: int | None = None, seconds: float = 30
    ) -> None:
        """Ask the program to end (by default its whole group) and wait; kill it if it does not."""
        if self._leader is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, how)
            elif self.running:
                os.killpg(self._leader.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._leader.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End the program and everything it started with SIGKILL."""
        if self._leader is None:
            return
        if self.running:
            for descendant in descendants(self._leader.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(descendant, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._leader.wait(5)  # it collects its children, so that no zombie stays
        if self.running:
            os.killpg(self._leader.pid, signal.SIGKILL)
        self._leader.wait()
        if self._leader.stdin:
            self._leader.stdin.close()
        self._leader = None
        self.end_leftovers()

    @property
    def _group_file(self) -> Path:
        return self.directory / f"{self.name}.group"

    def end_leftovers(self) -> None:
        """End what an earlier run left behind; its lifeline makes that rare."""
        if not self._group_file.exists():
            return
        group = int(self._group_file.read_text())
        deadline = time.monotonic() + 10
        while any(self._is_ours(member) for member in members(group)):
            if time.monotonic() > deadline:
                raise CannotStart(f"an earlier {self.name} in {self.directory} does not end")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
            time.sleep(0.02)
        self._group_file.unlink()

    def _is_ours(self, pid: int) -> bool:
        mark = f"{OWNER}={self._owner}".encode()
        with contextlib.suppress(OSError):
            return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False


class Claim:
    """The right to use a directory, held by one process at a time and freed with it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "in-use"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the directory.

        Raises:
            CannotStart: a running program has it.
        """
        if self._file is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            file.close()
            raise CannotStart(
                f"{self._path.parent} is in use by another running program"
            ) from taken
        self._file = file

    def free(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def members(group: int) -> Iterator[int]:
    """The living processes of a process group, where the system shows them under /proc."""
    return (pid for pid, _, of_group in living() if of_group == group)


def descendants(ancestor: int) -> list[int]:
    """The living processes that `ancestor` started, and that those started, and so on."""
    children = defaultdict(list)
    for pid, parent, _ in living():
        children[parent].append(pid)
    found = [ancestor]
    for pid in found:
        found += children[pid]
    return found[1:]


def living() -> Iterator[tuple[int, int, int]]:
    """Every process that is not a zombie: its id, its parent's, its group's. See proc(5)."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, group = entry.read_text().rpartition(")")[2].split()[:3]
            if state != "Z":
                yield int(entry.parent.name), int(parent), int(group)
