"""The loop that reads what came back, and what it means for a mail and for a contact."""

import asyncio
import imaplib
import logging
import mailbox
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from services.notifications import store
from services.notifications.domain import BOARD, Mail, Recipient, bounced, derived_cause
from services.notifications.handlers.telling import failed, occasion, plain
from services.notifications.mail.returns import Meaning, Returned, returned, unsubscribing
from shared.database import Database, Transaction
from shared.database.dialects import is_passing
from shared.events.common import ContactRole
from shared.events.notifications import ContactBounced, ContactUnsubscribed

log = logging.getLogger(__name__)
LOOK_SECONDS = 10.0
_TIMEOUT = 30.0
_IMAPS = 993

Read = Callable[[bytes], bool]
"""Takes one mail; False where it is to be read again later."""
Box = Callable[[Read], None]
"""Reads what is new in a mailbox; blocks, so it runs in a thread."""


def box(url: str) -> Box:
    """The mailbox a URL names: `maildir:/path` or `imaps://user:password@host:port/folder`.

    `?cafile=` names a private authority.

    Raises:
        ValueError: the URL is not of this form.
    """
    parts = urlsplit(url)
    if parts.scheme == "maildir" and parts.path.startswith("/"):
        return lambda read: _from_maildir(Path(parts.path), read)
    if parts.scheme == "imaps" and parts.hostname and parts.username and parts.password:
        return lambda read: _from_imap(url, read)
    raise ValueError("must be maildir:/path or imaps://user:password@host:port/folder")


async def take_back(database: Database, mails: Box) -> None:
    """Look into the mailbox again and again until cancelled."""
    loop = asyncio.get_running_loop()

    def read(raw: bytes) -> bool:
        return asyncio.run_coroutine_threadsafe(note(database, raw), loop).result()

    while True:
        try:
            await asyncio.to_thread(mails, read)
        except (OSError, imaplib.IMAP4.error) as error:
            log.warning("the mailbox of what comes back: %s", type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def note(database: Database, raw: bytes) -> bool:
    """Note what one mail in the mailbox says; False where it is to be read again later."""
    try:
        async with database.transaction() as tx:
            if wish := unsubscribing(raw):
                await _unsubscribe(tx, *wish)
            done = [await _note(tx, one) for one in returned(raw)]
    except Exception as error:
        if not is_passing(error):
            log.exception("a mail in the mailbox of what comes back cannot be read")
            return True
        return False
    return all(done)


async def _note(tx: Transaction, came: Returned) -> bool:
    mail = await store.mail(tx.session, came.mail_id, lock=True)
    if mail is None:
        return True
    if mail.being_sent:
        return False
    now, recipient = bounced(mail, came.address, came.reason)
    if recipient is None:
        return True
    await store.save_bounce(tx.session, now)
    reason = plain(came.reason)
    log.info("mail %s, %s: came back, %s", mail.id, mail.kind, came.meaning)
    if came.meaning in {Meaning.ADDRESS, Meaning.MAILBOX} and recipient.role:
        member = await store.in_place_of(tx.session, mail.party)
        if await store.flag(tx.session, member, recipient.address):
            await _tell(tx, mail, member, recipient, reason)
    else:
        failed(tx, now, reason)
    return True


async def _unsubscribe(tx: Transaction, mail_id: UUID, address: str) -> None:
    """State that a contact wants only what is needed; membership keeps the contacts."""
    mail = await store.mail(tx.session, mail_id)
    member = await store.member(tx.session, mail.party) if mail else None
    if mail is None or member is None:
        return
    written_to = await store.in_place_of(tx.session, mail.party)
    wrote = [c for c in member.contacts if c.email.casefold() == address.casefold()]
    if not wrote and len(mail.recipients) == 1:  # it came by another address of the same person
        meant = mail.recipients[0].address
        wrote = [c for c in member.contacts if c.email == meant]
    for contact in wrote:
        event = ContactUnsubscribed(
            member=written_to, role=ContactRole(contact.role), name=contact.name
        )
        tx.emit(event, party=written_to)
    log.info("mail %s, %s: unsubscribed by %d contacts", mail.id, mail.kind, len(wrote))


async def _tell(
    tx: Transaction, mail: Mail, member: str, recipient: Recipient, reason: str
) -> None:
    """State that a contact cannot be reached, and ask the board to find out the address."""
    event = ContactBounced(
        member=member,
        role=ContactRole(recipient.role),
        name=recipient.name,
        email=recipient.address,
        reason=reason,
    )
    tx.emit(event, party=member)
    cause = derived_cause(mail.id, f"bounced {recipient.role} {recipient.name}")
    await store.tell(tx.session, occasion("contact_bounced", event, BOARD, cause, tx.now))


def _from_maildir(path: Path, read: Read) -> None:
    """Read what lies in `new`; what is done with goes to `cur`, as seen."""
    mailbox.Maildir(path).close()  # makes its folders
    for file in sorted((path / "new").iterdir()):
        with suppress(FileNotFoundError):  # another replica was faster
            if read(file.read_bytes()):
                file.rename(path / "cur" / f"{file.name}:2,S")


def _from_imap(url: str, read: Read) -> None:
    """Read what is unseen; what is done with is marked as seen."""
    parts = urlsplit(url)
    (ca_file,) = parse_qs(parts.query).get("cafile", [None])
    connection = imaplib.IMAP4_SSL(
        parts.hostname or "",
        parts.port or _IMAPS,
        ssl_context=ssl.create_default_context(cafile=ca_file),
        timeout=_TIMEOUT,
    )
    with connection as imap:
        imap.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        imap.select(f'"{folder}"')
        _, [numbers] = imap.search(None, "UNSEEN")
        for number in numbers.decode().split():
            _, parts_of_mail = imap.fetch(number, "(BODY.PEEK[])")
            content = parts_of_mail[0]
            if isinstance(content, tuple) and read(content[1]):
                imap.store(number, "+FLAGS", "(\\Seen)")
