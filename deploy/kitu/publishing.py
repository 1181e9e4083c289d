"""From a file to the broker: check, send, and tell what became of each message."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from deploy.kitu import lines, wire
from deploy.kitu.failure import Failure
from deploy.kitu.messages import Message, problems

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def check(messages: Sequence[Message], user: str) -> None:
    """Tell every problem, a line each, before anything is sent.

    Raises:
        Failure: there are problems.
    """
    found = problems(messages, user)
    for where, reason in found:
        err.print(Text.assemble((where, "bold"), f"  {reason}"))
    if found:
        wrong = len({where for where, _ in found})
        raise Failure(f"{wrong} of {len(messages)} messages are not valid; nothing was sent")


async def send(messages: Sequence[Message], who: wire.Login, wait: float | None) -> None:
    """Publish with a progress bar, and where `wait` seconds are given, tell the answers.

    Raises:
        Failure: the broker is away or refuses; a message was rejected or had no answer.
    """
    async with wire.channel_of(who) as channel:
        ear = await wire.ear(channel, who) if wait else None
        with progress() as bar:
            sending = bar.add_task("sent", total=len(messages))
            await wire.publish(channel, who.user, messages, lambda: bar.advance(sending))
        if not wait or ear is None:
            some = f"{len(messages)} messages" if len(messages) > 1 else messages[0].type
            out.print(f"{some} sent as {who.user}")
            return
        answered = await wire.answers(ear, {m.id for m in messages}, wait, who)
    tell(messages, answered)


def tell(messages: Sequence[Message], answered: dict[str, dict[str, Any]]) -> None:
    """What became of each message.

    Raises:
        Failure: some were rejected, or had no answer in time.
    """
    rejected = 0
    for message in messages:
        event = answered.get(message.id)
        if event is None:
            err.print(Text.assemble((message.where, "bold"), "  no answer yet"))
        elif str(event.get("type", "")).partition(".")[2].startswith("rejected."):
            rejected += 1
            why = "; ".join(lines.reasons(event.get("data", {})))
            err.print(Text.assemble((message.where, "bold"), f"  {why}"))
        elif len(messages) == 1:
            out.print(lines.line(event, str(event.get("party", ""))))
    silent = len(messages) - len(answered)
    counts = f"{len(answered) - rejected} accepted, {rejected} rejected, {silent} without answer"
    if rejected or silent:
        raise Failure(counts)
    out.print(counts)


def progress() -> Progress:
    """A bar on the terminal, nothing where the output is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
