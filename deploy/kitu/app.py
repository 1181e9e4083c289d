"""The commands of `kitu`. Exit codes: 0 done, 1 refused or invalid, 2 misused, 3 unreachable."""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from uuid_utils.compat import uuid7

from deploy.kitu import catalogue, files, lines, publishing, showing, wire
from deploy.kitu.audit import audit
from deploy.kitu.broker import broker
from deploy.kitu.dead import dead
from deploy.kitu.failure import MISUSED, Failure
from deploy.kitu.messages import seal
from deploy.kitu.plan import plan
from deploy.kitu.publicity import ocds, yearly_report
from deploy.kitu.publishing import err, out
from deploy.kitu.register import register, votes
from shared.calendar import local_date
from shared.events.kid import Category

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Speak to the cooperative's suite from a shell: state facts, follow events, see states.",
    epilog="Exit codes: 0 done, 1 refused or invalid, 2 misused, 3 broker or service unreachable.",
)
rounds = typer.Typer(no_args_is_help=True, help="Open and close bundling rounds.")
app.add_typer(rounds, name="round")
app.add_typer(audit)
app.add_typer(broker)
app.add_typer(dead)
app.command()(plan)
app.command()(register)
app.command()(votes)
app.command()(ocds)
app.command("report")(yearly_report)

CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]
"""Click's, which typer does not export."""

Url = Annotated[
    str | None,
    typer.Option(help="The broker, amqp://user:password@host:port/; else KITU_AMQP_URL."),
]
User = Annotated[
    str | None,
    typer.Option(
        help="Broker user to speak as, such as member-10007, kid, board; its password comes "
        "from the file KITU_PASSWORDS_FILE names. Else the address's user."
    ),
]
Wait = Annotated[
    bool, typer.Option("--wait", "-w", help="Wait for the answers and tell what became of each.")
]
Seconds = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds to wait at most.")]


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="JSON, JSON lines or CSV; `-` for standard input.")],
    message_type: Annotated[
        str | None, typer.Option("--type", "-t", help="What bare data is: demand.submitted.v1 …")
    ] = None,
    party: Annotated[
        str | None, typer.Option("--party", "-p", help="Whom it concerns: 10007, kid or coop.")
    ] = None,
    user: User = None,
    url: Url = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, send nothing.")] = False,
    validate: Annotated[
        bool, typer.Option("--validate/--no-validate", help="Check before anything is sent.")
    ] = True,
    wait: Wait = False,
    seconds: Seconds = 30,
) -> None:
    """State facts as an outside system does, from a file.

    The file holds whole CloudEvents, or bare data: then --type tells what it is. In bare data
    a date may be written +30d, 30 days from today.

    In CSV a column is a field, a dot leads into it (place.city), a bar parts a list (A|B), an
    empty cell is a field left out, a column that starts with # is a remark, and the column id
    is the message's own id.
    """
    now = datetime.now(UTC)
    who = wire.Login(user or "operator", "") if dry_run and not url else wire.login(url, user)
    drafts = files.read(file, message_type, local_date(now))
    messages = [seal(draft, who.user, party, now) for draft in drafts]
    if not messages:
        raise Failure(f"{file} holds no message")
    if validate:
        publishing.check(messages, who.user)
    if dry_run:
        out.print(f"{len(messages)} messages are valid; nothing was sent")
        return
    asyncio.run(publishing.send(messages, who, seconds if wait else None))


@app.command()
def follow(
    party: Annotated[
        str | None, typer.Option("--party", "-p", help="Only what concerns 10007, kid or coop.")
    ] = None,
    message_type: Annotated[
        str | None, typer.Option("--type", "-t", help="Only these, such as 'demand.*'.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Whole events, one per line.")] = False,
    take: Annotated[
        bool, typer.Option("--take", help="Remove what is shown from the answers queue.")
    ] = False,
    user: User = None,
    url: Url = None,
) -> None:
    """Show events as they happen, one line each, until Ctrl-C.

    The operator hears everything from now on. A member's system, KID's and the board's hear
    their answers, beginning with those not yet taken.
    """
    who = wire.login(url, user)
    pattern = wire.pattern(message_type, party)

    async def show() -> None:
        async with wire.channel_of(who) as channel:
            queue = await wire.ear(channel, who, pattern)
            heard_now = wire.listen(queue, take=take or who.hears_everything)
            async with contextlib.aclosing(heard_now):
                async for heard in heard_now:
                    if not wire.fits(heard.key, pattern):
                        continue
                    if as_json:
                        typer.echo(json.dumps(heard.event, ensure_ascii=False))
                    else:
                        out.print(lines.line(heard.event, heard.key.rpartition(".")[2]))

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(show())


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help=", ".join(showing.KEEPERS))],
    key: Annotated[str, typer.Argument(metavar="ID", help="Member number, id or reference.")],
    as_json: Annotated[bool, typer.Option("--json", help="As the service answers.")] = False,
) -> None:
    """Show what the services know about one thing."""
    state = showing.state(kind, key)
    if as_json:
        typer.echo(json.dumps(state, ensure_ascii=False, indent=2))
    else:
        out.print(lines.state(f"{kind} {key}", state))


