"""Prepare a bare machine: environment, dependencies, RabbitMQ; for tests PostgreSQL and Chromium.

Runs before anything is installed, hence standard library only, and with syntax that an older
Python still reads, so that it can say what is missing. A second run returns at once.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Mapping, Sequence  # noqa: UP035 - older Pythons read this line

from deploy.packages import (
    ROOT,
    UNPACKED,
    CannotSetUp,
    can_unpack,
    find_unpacked,
    install_packages,
    run,
    say,
    succeeds,
    unpack_packages,
)

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed"
OLDEST = (3, 11)

RABBITMQ_PLACES = (
    "/usr/lib/rabbitmq/bin",  # Debian; its wrappers in /usr/sbin switch the user
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    f"{UNPACKED}/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    f"{UNPACKED}/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)
CHROMIUM_PLACES = ("/usr/lib/chromium", f"{UNPACKED}/usr/lib/chromium")


# ---------------------------------------------------------------------------- Python


def suitable_python() -> str:
    """The running interpreter if it is new enough, else the newest one on PATH."""
    if sys.version_info >= OLDEST:
        return str(Path(sys.executable).resolve())
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and succeeds([found, "-c", ""]):
            return found
    oldest = ".".join(map(str, OLDEST))
    raise CannotSetUp(
        f"Python {oldest} or newer is needed, this is {sys.version.split()[0]} "
        f"and no newer one is on PATH. Install one and run again: make PYTHON=/path/to/python3"
    )


def installer_settings(pip_config: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What uv must be told so that it uses the package index that pip is set up for.

    Args:
        pip_config: the output of `pip config list`.
        environment: the caller's; a setting for uv that is already there wins.
    """
    pip = {}
    for line in pip_config.splitlines():
        match = re.match(r"(?:global|install|:env:)\.([\w-]+)=(.+)", line)
        if match:
            # pip passes over folders that do not exist, uv stops at them
            places = str(ast.literal_eval(match[2])).split()
            pip[match[1]] = [place for place in places if not is_missing_folder(place)]
    settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_TIMEOUT": "180"}
    if pip.get("cert"):
        settings["SSL_CERT_FILE"] = pip["cert"][0]
    if not {"UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"} & {*environment}:
        settings["UV_INDEX_URL"] = " ".join(pip.get("index-url", []))
        settings["UV_EXTRA_INDEX_URL"] = " ".join(pip.get("extra-index-url", []))
        settings["UV_FIND_LINKS"] = ",".join(pip.get("find-links", []))
        # pip looks at all its indexes; what may be installed is pinned by hash anyway
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in settings.items() if value and name not in environment}


def is_missing_folder(place: str) -> bool:
    path = re.sub("^file://", "", place)
    return path.startswith("/") and not Path(path).exists()


def fingerprint() -> str:
    """Changes when what is installed has to change."""
    digest = hashlib.sha256()
    for source in (LOCK, ROOT / "pyproject.toml"):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def locked(package: str) -> str:
    """The lines of the lock that pin one package with its hashes."""
    found = re.search(rf"^{package}==(?:.*\\\n)*.*\n", LOCK.read_text(), re.MULTILINE)
    if not found:
        raise CannotSetUp(f"{LOCK.name} does not pin {package}")
    return found[0]


def make_environment() -> None:
    """Build .venv exactly as requirements.lock says, with the project in it."""
    python = suitable_python()
    wanted = [python, fingerprint()]
    installed = STAMP.read_text().splitlines() if STAMP.exists() else [None]
    if installed == wanted:
        return
    if installed[0] != python:
        make_empty_environment(python)
    say("dependencies from requirements.lock")
    uv = [str(VENV / "bin/uv"), "pip"]
    target = ["--quiet", "--python", str(VENV / "bin/python")]
    settings = uv_environment()
    run([*uv, "sync", *target, "--require-hashes", "--compile-bytecode", str(LOCK)], settings)
    # compat: one path entry, so that a package added tomorrow is found without reinstalling
    editable = ["--config-settings", "editable_mode=compat", "-e", str(ROOT)]
    run([*uv, "install", *target, "--no-deps", "--no-build-isolation", *editable], settings)
    STAMP.write_text("\n".join(wanted))


