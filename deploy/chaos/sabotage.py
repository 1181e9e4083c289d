"""A service that dies at its most delicate moments, or with a safeguard turned off.

`python -m deploy.chaos.sabotage demand --deadly FILE [--without inbox]`. Only the chaos run uses
this; what it wraps are the product's own functions, which know nothing of it.
"""

import asyncio
import functools
import importlib
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.database.transactions import Database, Sight, Transaction
from shared.messaging.relay import Relay
from shared.service import run

DIED = "died "
ODDS = 400
"""One in so many delicate moments is the last."""

Method = Callable[..., Awaitable[Any]]


def without_inbox() -> None:
    """Let every delivery take effect, however often it comes."""

    async def always_new(*_: object) -> Sight:
        return Sight.NEW

    Transaction.sight = always_new  # type: ignore[assignment, method-assign]


def without_outbox() -> None:
    """Forget one emitted message in twenty, as one does who publishes beside the commit."""
    keep = Transaction.flush
    emitted = 0

    async def forgetful(tx: Transaction) -> bool:
        nonlocal emitted
        emitted += len(tx._emitted)
        if emitted >= 20 and tx._emitted:
            emitted = 0
            tx._emitted.pop()
        return await keep(tx)

    Transaction.flush = forgetful  # type: ignore[assignment, method-assign]


def deadly(flag: Path, notifies: bool) -> None:
    """Die now and then where a crash is most likely to lose or double something."""

    def perhaps_die(moment: str) -> None:
        if flag.exists() and not random.randrange(ODDS):  # noqa: S311 - chance is the point
            os.write(2, f"{DIED}{moment}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def then(method: Method, moment: str) -> Any:
        @functools.wraps(method)
        async def dying(*args: Any, **kwargs: Any) -> Any:
            result = await method(*args, **kwargs)
            perhaps_die(moment)
            return result

        return dying

    transaction, send = Database.transaction, Relay._send

    @asynccontextmanager
    async def dying_transaction(*args: Any, **kwargs: Any) -> AsyncIterator[Transaction]:
        async with transaction(*args, **kwargs) as tx:
            yield tx
        perhaps_die("between commit and acknowledgement")

    async def dying_send(*args: Any) -> None:
        sending = asyncio.ensure_future(send(*args))
        await asyncio.wait({sending}, timeout=0)
        perhaps_die("between publish and confirm")
        await sending

    Transaction.flush = then(Transaction.flush, "inside a commit")  # type: ignore[method-assign]
    Database.transaction = dying_transaction  # type: ignore[method-assign]
    Relay._send = dying_send  # type: ignore[method-assign, assignment]
    Relay._publish = then(  # type: ignore[method-assign]
        Relay._publish, "between confirm and removal from the outbox"
    )
    if notifies:
        transport: Any = importlib.import_module("services.notifications.mail.transport")
        transport.Line.hand_over = then(
            transport.Line.hand_over, "between handing a mail over and noting it"
        )


def main(
    name: str,
    deadly_while: Annotated[Path, typer.Option("--deadly", help="Die only while this file is.")],
    without: Annotated[str | None, typer.Option(help="Turn off: inbox or outbox.")] = None,
) -> None:
    """Run a service that is out of luck."""
    deadly(deadly_while, notifies=name == "notifications")
    if without:
        {"inbox": without_inbox, "outbox": without_outbox}[without]()
    app: Any = importlib.import_module(f"services.{name}.app")
    settings = next(
        value
        for key, value in vars(app).items()
        if key.endswith("Settings") and value.__module__ == app.__name__
    )
    run(app.service(settings()))


if __name__ == "__main__":
    typer.run(main)
