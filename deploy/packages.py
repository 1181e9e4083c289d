"""Packages of the system: installed by apt where that is allowed, else unpacked beside the project.

Standard library only, and with syntax that an older Python still reads, like deploy.bootstrap.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping, Sequence  # noqa: UP035 - older Pythons read this line

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / ".local/debian"
"""Where packages lie that were unpacked without root; below it, folders are as below `/`."""
PRIVATE_APT = ROOT / ".local/apt"


class CannotSetUp(Exception):
    """The machine lacks something that this program may not or cannot install."""


def say(line: str) -> None:
    print(f"setup: {line}", flush=True)


def install_packages(packages: Sequence[str], why: str, otherwise: str = "") -> None:
    """Install system packages with apt, as root or through sudo, without starting services.

    Raises:
        CannotSetUp: there is no apt, or no right to use it; says what a person can do.
    """
    names = " ".join(packages)
    allowed = root_prefix()
    if shutil.which("apt-get") is None or allowed is None:
        ways = [f"{why}, and this user cannot install it. Either install it yourself:"]
        ways += [f"  sudo apt-get install {names}    (or your system's equivalent)"]
        raise CannotSetUp("\n".join([*ways, otherwise] if otherwise else ways))
    say(f"{why}: installing {names} with apt{' through sudo' if allowed else ''}")
    apt = [*allowed, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    apt += ["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"]
    with no_service_starts(allowed):
        run([*apt, "update"])
        run([*apt, "install", "-y", "--no-install-recommends", *packages])


def can_unpack() -> bool:
    """Whether packages can be fetched and unpacked here, but not installed."""
    return root_prefix() is None and all(map(shutil.which, ("apt-get", "dpkg-deb")))


def unpack_packages(packages: Sequence[str], why: str) -> None:
    """Unpack system packages and what they need and the machine lacks below `UNPACKED`.

    Needs no root, changes nothing of the system, and runs none of the packages' own scripts.

    Raises:
        CannotSetUp: apt cannot fetch them.
    """
    say(f"{why}: unpacking {' '.join(packages)} in {UNPACKED.relative_to(ROOT)}, for want of root")
    for needed in ("lists/partial", "cache/archives/partial"):
        (PRIVATE_APT / needed).mkdir(parents=True, exist_ok=True)
    apt = ["apt-get", "-qq", "-o", "Acquire::Retries=3", "-o", "Debug::NoLocking=1"]
    apt += ["-o", "APT::Sandbox::User=", "-o", f"Dir::State::lists={PRIVATE_APT}/lists"]
    apt += ["-o", f"Dir::Cache={PRIVATE_APT}/cache"]
    run([*apt, "update"])
    planned = run([*apt, "--simulate", "install", "--no-install-recommends", *packages])
    names = re.findall(r"^Inst (\S+)", planned, re.MULTILINE)
    with tempfile.TemporaryDirectory(dir=PRIVATE_APT) as fetched:
        run([*apt, "download", *names], cwd=Path(fetched))
        for package in sorted(Path(fetched).glob("*.deb")):
            run(["dpkg-deb", "--extract", str(package), str(UNPACKED)])


def find_unpacked(pattern: str) -> str:
    """The file of an unpacked package.

    Raises:
        CannotSetUp: the packages hold none.
    """
    found = sorted(UNPACKED.glob(pattern))
    if not found:
        raise CannotSetUp(f"there is no {pattern} in {UNPACKED}")
    return str(found[-1])


def with_unpacked(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which unpacked programs, their libraries and fonts are found."""
    places = {
        "PATH": [UNPACKED / "usr/bin", UNPACKED / "usr/sbin"],
        "LD_LIBRARY_PATH": sorted(
            {library.parent for library in UNPACKED.glob("usr/lib/*-linux-gnu/**/lib*.so*")}
        ),
        "FONTCONFIG_PATH": [UNPACKED / "etc/fonts"],
    }
    found = dict(environment)
    for name, unpacked in places.items():
        parts = [found.get(name, ""), *map(str, filter(Path.is_dir, unpacked))]
        if joined := os.pathsep.join(filter(None, parts)):
            found[name] = joined
    if (UNPACKED / "usr/share/fonts").is_dir():
        found["XDG_DATA_HOME"] = str(UNPACKED / "usr/share")  # fontconfig looks there too
    return found


def root_prefix() -> list[str] | None:
    """What to put before a command to run it as root: nothing, sudo, or None if impossible."""
    if os.geteuid() == 0:
        return []
    sudo = [shutil.which("sudo") or "", "-n"]
    return sudo if sudo[0] and succeeds([*sudo, "true"]) else None


@contextmanager
def no_service_starts(as_root: Sequence[str]) -> Iterator[None]:
    """Keep packages from starting system services while they are installed."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
        script.write("#!/bin/sh\nexit 101\n")
        script.flush()
        run([*as_root, "install", "-m", "755", script.name, str(policy)])
    try:
        yield
    finally:
        run([*as_root, "rm", "-f", str(policy)])


def succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> str:
    """Run a command quietly; returns what it said.

    Raises:
        CannotSetUp: it failed; carries the command and its output.
    """
    done = subprocess.run(
        command, check=False, env=environment, cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise CannotSetUp(f"this failed: {' '.join(command)}\n{done.stdout.strip()}")
    return done.stdout
