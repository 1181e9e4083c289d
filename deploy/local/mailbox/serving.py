"""The mail server: takes mails by SMTP, keeps each as a file, shows them by HTTP."""

import asyncio
import itertools
import logging
import signal
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.pages import as_json, index_page, mail_page
from deploy.local.mailbox.reading import Mail, mails
from deploy.local.process import Claim

HTML = "text/html; charset=utf-8"
log = logging.getLogger("kitu.mailbox")


class Delivery:
    """Puts every mail into the directory before the sender is told that it was taken."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        kept = [int(path.stem) for path in directory.glob("*.eml")]
        self._numbers = itertools.count(max(kept, default=0) + 1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the mail, unchanged below the lines a delivering server adds (RFC 5321, 4.4)."""
        number = f"{next(self._numbers):06d}"
        added = [f"Return-Path: <{envelope.mail_from}>"]
        added += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
        content = envelope.original_content or b""
        arriving = self._directory / f".{number}.part"
        arriving.write_bytes("".join(f"{line}\r\n" for line in added).encode() + content)
        arriving.rename(self._directory / f"{number}.eml")
        return f"250 2.0.0 Ok: kept as {number}"


def web_server(directory: Path, port: int) -> ThreadingHTTPServer:
    """Serves the pages, `/mails` as JSON, mails and attachments; `?to=` names one recipient."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            to = parse_qs(address.query).get("to", [None])[0]
            found = answer(mails(directory, to), unquote(address.path).strip("/").split("/"))
            if found is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            content_type, content = found
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            if "/anhang/" in address.path:
                self.send_header("Content-Disposition", "attachment")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - overrides
            log.info(format, *args)

    return ThreadingHTTPServer(("127.0.0.1", port), Pages)


def answer(kept: list[Mail], path: list[str]) -> tuple[str, bytes] | None:
    """Content type and content of what lies under a path; None if nothing does."""
    if path in ([""], ["index.html"]):
        return HTML, index_page(kept)
    if path == ["mails"]:
        return "application/json", as_json(kept)
    mail = next((mail for mail in kept if mail.number == path[0]), None)
    match path[1:]:
        case ["index.html"] if mail:
            return HTML, mail_page(mail)
        case ["mail.eml"] if mail:
            return "text/plain; charset=utf-8", mail.raw
        case ["anhang", name] if mail:
            for attachment in mail.attachments:
                if attachment.name == name:
                    return attachment.content_type, attachment.content
    return None


async def serve(directory: Path, smtp_port: int, http_port: int) -> None:
    """Run until SIGTERM or SIGINT; prints both addresses once they answer.

    Args:
        directory: where mails are kept, one `.eml` file each, numbered in order of arrival.
        smtp_port: on loopback; 0 takes any free one.
        http_port: likewise.

    Raises:
        CannotStart: another mail server uses the directory.
    """
    claim = Claim(directory)
    claim.take()
    delivery = Delivery(directory)
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, told_to_stop.set)

    def session() -> SMTP:
        return SMTP(delivery, hostname="localhost", ident="KITU mailbox", enable_SMTPUTF8=True)

    smtp = await loop.create_server(session, "127.0.0.1", smtp_port)
    web = web_server(directory, http_port)
    Thread(target=web.serve_forever, daemon=True).start()
    smtp_address, web_address = smtp.sockets[0].getsockname(), web.server_address
    print(f"smtp://127.0.0.1:{smtp_address[1]} http://127.0.0.1:{web_address[1]}", flush=True)  # noqa: T201 - tells who started it
    await told_to_stop.wait()
    smtp.close()
    web.shutdown()
    web.server_close()
    claim.free()
