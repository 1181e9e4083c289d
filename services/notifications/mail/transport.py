"""Handing a mail to the mail server, and what it answers for each recipient."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from services.notifications.domain import Outcome, Phase, State, outcome

Refused = Mapping[str, Outcome]
BeforeData = Callable[[Refused], Awaitable[None]]
"""Called with who was refused, before the mail itself is sent; its end is waited for."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to speak with it; `security` is `tls`, `starttls` or `none`."""

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout: float = 30


def server(url: str, timeout: float = 30) -> Server:
    """The server a URL names.

    `smtps://` speaks TLS from the start, `smtp://` demands STARTTLS, except with a server on
    this machine or where `?starttls=none` is said. `?cafile=` names a private authority.

    Raises:
        ValueError: the URL is not of this form.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    starttls = query.pop("starttls", [None])[0]
    ca_file = query.pop("cafile", [None])[0]
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or query:
        raise ValueError("must be smtp://user:password@host:port?starttls=required|none or smtps:")
    if starttls not in {None, "required", "none"}:
        raise ValueError(f"starttls must be `required` or `none`, not {starttls!r}")
    if parts.scheme == "smtps":
        security = "tls"
    elif starttls is None:
        security = "none" if _is_here(parts.hostname) else "starttls"
    else:
        security = "starttls" if starttls == "required" else "none"
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if security == "tls" else 587),
        security=security,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ca_file=ca_file,
        timeout=timeout,
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Line:
    """One connection to the mail server, kept open from mail to mail."""

    def __init__(self, to: Server) -> None:
        self._to = to
        self.down = False
        """Whether the last try did not get as far as naming the sender."""
        self._smtp: aiosmtplib.SMTP | None = None

    async def hand_over(
        self, sender: str, addresses: Sequence[str], content: bytes, before_data: BeforeData
    ) -> dict[str, Outcome]:
        """Try once; returns an outcome for every address and raises for no fault of the mail way.

        `before_data` runs when recipients are accepted and only the mail itself is missing.
        """
        settled: dict[str, Outcome] = {}
        phase = Phase.SESSION
        try:
            smtp = await self._connected()
            self.down = False
            phase = Phase.ENVELOPE
            await smtp.mail(sender, options=[f"SIZE={len(content)}"] if _sizes(smtp) else [])
            for address in addresses:
                if (refusal := await _recipient(smtp, address)) is not None:
                    settled[address] = refusal
            if len(settled) == len(addresses):
                await smtp.rset()
                return settled
        except (aiosmtplib.SMTPException, OSError, TimeoutError, UnicodeError) as error:
            return self._all(addresses, settled, phase, error)
        await before_data(settled)
        try:
            reply = await smtp.data(content)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return self._all(addresses, settled, Phase.DATA, error)
        return self._rest(addresses, settled, outcome(Phase.DATA, reply.code, reply.message))

    async def close(self) -> None:
        """Take leave of the server, without waiting for long."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            async with asyncio.timeout(2):
                await smtp.quit()
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            smtp.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        """The open connection, checked, or a new one."""
        if self._smtp is not None:
            try:
                await self._smtp.rset()
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                self._drop()
            else:
                return self._smtp
        to = self._to
        context = None
        if to.security != "none":
            context = ssl.create_default_context(cafile=to.ca_file)
        smtp = aiosmtplib.SMTP(
            hostname=to.host,
            port=to.port,
            use_tls=to.security == "tls",
            start_tls=to.security == "starttls",
            tls_context=context,
            username=to.username,
            password=to.password,
            timeout=to.timeout,
        )
        self._smtp = smtp
        await smtp.connect()
        await smtp.ehlo()
        return smtp

    def _all(
        self, addresses: Sequence[str], settled: Refused, phase: Phase, error: Exception
    ) -> dict[str, Outcome]:
        """What a fault means for everybody not settled before it; the connection may be lost."""
        code, text = _reply(error)
        self.down = phase is Phase.SESSION
        if code is None or code == 421 or phase is Phase.SESSION:
            self._drop()
        return self._rest(addresses, settled, outcome(phase, code, text))

    @staticmethod
    def _rest(addresses: Sequence[str], settled: Refused, result: Outcome) -> dict[str, Outcome]:
        return {address: settled.get(address, result) for address in addresses}

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


async def _recipient(smtp: aiosmtplib.SMTP, address: str) -> Outcome | None:
    """None where the server takes mail for the address, else why not."""
    try:
        await smtp.rcpt(address)
    except aiosmtplib.SMTPRecipientRefused as refused:
        code, text = _reply(refused)
        if code is None or code == 421:
            raise
        result = outcome(Phase.ENVELOPE, code, text)
        if result.state is State.HANDED_OVER:  # a 2xx that RFC 5321 does not know here
            return None
        return result
    return None


def _sizes(smtp: aiosmtplib.SMTP) -> bool:
    return smtp.supports_extension("size")


def _reply(error: Exception) -> tuple[int | None, str]:
    """A server's code and text, on one line, or no code for what is not a reply."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and 200 <= error.code < 600:
        return error.code, " ".join(error.message.split())[:500]
    if isinstance(error, aiosmtplib.SMTPConnectError | aiosmtplib.SMTPException | OSError):
        return None, f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
    return None, type(error).__name__
