"""A PostgreSQL cluster of our own on a free loopback port, all its state in one place."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from pwd import getpwnam, struct_passwd
from typing import Self

from deploy.bootstrap import find_postgres
from deploy.local.ports import accepts, kept_ports
from deploy.local.process import CannotStart, Claim, Process
from deploy.packages import with_unpacked

USER = "kitu"
UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to run as root


class PrivatePostgres:
    """PostgreSQL beside whatever else runs here; asks every client for its password.

    It ends with the process that started it, even if that is killed. A later object for the
    same directory finds the same data, and the same port if it is still free.

    Args:
        directory: keeps the cluster. When started by root it belongs to an unprivileged user,
            who has to be able to reach it.
        durable: whether a commit survives a power cut; it survives `kill` in any case.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory.resolve()
        self.durable = durable
        self._user = unprivileged_user()
        self._claim = Claim(self.directory)
        self._postmaster = Process("postgres", self.directory, self._user)
        self._port = 0
        self._password = ""

    @property
    def running(self) -> bool:
        return self._postmaster.running

    def url(self, database: str = "postgres") -> str:
        """The address of a database for SQLAlchemy with asyncpg."""
        who = f"{USER}:{self._password}"
        return f"postgresql+asyncpg://{who}@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start, or start again after `stop` or `kill`, and return when it takes connections.

        Raises:
            CannotStart: PostgreSQL is not installed, does not come up, cannot reach the
                directory, or another running program uses it.
        """
        if self.running:
            return
        self._claim.take()
        try:
            self._start()
        except BaseException:
            self.kill()
            raise

    def _start(self) -> None:
        self._postmaster.end_leftovers()
        self._own_directory()
        self._port = self._port or kept_ports(self.directory, "postgres")["postgres"]
        self._password = self._choose_password()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._postmaster.start(
            [program("postgres"), "-D", self._data, *options], with_unpacked(os.environ)
        )
        self._postmaster.wait_until(self._is_ready)

    def stop(self) -> None:
        """Disconnect everybody and shut down in good order."""
        self._postmaster.stop(signal.SIGINT)
        self._claim.free()

    def kill(self) -> None:
        """End the server with SIGKILL; `start` brings it back with all it had committed."""
        self._postmaster.kill()
        self._claim.free()

    def create_database(self, name: str) -> None:
        """Create an empty database.

        Raises:
            subprocess.CalledProcessError: PostgreSQL refused; carries what it said.
        """
        server = ["--host=127.0.0.1", f"--port={self._port}", f"--username={USER}"]
        subprocess.run(
            [program("createdb"), *server, "--", name],
            check=True,
            capture_output=True,
            text=True,
            env=with_unpacked({**os.environ, "PGPASSWORD": self._password}),
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _is_ready(self) -> bool:
        """The server itself says so on line 8 of its pid file, which pg_ctl reads too.

        A file left by a killed server says it as well, but the port answers only once a new
        server has written its own.
        """
        if not accepts(self._port):
            return False
        lines = (self._data / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _give_away(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=with_unpacked(os.environ),
            user=self._user and self._user.pw_uid,
            group=self._user and self._user.pw_gid,
            extra_groups=self._user and [],
        )

    def _own_directory(self) -> None:
        self._give_away(self.directory)
        if self._user and self._run("/bin/sh", "-c", 'cd "$1"', "sh", self.directory).returncode:
            raise CannotStart(
                f"user {self._user.pw_name} cannot reach {self.directory}; PostgreSQL does not "
                "run as root, so choose a directory that others may enter, such as one in /tmp"
            )

    def _choose_password(self) -> str:
        kept = self.directory / "password"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(16))
            self._give_away(kept)
        return kept.read_text()

    def _initialise(self) -> None:
        """Make the cluster; one whose making was interrupted is made anew."""
        half_made = self.directory / "half-made"
        shutil.rmtree(half_made, ignore_errors=True)
        done = self._run(
            program("initdb"),
            f"--pgdata={half_made}",
            f"--username={USER}",
            f"--pwfile={self.directory / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums" if self.durable else "--no-sync",
        )
        if done.returncode:
            raise CannotStart(f"PostgreSQL cannot make a cluster:\n{done.stdout}")
        half_made.rename(self._data)


def program(name: str) -> Path:
    """One of PostgreSQL's own programs.

    Raises:
        CannotStart: PostgreSQL is not installed.
    """
    programs = find_postgres()
    if programs is None:
        raise CannotStart("PostgreSQL is not installed; `make test` does it")
    return programs / name


def unprivileged_user() -> struct_passwd | None:
    """Whom PostgreSQL runs as when root starts it; None otherwise."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return getpwnam(name)
        except KeyError:
            continue
    raise CannotStart(f"PostgreSQL does not run as root, and none of {UNPRIVILEGED} exists here")
