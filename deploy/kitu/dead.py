"""Dead letters: what could not take effect, why, and a second try once the cause is gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from rich.table import Table

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
    table = Table("id", "reader", "message", "sender", "since", "reason")
    for letter in letters:
        table.add_row(
            *(str(letter[key]) for key in ("id", "reader", "key", "user", "at", "reason"))
        )
    out.print(table if letters else "no dead letters")


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


async def _letters(url: str | None) -> list[dict[str, Any]]:
    async with channel_of(login(url, None)) as channel, _all(channel) as letters:
        return [_shown(letter) for letter in letters]


async def _take(url: str | None, chosen: list[str] | None, *, everything: bool, again: bool) -> int:
    who = login(url, None)
    async with channel_of(who) as channel, _all(channel) as letters:
        known = {str(letter.message_id) for letter in letters}
        wanted = known if everything else set(chosen or [])
        if unknown := sorted(wanted - known):
            raise Failure(f"no dead letter {', '.join(unknown)}; see `kitu dead list`")
        if not wanted and not everything:
            raise Failure("name letters by their ids, or --all")
        taken = [letter for letter in letters if str(letter.message_id) in wanted]
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


def _origin(letter: AbstractIncomingMessage) -> tuple[str, str, str]:
    """Exchange, routing key and user of a letter as it was first published.

    Ours stand in our headers. The broker itself buries what killed its reader too often (its
    header `x-death` tells where it was) and what nobody reads (which comes as it was sent).
    """
    if source := _header(letter, "kitu-exchange"):
        return source, _header(letter, "kitu-routing-key"), _header(letter, "kitu-user")
    death: Any = letter.headers.get("x-death")
    if death:
        return str(death[0]["exchange"]), str(death[0]["routing-keys"][0]), letter.user_id or ""
    return letter.exchange or "", letter.routing_key or "", letter.user_id or ""


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
    return {
        "id": letter.message_id,
        "reader": _header(letter, "kitu-reader"),
        "key": key,
        "user": user,
        "at": _header(letter, "kitu-failed-at"),
        "reason": _header(letter, "kitu-reason") or "nobody reads this type",
    }


def _header(letter: AbstractIncomingMessage, name: str) -> str:
    value = letter.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)
