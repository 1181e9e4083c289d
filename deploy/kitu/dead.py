"""Dead letters: what could not take effect, why, and a second try once the cause is gone."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from rich.table import Column, Table

from deploy.kitu.failure import Failure
from deploy.kitu.publishing import out
from deploy.kitu.wire import channel_of, login
from shared.messaging.gate import SENT_AGAIN_FOR
from shared.messaging.topology import DEAD_LETTERS

dead = typer.Typer(
    name="dead", no_args_is_help=True, help="Look at dead letters, try them again, drop them."
)

Url = Annotated[str | None, typer.Option(help="The broker, as `operator`; else KITU_AMQP_URL.")]
Chosen = Annotated[list[str] | None, typer.Argument(help="Ids from `kitu dead list`.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter.")]


@dead.command("list")
def list_letters(
    url: Url = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show every dead letter with its reason; takes none away."""
    letters = asyncio.run(_letters(url))
    if as_json:
        for letter in letters:
            out.print_json(json.dumps(letter, default=str), indent=None)
        return
    # an id is for typing it again, however narrow the window
    table = Table(Column("id", no_wrap=True), "reader", "message", "sender", "since", "reason")
    for letter in letters:
        table.add_row(
            *(str(letter[key]) for key in ("id", "reader", "key", "user", "at", "reason"))
        )
    out.print(table if letters else "no dead letters")


@dead.command()
def show(
    id: Annotated[str, typer.Argument(help="An id from `kitu dead list`.")],  # noqa: A002
    url: Url = None,
) -> None:
    """Show all that is known of a letter: why it lies there, what was tried, and its content."""
    found = [letter for letter in asyncio.run(_letters(url, whole=True)) if letter["id"] == id]
    if not found:
        raise Failure(f"no dead letter {id}; see `kitu dead list`")
    for letter in found:
        trace, body = letter.pop("trace"), letter.pop("body")
        out.print_json(json.dumps(letter, default=str))
        out.print(trace, markup=False, highlight=False)
        out.print(body, markup=False, highlight=False)


@dead.command()
def replay(chosen: Chosen = None, everything: All = False, url: Url = None) -> None:
    """Send letters to where they came from, byte for byte; what took effect before is ignored.

    A letter speaks for its first sender still: what that one may not say is refused again.
    """
    _finish("sent again", asyncio.run(_take(url, chosen, everything=everything, again=True)))


@dead.command()
def drop(chosen: Chosen = None, everything: All = False, url: Url = None) -> None:
    """Take letters away for good."""
    _finish("dropped", asyncio.run(_take(url, chosen, everything=everything, again=False)))


def _finish(what: str, count: int) -> None:
    out.print(f"{count} {'letter' if count == 1 else 'letters'} {what}")


async def _letters(url: str | None, *, whole: bool = False) -> list[dict[str, Any]]:
    async with channel_of(login(url, None)) as channel, _all(channel) as letters:
        return [_shown(letter) | (_rest(letter) if whole else {}) for letter in letters]


async def _take(url: str | None, chosen: list[str] | None, *, everything: bool, again: bool) -> int:
    who = login(url, None)
    async with channel_of(who) as channel, _all(channel) as letters:
        known = {_id(letter) for letter in letters}
        wanted = known if everything else set(chosen or [])
        if unknown := sorted(wanted - known):
            raise Failure(f"no dead letter {', '.join(unknown)}; see `kitu dead list`")
        if not wanted and not everything:
            raise Failure("name letters by their ids, or --all")
        taken = [letter for letter in letters if _id(letter) in wanted]
        for letter in taken:
            if again:
                await _send_again(channel, letter, who.user)
            await letter.ack()
        return len(taken)


async def _send_again(channel: AbstractChannel, letter: AbstractIncomingMessage, user: str) -> None:
    source, key, sender = _origin(letter)
    exchange = await channel.get_exchange(source, ensure=False)
    await exchange.publish(
        Message(
            letter.body,
            content_type=letter.content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            user_id=user,
            headers={SENT_AGAIN_FOR: sender},
        ),
        routing_key=key,
        mandatory=True,
    )


def _id(letter: AbstractIncomingMessage) -> str:
    """Its message id; where its sender gave none, one made of what it says."""
    return letter.message_id or hashlib.sha256(letter.body).hexdigest()[:36]


def _origin(letter: AbstractIncomingMessage) -> tuple[str, str, str]:
    """Exchange, routing key and user of a letter as it was first published.

    Ours stand in our headers. The broker itself buries what killed its reader too often (its
    header `x-death` tells where it was) and what nobody reads (which comes as it was sent).
    """
    if source := _header(letter, "kitu-exchange"):
        return source, _header(letter, "kitu-routing-key"), _header(letter, "kitu-user")
    if death := _death(letter):
        return str(death["exchange"]), str(death["routing-keys"][0]), letter.user_id or ""
    return letter.exchange or "", letter.routing_key or "", letter.user_id or ""


def _death(letter: AbstractIncomingMessage) -> dict[str, Any]:
    """What the broker says of a message that it buried itself."""
    deaths: Any = letter.headers.get("x-death")
    return dict(deaths[0]) if deaths else {}


@asynccontextmanager
async def _all(channel: AbstractChannel) -> AsyncIterator[list[AbstractIncomingMessage]]:
    """Every letter, held; what is not acknowledged goes back when the channel closes."""
    queue = await channel.get_queue(DEAD_LETTERS, ensure=False)
    letters = []
    while (letter := await queue.get(fail=False, no_ack=False)) is not None:
        letters.append(letter)
    yield letters


def _shown(letter: AbstractIncomingMessage) -> dict[str, Any]:
    _, key, user = _origin(letter)
    death = _death(letter)
    by_broker = f"the broker gave up: {death['reason']}" if death else "nobody reads this type"
    return {
        "id": _id(letter),
        "reader": _header(letter, "kitu-reader") or str(death.get("queue", "")),
        "key": key,
        "user": user,
        "at": _header(letter, "kitu-failed-at") or str(death.get("time", "")),
        "reason": _header(letter, "kitu-reason") or by_broker,
    }


def _rest(letter: AbstractIncomingMessage) -> dict[str, Any]:
    return {
        "exchange": _origin(letter)[0],
        "history": json.loads(_header(letter, "kitu-history") or "[]"),
        "trace": _header(letter, "kitu-trace"),
        "body": letter.body.decode(errors="replace"),
    }


def _header(letter: AbstractIncomingMessage, name: str) -> str:
    value = letter.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)
