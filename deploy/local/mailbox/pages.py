"""Kept mails as pages: for the mailbox's own web server, and as files that need none."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from deploy.local.mailbox.reading import Mail, mails

BERLIN = ZoneInfo("Europe/Berlin")
COLOURS = 8  # of the round initials, see style.css


def write_gallery(directory: Path, out: Path) -> int:
    """Write every kept mail as a page below `out`, with an index and the attachments beside.

    What `out` held before is removed. Returns how many mails there are.
    """
    kept = mails(directory)
    shutil.rmtree(out, ignore_errors=True)
    for name, content in _files(kept):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(kept)


def _files(kept: list[Mail]) -> Iterator[tuple[str, bytes]]:
    yield "index.html", index_page(kept)
    for mail in kept:
        yield f"{mail.number}/index.html", mail_page(mail)
        yield f"{mail.number}/mail.eml", mail.raw
        for attachment in mail.attachments:
            yield f"{mail.number}/anhang/{attachment.name}", attachment.content


def index_page(kept: list[Mail]) -> bytes:
    """All mails, newest first, to be filtered by recipient or words."""
    recipients = Counter(address for mail in kept for address in mail.delivered_to)
    return _render("index.html", mails=kept[::-1], recipients=sorted(recipients.items()))


def mail_page(mail: Mail) -> bytes:
    """One mail as a mail client shows it."""
    return _render("mail.html", mail=mail)


def as_json(kept: list[Mail]) -> bytes:
    """What a test needs to know of each mail."""
    return json.dumps([_facts(mail) for mail in kept], ensure_ascii=False, indent=1).encode()


def _facts(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.number,
        "from": mail.sender,
        "to": mail.to,
        "delivered_to": mail.delivered_to,
        "subject": mail.subject,
        "date": mail.date.isoformat(),
        "message_id": mail.message_id,
        "attachments": [attachment.name for attachment in mail.attachments],
        "text": mail.text,
    }


def _render(template: str, **values: Any) -> bytes:
    return _templates.get_template(template).render(**values).encode()


def _german_time(moment: datetime, form: str) -> str:
    return moment.astimezone(BERLIN).strftime(form)


def _size(content: bytes) -> str:
    kilobytes = len(content) / 1000
    return f"{kilobytes:.0f} kB" if kilobytes >= 1 else f"{len(content)} Bytes"


_templates = Environment(
    loader=PackageLoader("deploy.local.mailbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {
    "colour": lambda name: sum(name.encode()) % COLOURS,
    "initial": lambda name: next((letter for letter in name if letter.isalnum()), "?").upper(),
    "size": _size,
    "time": _german_time,
}
