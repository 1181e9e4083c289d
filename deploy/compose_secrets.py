"""`make secrets`: what compose.yaml mounts as secrets, one file each; a second run keeps them.

The folder lets only its owner in. The files themselves can be read by everyone, because a
container's unprivileged user must read what is mounted into it.
"""

import argparse
import secrets
import sys
from pathlib import Path

from deploy.kitu import broker
from deploy.packages import ROOT
from shared.messaging.topology import SERVICES

FOLDER = ROOT / ".local" / "compose"
MOUNTED = 0o644
MAIL_CATCHER = "smtp://mail:1025?starttls=none"


def write(folder: Path, members: list[str]) -> None:
    """Write what is missing.

    Args:
        folder: made if missing.
        members: the numbers of members whose systems get a broker user.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    broker.write(folder, members, secret_files=True)
    if not (folder / "databases.sql").exists():
        _write_databases(folder)
    if not (folder / "kitu_notifications_smtp_url").exists():
        (folder / "kitu_notifications_smtp_url").write_text(MAIL_CATCHER)
    for file in folder.iterdir():
        file.chmod(0o600 if file.name == "passwords.json" else MOUNTED)


def _write_databases(folder: Path) -> None:
    """A role and a database for each service, which no other service may enter."""
    (folder / "postgres_password").write_text(secrets.token_urlsafe(24))
    statements = []
    for name in SERVICES:
        password = secrets.token_urlsafe(24)
        statements += [
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}';",
            f"CREATE DATABASE {name} OWNER {name};",
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
        ]
        url = f"postgresql://{name}:{password}@postgres/{name}"
        (folder / f"kitu_{name}_database_url").write_text(url)
    (folder / "databases.sql").write_text("\n".join([*statements, ""]))


def main() -> int:
    """Write the secrets of a trial, or of one host."""
    parser = argparse.ArgumentParser(prog="deploy.compose_secrets", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="The folder to write to.")
    parser.add_argument("members", nargs="*", help="Numbers of members whose systems log in.")
    wanted = parser.parse_args()
    write(wanted.out, wanted.members)
    return 0


if __name__ == "__main__":
    sys.exit(main())
