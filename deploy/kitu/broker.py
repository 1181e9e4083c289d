"""The broker's users and definitions: made whole for a new broker, or changed on a running one."""

import asyncio
import importlib
import json
import os
import secrets
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from deploy.kitu.failure import MISUSED, UNREACHABLE, Failure
from deploy.kitu.publishing import out
from shared.events import Event
from shared.messaging.gate import party_of
from shared.messaging.topology import SERVICES, definitions

broker = typer.Typer(
    name="broker",
    no_args_is_help=True,
    help="The broker's users, queues and policies, from one place.",
)

Management = Annotated[
    str | None,
    typer.Option(help="http://user:password@host:15672; else KITU_MANAGEMENT_URL."),
]


def readers() -> dict[str, list[type[Event]]]:
    """Which types each service reads, as its handlers say."""
    return {
        name: importlib.import_module(f"services.{name}.handlers").handles.types
        for name in SERVICES
    }


def write_definitions(folder: Path, members: list[str]) -> dict[str, str]:
    """Write `definitions.json` and `passwords.json` for a new broker; keeps known passwords.

    Args:
        folder: made if missing; only its owner can read what is written.
        members: the numbers of members whose systems get a user.

    Returns:
        The password of every user.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "passwords.json"
    passwords: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    for user in (*SERVICES, "operator", "kid", "board", *(f"member-{m}" for m in members)):
        passwords.setdefault(user, secrets.token_urlsafe(24))
    for file, content in (
        (kept, passwords),
        (folder / "definitions.json", definitions(readers(), passwords)),
    ):
        file.touch(mode=0o600)
        file.write_text(json.dumps(content, indent=1))
    return passwords


@broker.command("definitions")
def write(
    folder: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    member: Annotated[
        list[str] | None, typer.Option(help="A member's number; give it once for each.")
    ] = None,
    secret_files: Annotated[
        bool, typer.Option(help="Also one file per service with its address, for containers.")
    ] = False,
    host: Annotated[str, typer.Option(help="The broker's host in these addresses.")] = "rabbitmq",
) -> None:
    """Write a new broker's definitions and passwords (load_definitions = …/definitions.json)."""
    for number in member or []:
        if party_of(f"member-{number}") is None:
            raise Failure(f"{number} is no member number: five digits, such as 10007", MISUSED)
    passwords = write_definitions(folder, member or [])
    if secret_files:
        for name in SERVICES:
            file = folder / f"kitu_{name}_amqp_url"
            file.touch(mode=0o600)
            file.write_text(f"amqp://{name}:{quote(passwords[name], safe='')}@{host}:5672/")
    out.print(f"{folder / 'definitions.json'} for {len(passwords)} users; passwords beside it")


@broker.command()
def add(
    user: Annotated[str, typer.Argument(help="kid, board or member-<number>.")],
    management: Management = None,
) -> None:
    """Give an outside system its user, queue and rights on a running broker; prints the password.

    Run it again for a new password; the old one no longer opens then.
    """
    if party_of(user) is None:
        raise Failure(f"{user} is no outside system: kid, board or member-<number>", MISUSED)
    password = secrets.token_urlsafe(24)
    asyncio.run(_call(management, "POST", "/api/definitions", definitions({}, {user: password})))
    out.print(f"{user} may log in now with the password\n{password}")


@broker.command()
def revoke(
    user: Annotated[str, typer.Argument(help="kid, board or member-<number>.")],
    management: Management = None,
) -> None:
    """Take an outside system's user away; its connections end, its answers stay for 30 days."""
    if party_of(user) is None:
        raise Failure(f"{user} is no outside system: kid, board or member-<number>", MISUSED)
    asyncio.run(_call(management, "DELETE", f"/api/users/{quote(user, safe='')}", None))
    out.print(f"{user} may no longer log in")


async def _call(management: str | None, method: str, path: str, body: Any) -> None:
    url = management or os.environ.get("KITU_MANAGEMENT_URL")
    if not url:
        raise Failure("no management address: set KITU_MANAGEMENT_URL or --management", MISUSED)
    try:
        async with httpx.AsyncClient(timeout=20) as client:
            answer = await client.request(method, url.rstrip("/") + path, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise Failure(f"cannot reach the management address: {reason}", UNREACHABLE) from None
    if answer.is_error:
        raise Failure(f"the broker answered {answer.status_code}: {answer.text[:200]}")
