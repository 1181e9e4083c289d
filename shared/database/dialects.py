"""What PostgreSQL and SQLite do differently, in one place."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)

_PASSING_STATES = {"40001", "40P01", "53300", "57P01", "57P02", "57P03", "55P03", "25P03"}
ANSWER_SECONDS = 60
"""How long PostgreSQL may take to answer, or a lock be waited for, before it is tried anew."""
BEGIN = "BEGIN IMMEDIATE"
WAITING = {"commit", "rollback", "close"}
"""What SQLite does on a connection that may wait."""
SESSION = {
    # A replica that stands still or whose host is gone must not keep the others from its locks.
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""Settings of every session on PostgreSQL."""


def engine(url: str, service: str) -> AsyncEngine:
    """Connect lazily. PostgreSQL works in the schema named after the service; SQLite in a file,
    with write-ahead log and immediate write transactions, so that writers queue up."""
    if make_url(url).get_backend_name() == "postgresql":
        return create_async_engine(
            url,
            hide_parameters=True,  # what members say has no place in logs
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            connect_args={
                "server_settings": {"search_path": service, **SESSION},
                "timeout": 10,
                "command_timeout": ANSWER_SECONDS,
            },
        )
    file = Path(make_url(url).database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    # One connection: its pool queues writers fairly, where SQLite would let them poll the file.
    created = create_async_engine(
        url,
        async_creator=lambda: Here(file),
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        pool_timeout=600,
    )

    @event.listens_for(created.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(created.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(BEGIN)

    return created


class Here(aiosqlite.Connection):
    """SQLite that works where it is asked: a statement takes microseconds, the way to a thread
    and back many times that. Only what waits for a lock or the disk takes it."""

    def __init__(self, file: Path) -> None:
        connect = partial(
            sqlite3.connect, file, timeout=60, isolation_level=None, check_same_thread=False
        )
        super().__init__(connect, iter_chunk_size=64)
        self._thread.daemon = True

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if fn.__name__ in WAITING or args[:1] == (BEGIN,):
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return fn(*args, **kwargs)


def insert(dialect: str, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, which both databases spell the same."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


async def hold(
    transaction: AsyncConnection | AsyncSession, name: str, *, shared: bool = False
) -> None:
    """Wait in turn for a lock on this name, alone or `shared`, and hold it until the transaction
    ends, also by a kill. On SQLite every transaction is alone anyway."""
    bind = transaction.get_bind() if isinstance(transaction, AsyncSession) else transaction
    if bind.dialect.name == "postgresql":
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        turn = text(f"SELECT {lock}(hashtext(current_schema() || :name))")
        await transaction.execute(turn, {"name": name})


class OneAtATime:
    """Lets one holder in at a time: among all replicas on PostgreSQL, in this process on SQLite."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Wait for the turn and hold it."""
        async with self._here:
            if self._engine.dialect.name != "postgresql":
                yield
                return
            async with self._engine.begin() as connection:
                await hold(connection, self._name)
                yield


def is_passing(error: BaseException) -> bool:
    """Whether an error passes by itself: connection lost or refused, lock, deadlock, restart."""
    if isinstance(error, OSError | TimeoutError | asyncpg.InterfaceError):
        return True
    # What goes wrong while connecting reaches us as the driver raised it.
    origin = getattr(error, "orig", error)
    state = getattr(origin, "sqlstate", None)
    if state is not None:
        return state in _PASSING_STATES or str(state).startswith(("08", "53"))
    if getattr(origin, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False  # a wrong statement or a missing table, not a busy or full disk
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    )
