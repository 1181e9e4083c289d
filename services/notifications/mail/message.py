"""The bytes of a mail: headers that cannot be broken out of, two equal parts, attachments.

Everything is derived from what is given, so the same mail always has the same bytes.
"""

import re
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address, BaseHeader
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from uuid import UUID

from email_validator import validate_email

from services.notifications.domain import KINDS, Addressee, Office
from services.notifications.mail.compose import Content
from services.notifications.mail.returns import UNSUBSCRIBE

_OF_EVERY_MAIL = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "OOF, AutoReply",
    "Content-Language": "de",
}
_OF_TWO_PARTS = {"MIME-Version": "1.0", "Content-Type": "multipart/alternative"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|=\?")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def deliverable(address: str) -> str:
    """The address as mail servers take it: a domain with umlauts in its ASCII form.

    Raises:
        ValueError: it is no address.
    """
    checked = validate_email(
        address, allow_smtputf8=False, check_deliverability=False, test_environment=True
    )
    return checked.ascii_email or checked.normalized


class UnsafeHeader(ValueError):
    """A header's value could be read as something else than a value."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that goes with a mail; `media_type` such as `application/pdf`.

    With a `content_id` it is a picture in the mail's HTML, named there as `cid:<content_id>`.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


def file_name(*words: str, ending: str) -> str:
    """A file name of plain characters only.

    >>> file_name("Bestellung", "A-2026/../0001", ending="pdf")
    'Bestellung-A-2026-..-0001.pdf'
    """
    plain = (_NOT_IN_NAMES.sub("-", word).strip("-.") for word in words)
    return f"{'-'.join(word for word in plain if word)}.{ending}"


def seal(
    mail_id: UUID,
    kind: str,
    created_at: datetime,
    office: Office,
    recipients: Sequence[Addressee],
    content: Content,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The mail as it is stored and sent, on every try the same.

    Raises:
        UnsafeHeader: a name, address or subject holds control characters or an encoded word,
            or the message does not read back as it was written.
    """
    domain = office.sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(created_at.replace(microsecond=0))
    message["From"] = _shared("From", str(_address(office.name, office.sender)))
    message["To"] = tuple(_address(one.name, one.email) for one in recipients)
    message["Reply-To"] = _shared("Reply-To", str(_address("", _answers_to(kind, office))))
    message["Subject"] = _safe(content.subject)
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    for name, value in {**_OF_EVERY_MAIL, "X-KITU-Kind": kind, **_OF_TWO_PARTS}.items():
        message[name] = _shared(name, value)
    if KINDS[kind].optional:
        message["List-Unsubscribe"] = f"<mailto:{office.sender}?subject={UNSUBSCRIBE}%20{mail_id}>"
    message.attach(_text_part("plain", content.text))
    rich = _text_part("html", content.html)
    for picture in attachments:
        if picture.content_id is not None:
            main, _, sub = picture.media_type.partition("/")
            rich.add_related(
                picture.content,
                maintype=main,
                subtype=sub,
                filename=_safe(picture.name),
                disposition="inline",
                cid=f"<{picture.content_id}>",
            )
    message.attach(rich)
    for attachment in attachments:
        if attachment.content_id is None:
            main, _, sub = attachment.media_type.partition("/")
            message.add_attachment(
                attachment.content, maintype=main, subtype=sub, filename=_safe(attachment.name)
            )
    for depth, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"=_{mail_id.hex}_{depth}")
    sealed = message.as_bytes()
    _check(sealed, message, recipients)
    return sealed


def _text_part(subtype: str, text: str) -> EmailMessage:
    """A text in quoted-printable, which `set_content` would encode many times slower."""
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = _shared("Content-Type", f'text/{subtype}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _shared("Content-Transfer-Encoding", "quoted-printable")
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


@lru_cache
def _shared(name: str, value: str) -> BaseHeader:
    """A header that is the same in many mails, parsed once."""
    header: BaseHeader = SMTP.header_factory(name, value)
    return header


def _answers_to(kind: str, office: Office) -> str:
    """Who reads an answer: the board where it decides, KID for everything it supplies."""
    boards = {"application_refused", "member_admitted", "notice_confirmed", "membership_ended"}
    boards |= {"cost_statement", "order_to_kid", "capacity_low", "capacity_exhausted"}
    boards |= {"tender_need", "tender_revised", "tender_decided", "tender_dropped", "monthly_costs"}
    return office.board if kind in boards else office.kid


def _address(name: str, address: str) -> Address:
    local, _, domain = _safe(address).rpartition("@")
    return Address(_safe(name), local, domain)


def _safe(value: str) -> str:
    if _UNSAFE.search(value):
        raise UnsafeHeader("a header must not hold control characters or '=?'")
    return value


def _check(sealed: bytes, meant: EmailMessage, recipients: Sequence[Addressee]) -> None:
    """Read the bytes as a receiver does: no header more or less, and the same recipients.

    Some versions of Python fold an encoded subject so that it ends its header; that one may lose
    a space does no harm.
    """
    read = BytesHeaderParser(policy=SMTP).parsebytes(sealed.partition(b"\r\n\r\n")[0])
    to = [address.addr_spec for address in read["To"].addresses]
    if (
        read.keys() != meant.keys()
        or to != [Address(addr_spec=one.email).addr_spec for one in recipients]
        or _no_spaces(read["Subject"]) != _no_spaces(meant["Subject"])
    ):
        raise UnsafeHeader("the message does not read back as it was written")


def _no_spaces(header: object) -> str:
    return "".join(str(header).split())


def readable(sealed: bytes) -> str:
    """What a reader of a mail sees: its headers and its text parts."""
    message = message_from_bytes(sealed, policy=SMTP)
    bodies = [
        bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
        for part in message.walk()
        if part.get_content_maintype() == "text"
    ]
    return "\n".join([*map(str, message.values()), *bodies])
