"""A network cable to a server on this machine that can be pulled, plugged in, stalled and slow."""

import asyncio
from asyncio import FIRST_COMPLETED
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from deploy.local.ports import free_ports


class Cable:
    """Carries bytes between a port of its own and a server's while it is plugged in.

    The first thing said to the server that holds the bytes of `swallow` does not reach it. Bytes
    are `delay` seconds on their way. With more servers (`others`, ports) each connection goes to
    the next one that accepts it, as with a load balancer.
    """

    def __init__(
        self, url: str, swallow: bytes = b"", delay: float = 0, others: Sequence[int] = ()
    ) -> None:
        self._swallow = swallow
        self.delay = delay
        before, _, self._path = url.rpartition("/")
        self._login, _, port = before.rpartition(":")
        self._far, (self._near,) = deque([int(port), *others]), free_ports(1)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def port(self) -> int:
        """Where it takes connections."""
        return self._near

    @property
    def url(self) -> str:
        """The server's address through this cable."""
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

    def stall(self) -> None:
        """Carry nothing more, and tell neither end."""
        self._flowing.clear()

    def flow(self) -> None:
        """Carry on after a stall; what was said meanwhile arrives late."""
        self._flowing.set()

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
        ways: list[asyncio.Task[None]] = []
        try:
            with suppress(OSError):  # the server is away
                far_reader, far_writer = await self._reach()
                ends.append(far_writer)
                ways = [
                    asyncio.create_task(self._carry(reader, far_writer)),
                    asyncio.create_task(self._carry(far_reader, writer)),
                ]
                await asyncio.wait(ways, return_when=FIRST_COMPLETED)
        finally:
            for end in ends:
                end.transport.abort()
            for way in ways:
                way.cancel()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(len(self._far) - 1):
            self._far.rotate()
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", self._far[0])
        self._far.rotate()
        return await asyncio.open_connection("127.0.0.1", self._far[0])

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65536):
                await self._flowing.wait()
                await asyncio.sleep(self.delay)
                if self._swallow and self._swallow in some:
                    self._swallow = b""
                    continue
                writer.write(some)
                await writer.drain()
