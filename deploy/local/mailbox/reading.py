"""What a kept mail says, read the way a mail client reads it."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is neither its text nor its HTML."""

    name: str  # fit for a file name, different from the mail's other attachments
    content_type: str
    content: bytes
    content_id: str
    is_shown_in_text: bool


@dataclass(frozen=True)
class Mail:
    """One delivered mail.

    `number` counts deliveries, `delivered_to` is whom the sender's server named, which is not
    always whom the headers name.
    """

    number: str
    sender: str
    sender_name: str
    to: tuple[str, ...]
    delivered_to: tuple[str, ...]
    subject: str
    date: datetime
    message_id: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    raw: bytes


def mails(directory: Path, to: str | None = None) -> list[Mail]:
    """The mails kept in a directory in order of arrival, all or those delivered to one address."""
    arrived = [_read(path, path.stat().st_mtime_ns) for path in sorted(directory.glob("*.eml"))]
    return [mail for mail in arrived if to is None or to in mail.delivered_to]


@lru_cache(maxsize=10_000)
def _read(path: Path, changed: int) -> Mail:
    raw = path.read_bytes()
    message = BytesParser(policy=policy.default).parsebytes(raw)
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    attachments = _attachments(message, beside=(text, html), shown_in=_content(html))
    name, sender = next(iter(getaddresses([str(message.get("From", ""))])), ("", ""))
    return Mail(
        number=path.stem,
        sender=sender,
        sender_name=name or sender,
        to=tuple(address for _, address in getaddresses(_all(message, "To"))),
        delivered_to=tuple(_all(message, "Delivered-To")),
        subject=str(message.get("Subject", "")),
        date=_date(message, otherwise=datetime.fromtimestamp(changed / 1e9, UTC)),
        message_id=str(message.get("Message-ID", "")).strip(),
        text=_content(text),
        html=_with_images(_content(html), attachments),
        headers=tuple((name, str(value)) for name, value in message.items()),
        attachments=attachments,
        raw=raw,
    )


def _all(message: EmailMessage, header: str) -> list[str]:
    return [str(value) for value in message.get_all(header, [])]


def _date(message: EmailMessage, otherwise: datetime) -> datetime:
    try:
        date = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return otherwise
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _content(part: MIMEPart | None) -> str:
    if part is None:
        return ""
    payload = _bytes(part).replace(b"\r\n", b"\n")
    try:
        return payload.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a charset that nobody knows
        return payload.decode("latin-1")


def _bytes(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else part.as_bytes()


def _attachments(
    message: EmailMessage, beside: tuple[MIMEPart | None, ...], shown_in: str
) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for part in _leaves(message):
        if any(part is body for body in beside):
            continue
        content_type = part.get_content_type()
        name = _file_name(part.get_filename() or "", content_type, taken=found)
        content_id = str(part.get("Content-ID", "")).strip("<> ")
        found[name] = Attachment(
            name=name,
            content_type=content_type,
            content=_bytes(part),
            content_id=content_id,
            is_shown_in_text=bool(content_id) and f"cid:{content_id}" in shown_in,
        )
    return tuple(found.values())


def _leaves(message: MIMEPart) -> Iterator[MIMEPart]:
    """The parts that hold content; a forwarded mail is one, whatever it holds."""
    if not message.is_multipart() or message.get_content_type() == "message/rfc822":
        yield message
        return
    for part in message.iter_parts():
        if isinstance(part, MIMEPart):
            yield from _leaves(part)


def _file_name(wanted: str, content_type: str, taken: dict[str, Attachment]) -> str:
    name = re.sub(r"[^\w. ()+-]", "_", wanted).strip(" .")[-120:]
    name = name or "Anhang" + (mimetypes.guess_extension(content_type) or "")
    stem, dot, ending = name.rpartition(".")
    count = 1
    while name in taken:
        count += 1
        name = f"{stem} ({count}).{ending}" if dot else f"{ending} ({count})"
    return name


def _with_images(html: str, attachments: tuple[Attachment, ...]) -> str:
    """Images that came with the mail, addressed where the pages keep them."""
    for attachment in attachments:
        if attachment.is_shown_in_text:
            html = html.replace(f"cid:{attachment.content_id}", f"anhang/{attachment.name}")
    return html
