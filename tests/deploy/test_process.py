"""Programs of ours end with us, and only then."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.process import CannotStart, Claim, Process
from tests.deploy.processes import await_that, started_in

PROGRAM = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
OWNER = """
import sys, time
from pathlib import Path
from deploy.local.process import Claim, Process
Claim(directory := Path(sys.argv[1])).take()
Process("program", directory).start(sys.argv[2:])
print("started", flush=True)
time.sleep(600)
"""


def is_up(process: Process) -> Callable[[], bool]:
    return lambda: "up" in process.log.read_text()


def test_a_stopped_program_leaves_no_process(tmp_path: Path) -> None:
    process = Process("program", tmp_path)
    process.start(PROGRAM)
    process.wait_until(is_up(process))
    assert len(started_in(tmp_path)) == 3  # the program, its shell and the shell's lifeline

    process.stop()

    assert not process.running
    assert started_in(tmp_path) == set()


def test_a_program_dies_with_an_owner_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path, *PROGRAM], stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout
        line = owner.stdout.readline()
        running = started_in(tmp_path)
        owner.kill()

    assert line == b"started\n"
    assert running
    await_that(lambda: started_in(tmp_path) == set())


def test_a_program_that_was_left_behind_is_ended_by_the_next_start(tmp_path: Path) -> None:
    left = Process("program", tmp_path)
    left.start(PROGRAM)
    left.wait_until(is_up(left))
    left_pids = started_in(tmp_path)
    shells = {pid for pid in left_pids if b"/bin/sh" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    for shell in shells:  # whatever would have ended the program
        os.kill(shell, signal.SIGKILL)
    await_that(lambda: started_in(tmp_path) == left_pids - shells)
    log_of_the_first = left.log.read_text()

    following = Process("program", tmp_path)
    following.start(PROGRAM)
    following.wait_until(lambda: following.log.read_text() == log_of_the_first * 2)

    assert not started_in(tmp_path) & left_pids
    following.kill()
    left.kill()
    assert started_in(tmp_path) == set()


def test_a_program_that_ends_at_once_is_refused_with_what_it_said(tmp_path: Path) -> None:
    process = Process("program", tmp_path)
    process.start(["/bin/sh", "-c", "echo no room; exit 3"])
    with pytest.raises(CannotStart, match="program does not come up:\nno room"):
        process.wait_until(lambda: False)


def test_a_program_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    process = Process("program", tmp_path)
    process.start(["/bin/sh", "-c", "trap '' TERM; echo up; sleep 600 & while :; do wait; done"])
    process.wait_until(is_up(process))

    process.stop(seconds=0.2)

    assert started_in(tmp_path) == set()


def test_a_directory_belongs_to_one_running_program_at_a_time(tmp_path: Path) -> None:
    first, second = Claim(tmp_path), Claim(tmp_path)
    first.take()
    with pytest.raises(CannotStart, match="is in use by another running program"):
        second.take()

    first.free()

    second.take()
    second.free()
