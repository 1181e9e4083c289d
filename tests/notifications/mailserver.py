"""A real SMTP server that fails where and how a test wants it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

REPLIES = {"4xx": "451 4.3.0 later", "5xx": "554 5.3.0 never", "garbage": "what? no code"}


@dataclass
class Received:
    """One mail that the server took."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class Behaviour:
    """How the server behaves, and what it took.

    `faults` by phase: connect, ehlo, starttls, handshake, auth, rset, mail, rcpt, data, dot, as
    `4xx`, `5xx`, `close`, `hang` or `garbage`; `refuses` by recipient, with the whole reply.
    `lost` ends the connection after a mail was taken, before the reply. `tries` counts DATA
    commands, `whole` the mails that came to their end.
    """

    faults: dict[str, str] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    accounts: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    tries: int = 0
    whole: int = 0
    received: list[Received] = field(default_factory=list)
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the server is to see."""
        async with asyncio.timeout(60):
            while not holds():
                self.happened.clear()
                await self.happened.wait()


class Faulty(SMTP):
    """An SMTP server that follows a behaviour."""

    def __init__(self, behaviour: Behaviour, **options: Any) -> None:
        self.behaviour = behaviour
        self._greeted = False
        super().__init__(self, auth_required=bool(behaviour.accounts), **options)

    def hang_up(self) -> None:
        """End the connection at once."""
        if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
            self.transport.abort()

    async def push(self, status: AnyStr) -> Any:
        if not self._greeted:
            self._greeted = True
            self.behaviour.connections += 1
            self.behaviour.happened.set()
            if await self._fails("connect"):
                return None
        return await super().push(status)

    async def _fails(self, phase: str) -> bool:
        fault = self.behaviour.faults.get(phase)
        if fault is None:
            return False
        if fault == "close":
            self.hang_up()
        elif fault == "hang":
            await asyncio.sleep(60)
        else:
            await super().push(REPLIES[fault])
        return True

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if not await self._fails("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if await self._fails("starttls"):
            return
        if "handshake" in self.behaviour.faults:
            await super().push("220 ready for what is no TLS")
            await self._fails("handshake")
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if not await self._fails("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        if not await self._fails("rset"):
            await super().smtp_RSET(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if not await self._fails("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if not await self._fails("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        self.behaviour.tries += 1
        self.behaviour.happened.set()
        if not await self._fails("data"):
            await super().smtp_DATA(arg)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.behaviour.refuses:
            return self.behaviour.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.behaviour.whole += 1
        self.behaviour.happened.set()
        fault = self.behaviour.faults.get("dot")
        if fault in REPLIES:
            return REPLIES[fault]
        if fault is not None and await self._fails("dot"):
            return "451 gone"
        assert isinstance(envelope.content, bytes)
        taken = Received(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content)
        self.behaviour.received.append(taken)
        self.behaviour.happened.set()
        if self.behaviour.lost:
            self.hang_up()
        return "250 taken"


@asynccontextmanager
async def mail_server(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None, *, implicit: bool = False
) -> AsyncIterator[int]:
    """Run the server; gives its port."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and (
            behaviour.accounts.get(data.login.decode()) == data.password.decode()
        )
        return AuthResult(success=known, handled=False)

    connections: list[Faulty] = []

    def connect() -> Faulty:
        server = Faulty(
            behaviour,
            enable_SMTPUTF8=False,
            tls_context=None if implicit else tls,
            authenticator=authenticate,
            loop=asyncio.get_running_loop(),
        )
        connections.append(server)
        return server

    listening = await asyncio.get_running_loop().create_server(
        connect, "127.0.0.1", 0, ssl=tls if implicit else None
    )
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for server in connections:
            server.hang_up()
        await listening.wait_closed()
