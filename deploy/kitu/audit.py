"""The decision record: prove that nobody changed it, take it along, read what was decided why."""

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.text import Text
from rich.tree import Tree
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from deploy.kitu import showing
from deploy.kitu.failure import MISUSED, REFUSED, UNREACHABLE, Failure
from deploy.kitu.lines import state
from deploy.kitu.publishing import err, out
from shared.database import Database, deciding
from shared.decisions.chain import Link, read_line, read_link
from shared.decisions.proof import Proof, prove_file
from shared.settings import database_of

SERVICES = tuple(showing.ADDRESSES)
MOST_FAULTS = 10
REFERENCES = {
    "B": "demand",
    "R": "round",
    "A": "order",
    "V": "tender",
    "S": "subscription",
    "P": "pilot",
}
"""By what letter people's references begin; a contract's is as KID writes it."""

audit = typer.Typer(
    name="audit",
    no_args_is_help=True,
    help="Check and read the record of every decision: rule, inputs, result, who and when.",
)

Where = Annotated[
    str | None,
    typer.Option("--database", help="Read there and not over HTTP; {service} stands for its name."),
]


@audit.command()
def verify(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help="Else all four.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file that `kitu audit export` wrote.")
    ] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option(metavar="HASH@POSITION", help="From the daily mail; may be repeated."),
    ] = None,
    database: Where = None,
) -> None:
    """Find any byte changed, any decision left out, put in, moved or cut off.

    Only an anchor from outside shows a record that was cut off at its end or written anew.
    """
    anchors = _anchors(anchor or [])
    chosen = [str(file)] if file else _chosen(services)
    if anchors and len(chosen) > 1:
        raise Failure("an anchor is of one service; name that service", MISUSED)
    broken = 0
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            source = file or Path(folder) / "record.ndjson"
            if not file:
                _fetch(name, source, database)
            found = _proved(source, anchors)
        broken += bool(found.faults)
        _tell(name, found, len(anchors))
    if broken:
        raise Failure("the record is not what was written")


@audit.command()
def export(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    target: Annotated[Path, typer.Option("--out", help="Where to write: one decision a line.")],
    database: Where = None,
) -> None:
    """Take a service's whole record along as a file, which `verify --file` checks."""
    _fetch(_chosen([service])[0], target, database)
    out.print(f"{target}: {_size(target)} decisions")


