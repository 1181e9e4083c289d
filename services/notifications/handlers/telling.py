"""How a handler says that somebody is to be told of an event."""

import re
from datetime import datetime
from uuid import UUID

from services.notifications import store
from services.notifications.domain import Mail, Occasion
from shared.database import Transaction
from shared.events import Event, Header
from shared.events.notifications import NotificationFailed, NotificationSent

_ADDRESS = re.compile(r"\S+@\S+")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\u00a1-\u024f]|=\?")


async def tell(
    tx: Transaction, kind: str, event: Event, *parties: str, since: datetime | None = None
) -> None:
    """Keep that each of these parties is to be told of the event being handled; `since` a moment
    before now, where it tells what was to be told already."""
    header = heading(tx)
    await store.tell(
        tx.session,
        *(
            occasion(kind, event, party, header.id, since or tx.now, header.correlationid)
            for party in parties
        ),
    )


def occasion(
    kind: str,
    event: Event,
    party: str,
    cause: UUID,
    now: datetime,
    correlation: UUID | None = None,
) -> Occasion:
    """Something that a party is to be told."""
    return Occasion(
        cause=cause,
        kind=kind,
        party=party,
        type=event.type,
        data=event.model_dump(mode="json", exclude_none=True),
        known_at=now,
        correlation=correlation,
    )


def heading(tx: Transaction) -> Header:
    """The handled message's header."""
    if tx.header is None:
        raise LookupError("only a message has a header")
    return tx.header


def sequence(tx: Transaction) -> int:
    """The handled message's place among those on its subject."""
    number = heading(tx).sequence
    if number is None:
        raise LookupError("a service's event without sequence")
    return number


def plain(said: str) -> str:
    """What a mail server said, on one plain line and without anybody's address."""
    return " ".join(_NOT_PLAIN.sub(" ", _ADDRESS.sub("<address>", said)).split())[:300]


def failed(tx: Transaction, mail: Mail, reason: str) -> None:
    """State that a mail cannot be handed over."""
    tx.emit(
        NotificationFailed(
            notification_id=mail.id,
            kind=mail.kind,
            about=mail.party,
            caused_by=mail.caused_by,
            reason=reason,
        ),
        party=mail.party,
        correlationid=mail.correlation,
    )


def sent(tx: Transaction, mail: Mail) -> None:
    """State that a mail was handed over for all its recipients."""
    tx.emit(
        NotificationSent(
            notification_id=mail.id,
            kind=mail.kind,
            about=mail.party,
            caused_by=mail.caused_by,
            recipients=len(mail.recipients),
        ),
        party=mail.party,
        correlationid=mail.correlation,
    )
