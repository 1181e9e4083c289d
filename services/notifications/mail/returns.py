"""Mail that comes back: which of our mails, which recipient, and what it means.

Delivery reports (RFC 3464) are read, and who unsubscribes; what else lands in their mailbox,
such as an answer from somebody's holiday, says nothing about an address. The meanings of status
codes are a table of our own (RFC 3463): common libraries take a full mailbox for a wrong address.

`… | python -m services.notifications.mail.returns MAILDIR` takes one from a mail server's pipe.
"""

import mailbox
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from uuid import UUID

UNSUBSCRIBE = "Abbestellen"
"""What a mail's subject begins with by which a contact unsubscribes what is optional."""
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNSUBSCRIBES = re.compile(rf"{UNSUBSCRIBE} ({_ID.pattern})$", re.IGNORECASE)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_RETURNED_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_CANNOT_TAKE_IT_NOW = 75
"""What a mail server's pipe reads as: keep it and try again (sysexits.h, EX_TEMPFAIL)."""


class Meaning(StrEnum):
    """What is the matter when a mail came back."""

    ADDRESS = "address"
    MAILBOX = "mailbox"
    WAY = "way"
    REFUSED = "refused"


_MEANINGS = {
    "1": Meaning.ADDRESS,
    "1.7": Meaning.REFUSED,  # our own address is refused
    "1.8": Meaning.REFUSED,
    "2": Meaning.MAILBOX,
    "2.1": Meaning.ADDRESS,
    "3": Meaning.WAY,
    "4": Meaning.WAY,
    "4.1": Meaning.ADDRESS,  # so Exchange Online says that it knows no such recipient
    "5": Meaning.WAY,
    "6": Meaning.REFUSED,
    "7": Meaning.REFUSED,
}
"""By subject and detail of the status, else by its subject alone."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One recipient's part of a delivery report; only what failed for good is one."""

    mail_id: UUID
    address: str
    meaning: Meaning
    reason: str


def returned(raw: bytes) -> list[Returned]:
    """Which recipients of which mail did not get it; nothing where it is no such report."""
    report = message_from_bytes(raw, policy=default)
    if not isinstance(report, EmailMessage) or report.get_content_type() != "multipart/report":
        return []
    mail_id = _mail_id(report)
    if mail_id is None:
        return []
    return [
        Returned(mail_id, address, _meaning(status), reason)
        for address, status, reason in _failures(report)
    ]


def unsubscribing(raw: bytes) -> tuple[UUID, str] | None:
    """By which of our mails somebody unsubscribes, and from which address; None where nobody does.

    An automatic answer quotes our subject, but never begins as only the link's subject does.
    """
    mail = message_from_bytes(raw, policy=default)
    found = _UNSUBSCRIBES.match(" ".join(str(mail.get("Subject", "")).split()))
    if found is None or str(mail.get("Auto-Submitted", "no")).strip().lower() != "no":
        return None
    return UUID(found[1]), parseaddr(str(mail.get("From", "")))[1]


def _failures(report: EmailMessage) -> Iterator[tuple[str, str, str]]:
    """Address, status and diagnosis of each recipient whom the mail did not reach."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message) or _field(block, "Action").lower() != "failed":
                continue
            known = _field(block, "Original-Recipient") or _field(block, "Final-Recipient")
            diagnosis = _field(block, "Diagnostic-Code").partition(";")[2].strip()
            status = _STATUS.search(_field(block, "Status")) or _STATUS.search(diagnosis)
            code = status.group() if status else "5.0.0"
            yield known.rpartition(";")[2].strip(" <>"), code, f"{code} {diagnosis}".strip()


def _mail_id(report: EmailMessage) -> UUID | None:
    """The mail's id from the return path, else from the Message-ID of what came back."""
    said = [str(value) for name in _RETURNED_TO for value in report.get_all(name, [])]
    came_back = {"text/rfc822-headers", "message/rfc822"}
    said += [_original_id(p) for p in report.walk() if p.get_content_type() in came_back]
    found = (match for text in said if (match := _ID.search(text)))
    return next((UUID(match.group()) for match in found), None)


def _original_id(part: Message) -> str:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) else message_from_string(str(payload))
    return _field(inner, "Message-ID") if isinstance(inner, Message) else ""


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _meaning(status: str) -> Meaning:
    _, subject, detail = status.split(".")
    return _MEANINGS.get(f"{subject}.{detail}") or _MEANINGS.get(subject, Meaning.WAY)


def main(directory: str) -> int:
    """Keep what comes by standard input in a Maildir; a code for the mail server's pipe."""
    try:
        mailbox.Maildir(Path(directory)).add(sys.stdin.buffer.read())
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return _CANNOT_TAKE_IT_NOW
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