@audit.command()
def show(
    subject: Annotated[
        str,
        typer.Argument(
            help="Id or reference of a demand, round, order, tender need, contract, subscription "
            "or pilot; a member's number."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One decision a line.")] = False,
) -> None:
    """Tell every decision about something or somebody: which rule, on what, with what result."""
    key = _id_of(subject)
    decided = [found for service in SERVICES for found in _about(service, key)]
    if not decided:
        raise Failure(f"nothing was decided about {subject}")
    for found in sorted(decided, key=lambda each: str(each["decided_at"])):
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            out.print(_told(found))


def _chosen(services: list[str] | None) -> list[str]:
    for name in services or ():
        if name not in SERVICES:
            raise Failure(f"no service {name!r}; known are {', '.join(SERVICES)}", MISUSED)
    return services or list(SERVICES)


def _anchors(texts: list[str]) -> list[Link]:
    try:
        return [read_link(text) for text in texts]
    except ValueError as error:
        raise Failure(str(error), MISUSED) from None


def _proved(source: Path, anchors: list[Link]) -> Proof:
    try:
        # What is no UTF-8 must not pass for anything else.
        with source.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            return prove_file(lines, anchors)
    except OSError as error:
        raise Failure(f"cannot read {source}: {error.strerror}", MISUSED) from None


def _tell(name: str, found: Proof, anchors: int) -> None:
    for fault in found.faults[:MOST_FAULTS]:
        place = f"position {fault.position}" if fault.position else "the record"
        err.print(Text.assemble((f"{name}: {place}: ", "bold"), (fault.what, "red")))
    if len(found.faults) > MOST_FAULTS:
        err.print(f"{name}: and {len(found.faults) - MOST_FAULTS} more")
    if found.faults:
        return
    notes = [f"{found.end.position + found.unsealed} decisions, chain unbroken"]
    notes += [f"{found.unsealed} not sealed yet"] * bool(found.unsealed)
    notes += [f"{found.erased} erased"] * bool(found.erased)
    notes += ["as anchored"] * bool(anchors)
    out.print(f"{name}: {', '.join(notes)}; ends at {found.end}")


def _fetch(service: str, target: Path, database: str | None) -> None:
    """Write a service's record to a file."""
    url = database_of(service, database) if database else ""
    place = make_url(url).database if url.startswith("sqlite") else None
    if place is not None and not Path(place).exists():
        raise Failure(f"there is no database {place}", UNREACHABLE)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        if url:
            asyncio.run(_from_database(service, url, file.write))
        else:
            for text in pages(service, showing.address(service)):
                file.write(text)


async def _from_database(service: str, url: str, write: Any) -> None:
    opened = Database(url, service)
    try:
        async with opened.transaction() as tx:
            async for text in deciding.lines(tx.session, most=2**62):
                write(text)
    except (SQLAlchemyError, OSError) as error:
        why = f"cannot read the record of {service}: {type(error).__name__}"
        raise Failure(why, UNREACHABLE) from None
    finally:
        await opened.close()


def pages(service: str, at: str) -> Iterator[str]:
    """A service's whole record over HTTP, line by line."""
    after = 0
    while True:
        lines = _get(service, at, {"after": str(after)}).split("\n")[:-1]
        yield from (f"{text}\n" for text in lines)
        last = json.loads(lines[-1])
        if "end" in last:
            return
        after = last["position"]


def _get(service: str, at: str, params: dict[str, str]) -> str:
    try:
        answer = httpx.get(f"{at}/decisions", params=params, timeout=60)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise Failure(f"cannot reach {service} at {at}: {reason}", UNREACHABLE) from None
    if answer.is_error:
        raise Failure(f"{service} answered {answer.status_code}: {answer.text[:200]}")
    return answer.content.decode()


def _about(service: str, key: str) -> Iterator[dict[str, Any]]:
    for text in _get(service, showing.address(service), {"subject": key}).split("\n")[:-1]:
        entry = read_line(f"{text}\n")
        payload = json.loads(entry.payload) if entry.payload else {"erased": True}
        place = {"position": entry.seal.position if entry.seal else None}
        yield place | json.loads(entry.head) | payload


def _id_of(subject: str) -> str:
    """The id behind a reference such as B-2026-00017 or a contract's, or what was given."""
    if re.fullmatch(r"\d{5}|[0-9a-fA-F-]{36}", subject):
        return subject
    is_numbered = re.fullmatch(r"[A-Z]-\d{4}-\d{4,}", subject)
    for kind in (is_numbered and REFERENCES.get(subject[0]), "contract"):
        try:
            if kind:
                return str(showing.state(kind, subject)["id"])
        except Failure as failure:
            if failure.code != REFUSED:
                raise
    return subject


def _told(found: dict[str, Any]) -> Tree:
    """One decision as people read it."""
    when = datetime.fromisoformat(found["decided_at"]).astimezone()
    place = found["position"] or "not sealed yet"
    tree = Tree(
        Text.assemble(
            (f"{found['kind']} {found['outcome']}", "bold"),
            f"  {when:%d.%m.%Y %H:%M:%S}  {found['service']} {place}",
        ),
        guide_style="dim",
    )
    whom = f" on {found['user']}'s message" if found.get("user") else ""
    tree.add(f"decided by {found['by']}{whom}")
    for rule in found["rules"]:
        tree.add(f"rule {rule['name']}, version {rule['version']}: {rule['source']}")
    if found.get("erased"):
        tree.add("inputs and result were erased")
    for part in ("inputs", "result"):
        if found.get(part):
            tree.add(state(part, found[part]))
    return tree


def _size(target: Path) -> int:
    with target.open(encoding="utf-8", newline="\n") as lines:
        return sum(1 for _ in lines) - 2