def make_empty_environment(python: str) -> None:
    """A fresh .venv with nothing but pip and uv in it."""
    say(f"environment in .venv with {python}")
    why = "Python cannot make virtual environments here"
    venv = [python, "-m", "venv", "--clear", str(VENV)]
    if succeeds([python, "-c", "import ensurepip"]):
        run(venv)
    elif can_unpack():
        unpack_packages(["python3-pip-whl"], why)
        run([*venv, "--without-pip"])
        wheel = find_unpacked("usr/share/python-wheels/pip-*.whl")
        run([str(VENV / "bin/python"), f"{wheel}/pip", "install", "--quiet", "--no-index", wheel])
    else:
        version = "import sys; print('python%d.%d' % sys.version_info[:2])"
        install_packages([f"{run([python, '-c', version]).strip()}-venv"], why)
        run(venv)
    pip = [str(VENV / "bin/python"), "-m", "pip"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as installer:
        installer.write(locked("uv"))
        installer.flush()
        run([*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", installer.name])


def uv_environment() -> dict[str, str]:
    pip_config = subprocess.check_output(
        [str(VENV / "bin/python"), "-m", "pip", "config", "list"], text=True
    )
    return {**os.environ, **installer_settings(pip_config, os.environ)}


def write_lock() -> None:
    """Resolve the dependencies for every supported Python and write requirements.lock."""
    uv = [str(VENV / "bin/uv"), "pip", "compile", "--quiet", "--upgrade", "--universal"]
    python = ["--python-version", ".".join(map(str, OLDEST))]
    form = ["--generate-hashes", "--no-annotate", "--no-header"]
    nowhere = ["--no-emit-index-url", "--no-emit-find-links"]
    source = ["--all-extras", "--group", "dev", "pyproject.toml", "-o", str(LOCK)]
    # of a package that lies in a folder here, uv would lock that one wheel for every machine
    elsewhere = {"UV_FIND_LINKS", "UV_EXTRA_INDEX_URL"}
    settings = {name: value for name, value in uv_environment().items() if name not in elsewhere}
    run([*uv, *python, *form, *nowhere, *source], settings)
    say(f"{LOCK.name} written")


# ---------------------------------------------------------------------------- programs


def find_program(name: str, places: Sequence[str]) -> Path | None:
    """The newest `name` in `places` (patterns of directories), else the one on PATH."""
    for place in places:
        found = [path for path in Path("/").glob(f"{place[1:]}/{name}") if os.access(path, os.X_OK)]
        if found:
            return max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    on_path = shutil.which(name)
    return Path(on_path).resolve() if on_path else None


def find_rabbitmq() -> Path | None:
    """RabbitMQ's own start script, in the folder RABBITMQ_BIN if set; None where there is none."""
    if given := os.environ.get("RABBITMQ_BIN"):
        return Path(given) / "rabbitmq-server"
    return find_program("rabbitmq-server", RABBITMQ_PLACES)


def find_postgres() -> Path | None:
    """The directory with PostgreSQL's programs, or None where it is not installed."""
    postgres = find_program("postgres", POSTGRES_PLACES)
    return postgres.parent if postgres else None


def find_chromium() -> Path | None:
    """Chromium itself, not its start script; None where it is not installed."""
    return find_program("chromium", CHROMIUM_PLACES)


def ensure_rabbitmq() -> None:
    """Install RabbitMQ unless it is there or KITU_AMQP_URL names a broker to use."""
    if os.environ.get("KITU_AMQP_URL"):
        say("broker: the one KITU_AMQP_URL names")
    elif find_rabbitmq() is None and can_unpack():
        unpack_packages(["rabbitmq-server"], "RabbitMQ is missing")
        relocate_erlang()
    elif find_rabbitmq() is None:
        install_packages(
            ["rabbitmq-server"],
            "RabbitMQ is missing",
            "or name a broker that runs already, for example one started with\n"
            "  docker run -d -p 127.0.0.1:5672:5672 rabbitmq:4\n"
            "  export KITU_AMQP_URL=amqp://guest:guest@127.0.0.1:5672/",
        )


def relocate_erlang() -> None:
    """Tell an unpacked Erlang where it lies; its start script knows one place only."""
    for start in UNPACKED.glob("usr/lib/erlang/bin/erl"):
        here = f"ROOTDIR={shlex.quote(str(start.parent.parent))}"
        start.write_text(start.read_text().replace("ROOTDIR=/usr/lib/erlang", here))


def ensure_for_tests() -> None:
    """Install what only the tests need, unless it is there: PostgreSQL, Chromium, fonts."""
    lacking = [] if find_postgres() else ["postgresql"]
    lacking += [] if find_chromium() else ["chromium", "fonts-liberation"]
    if lacking:
        provide = unpack_packages if can_unpack() else install_packages
        provide(lacking, f"the tests need {', '.join(lacking)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy.bootstrap", description=__doc__)
    parser.add_argument("--for-tests", action="store_true", help="also PostgreSQL and Chromium")
    parser.add_argument("--lock", action="store_true", help="write requirements.lock anew")
    wanted = parser.parse_args()
    try:
        with LOCK.open() as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            if wanted.lock:
                write_lock()
            make_environment()
            ensure_rabbitmq()
            if wanted.for_tests:
                ensure_for_tests()
    except CannotSetUp as refusal:
        print(f"setup: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
