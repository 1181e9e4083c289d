"""A real IMAP server over TLS, with one account."""

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

USER, PASSWORD = "zurueck@kitu.example", "ge heim/:"


@asynccontextmanager
async def imap_server(tls: ssl.SSLContext) -> AsyncIterator[int]:
    """Run the server; gives its port."""
    settings = {"host": None, "port": 0, "debug": False, "cert": None, "key": None, "tls": False}
    account = {"demo_data": False, "demo_user": USER, "demo_password": PASSWORD}
    args = Namespace(**settings, **account, proxy_protocol=None, passlib_cfg=None)
    backend, config = await DictBackend.init(args)
    config.apply_context()
    serve = IMAPServer(backend.login, config)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer, SocketInfoLocal(writer))

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    async with listening:
        yield listening.sockets[0].getsockname()[1]
