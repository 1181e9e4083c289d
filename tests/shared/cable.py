"""A cable to the broker that a test can pull and plug in again."""

import asyncio
from asyncio import FIRST_COMPLETED
from contextlib import suppress
from typing import Self

from deploy.local.ports import free_ports


class Cable:
    """Carries bytes between a port of its own and the broker's while it is plugged in.

    The first thing said to the broker that holds the bytes of `swallow` does not reach it.
    """

    def __init__(self, url: str, swallow: bytes = b"") -> None:
        self._swallow = swallow
        before, _, self._path = url.rpartition("/")
        self._login, _, port = before.rpartition(":")
        self._far, (self._near,) = int(port), free_ports(1)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The broker's address through this cable."""
        return f"{self._login}:{self._near}/{self._path}"

    async def plug_in(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._near)

    async def pull(self) -> None:
        """Break every connection at once, also those being made, and let none through."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.plug_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.pull()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connect(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
            ends.append(far_writer)
            ways = [self._carry(reader, far_writer), self._carry(far_reader, writer)]
            await asyncio.wait(map(asyncio.create_task, ways), return_when=FIRST_COMPLETED)
        finally:
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65536):
                if self._swallow and self._swallow in some:
                    self._swallow = b""
                    continue
                writer.write(some)
                await writer.drain()