@rounds.command("open")
def open_round(
    title: Annotated[str, typer.Option(help="What members read.")],
    category: Annotated[list[Category], typer.Option(help="Field of work; may be repeated.")],
    cut_off: Annotated[str, typer.Option(help="2026-12-01T10:00Z, or +30m, +12h, +14d.")],
    round_id: Annotated[str | None, typer.Option("--id", help="UUID; else a new one.")] = None,
    user: User = None,
    url: Url = None,
    wait: Wait = False,
    seconds: Seconds = 30,
) -> None:
    """Announce a bundling round: demand of these categories until the cut-off."""
    data = {
        "round_id": round_id or str(uuid7()),
        "title": title,
        "categories": [one.value for one in category],
        "cut_off": moment(cut_off, datetime.now(UTC)),
    }
    _state_one("round.announced.v1", data, url, user, seconds if wait else None)
    out.print(f"round {data['round_id']}")


@rounds.command("close")
def close_round(
    round_id: Annotated[str, typer.Argument(metavar="ID", help="The round's id.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "Vorzeitig geschlossen",
    user: User = None,
    url: Url = None,
    wait: Wait = False,
    seconds: Seconds = 30,
) -> None:
    """Ask that a round closes before its cut-off."""
    data = {"round_id": round_id, "reason": reason}
    _state_one("round.close_requested.v1", data, url, user, seconds if wait else None)


@app.command()
def events() -> None:
    """List every message: its type, who states it, what it says."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("type", "stated by", "says"):
        table.add_column(heading, header_style="bold", no_wrap=heading == "type")
    for row in catalogue.rows():
        table.add_row(*map(Text, row))
    out.print(table)


@app.command()
def schema(message_type: Annotated[str, typer.Argument(metavar="TYPE")]) -> None:
    """Print the JSON Schema of a message's data, with an example."""
    found = catalogue.schema(catalogue.find(message_type))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@app.command()
def example(message_type: Annotated[str, typer.Argument(metavar="TYPE")]) -> None:
    """Print a whole message, ready for `kitu publish -` or for a client of your own."""
    typer.echo(catalogue.example(catalogue.find(message_type)))


def moment(text: str, now: datetime) -> str:
    """A moment as the wire writes it, from ISO 8601 with a zone or from `+30m`, `+12h`, `+14d`.

    Raises:
        Failure: it is neither.
    """
    units = {"m": "minutes", "h": "hours", "d": "days"}
    try:
        if text.startswith("+") and text[-1:] in units:
            found = now + timedelta(**{units[text[-1]]: int(text[1:-1])})
        else:
            found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Failure(f"{text!r} is no moment: 2026-12-01T10:00Z, +30m, +12h or +14d", 2) from None
    if found.tzinfo is None:
        raise Failure(f"{text!r} has no time zone: write a final Z for UTC", MISUSED)
    return found.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _state_one(
    message_type: str, data: dict[str, Any], url: str | None, user: str | None, wait: float | None
) -> None:
    who = wire.login(url, user)
    draft = files.Draft("the command line", message_type, data)
    messages = [seal(draft, who.user, None, datetime.now(UTC))]
    publishing.check(messages, who.user)
    asyncio.run(publishing.send(messages, who, wait))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what goes wrong is told in one line."""
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # what it logs is told as a failure
    logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
    try:
        code = app(args=arguments, prog_name="kitu", standalone_mode=False)
    except Failure as failure:
        err.print(Text(f"kitu: {failure}", "red"))
        return failure.code
    except CommandLineError as error:
        told = getattr(error, "format_message", error.__str__)()
        if told:  # empty where only a group was named, and its help is printed
            err.print(Text(f"kitu: {' '.join(told.split())} (see kitu --help)", "red"))
        return MISUSED
    except (KeyboardInterrupt, typer.Abort):
        return 130
    return code if isinstance(code, int) else 0


def run() -> None:
    """The program `kitu`."""
    sys.exit(main())
