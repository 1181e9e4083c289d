"""Mails per second, from the event to the mail server, against a plain loop that only sends.

`python -m deploy.bench.mails [--mails N] [--database URL]` takes N events of a kind into an empty
database of notifications', makes the mails and hands them over, all at once as the service does,
to `smtp-sink` (C, from Debian's postfix), which takes them and forgets them. The plain loop sends
the same bytes by aiosmtplib over one open connection and keeps nothing.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import aiosmtplib
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

import services.notifications
from deploy.bootstrap import find_program
from deploy.local.ports import free_ports, is_free
from deploy.local.process import Process
from deploy.packages import CannotSetUp, install_packages
from services.notifications.domain import Collecting, Contact, Member, Office, State
from services.notifications.handlers import Habits, Post, deliver, due, handles
from services.notifications.mail.transport import server
from services.notifications.store import save_member
from services.notifications.store.tables import MailRow
from shared.database import Database, migrate
from shared.events import CATALOGUE, Header

KINDS = {"delivery": "delivery.recorded.v1", "cost statement with PDF": "cost.stated.v1"}
HABITS = Habits(Office(), Collecting(timedelta(), timedelta()), timedelta(), timedelta(days=1))
TOGETHER = 16
"""Events that are handled side by side, as the inbox does."""
MIGRATIONS = Path(services.notifications.__file__).parent / "migrations"


@contextmanager
def sink(directory: Path) -> Iterator[int]:
    """A mail server that takes everything and keeps nothing; its port."""
    program = find_program("smtp-sink", ["/usr/sbin"])
    if program is None:
        install_packages(["postfix"], "the benchmark sends to postfix's smtp-sink")
        program = find_program("smtp-sink", ["/usr/sbin"])
    if program is None:
        raise CannotSetUp("there is no smtp-sink")
    (port,) = free_ports(1)
    running = Process("smtp-sink", directory)
    running.start([program, "-u", "nobody", f"127.0.0.1:{port}", "1000"])
    running.wait_until(lambda: not is_free(port))
    try:
        yield port
    finally:
        running.kill()


async def plain(port: int, contents: list[bytes]) -> float:
    """Mails per second of a loop that only sends."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
        began = time.perf_counter()
        for content in contents:
            await smtp.sendmail("bedarf@kitu.example", "it@barleben.example", content)
        return len(contents) / (time.perf_counter() - began)


async def whole(port: int, url: str, type_: str, mails: int) -> tuple[float, list[bytes]]:
    """Mails per second from the event on, and what was sent."""
    async with empty(url) as database:
        async with database.transaction() as tx:
            contact = Contact("it", "IT-Stelle", "it@barleben.example")
            await save_member(tx.session, Member("10002", "Gemeinde Barleben", (contact,)), 1)
        post = Post(server(f"smtp://127.0.0.1:{port}"), "bedarf@kitu.example")
        began = time.perf_counter()
        working = [
            asyncio.create_task(deliver(database, post)),
            asyncio.create_task(_make(database)),
        ]
        numbers = iter(range(mails))
        await asyncio.gather(*(_hear(database, type_, numbers) for _ in range(TOGETHER)))
        await _all_handed_over(database, mails)
        seconds = time.perf_counter() - began
        for task in working:
            task.cancel()
        await asyncio.wait(working)
        async with database.transaction() as tx:
            rows = await tx.session.scalars(select(MailRow).options(undefer(MailRow.content)))
            return mails / seconds, [row.content or b"" for row in rows]


@asynccontextmanager
async def empty(url: str) -> AsyncIterator[Database]:
    """A database of notifications' without anything in it."""
    database = Database(url, "notifications")
    await migrate(database.engine, MIGRATIONS)
    yield database
    await database.close()


async def _hear(database: Database, type_: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        event = CATALOGUE[type_].model_validate_json(dumps(CATALOGUE[type_].example))
        header = Header(
            id=uuid4(),
            source="bench",
            type=type_,
            time=datetime.now(UTC),
            party="10002",
            correlationid=uuid4(),
            sequence=number + 1,
        )
        async with database.transaction(header) as tx:
            await handles.functions[type_](event, tx)


async def _make(database: Database) -> None:
    while True:
        await due(database, HABITS)
        await asyncio.sleep(0.05)


async def _all_handed_over(database: Database, mails: int) -> None:
    done = select(func.count()).where(MailRow.state == State.HANDED_OVER)
    while True:
        async with database.transaction() as tx:
            if await tx.session.scalar(done) == mails:
                return
        await asyncio.sleep(0.05)


def main(
    mails: Annotated[int, typer.Option(help="How many of each kind.")] = 1000,
    database: Annotated[str, typer.Option(help="An empty one; else SQLite.")] = "",
) -> None:
    """Measure mails per second from event to mail server, and beside a plain loop."""
    table = Table("kind", "bytes", "whole way, mails/s", "plain loop, mails/s", "ratio")
    directory = Path(tempfile.mkdtemp(prefix="kitu-bench-"))
    try:
        with sink(directory) as port:
            for name, type_ in KINDS.items():
                table.add_row(name, *_measure(port, database, directory, type_, mails))
    finally:
        shutil.rmtree(directory)
    Console(width=100).print(table)


def _measure(port: int, url: str, directory: Path, type_: str, mails: int) -> list[Any]:
    own = f"sqlite+aiosqlite:///{directory / f'{type_}.db'}"
    rate, contents = asyncio.run(whole(port, url or own, type_, mails))
    loop = asyncio.run(plain(port, contents))
    size = sum(map(len, contents)) // len(contents)
    return [f"{size:,}", f"{rate:,.0f}", f"{loop:,.0f}", f"{rate / loop:.2f}"]


if __name__ == "__main__":
    typer.run(main)
