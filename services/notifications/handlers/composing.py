"""What the clock makes due: mails of what is to be told, reminders, forgetting."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from services.notifications import store
from services.notifications.domain import (
    BOARD,
    KID,
    Addressee,
    Background,
    Collecting,
    Contact,
    Mail,
    Office,
    Quiet,
    Recipient,
    State,
    Telling,
    addressees,
    gathered,
)
from services.notifications.handlers.orders import tell_delays
from services.notifications.handlers.rounds import remind, tell_closings
from services.notifications.handlers.telling import failed
from services.notifications.mail.compose import CannotCompose, compose, demand_ids
from services.notifications.mail.documents import documents
from services.notifications.mail.message import Attachment, UnsafeHeader, deliverable, seal
from shared.database import Database, Transaction

log = logging.getLogger(__name__)
AT_ONCE = 5
"""Mails that share a commit."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How this office writes: whom as, how patiently, when not, and how long it remembers."""

    office: Office
    collecting: Collecting
    remind_before: timedelta
    keep: timedelta
    quiet: Quiet | None = None


async def due(database: Database, habits: Habits) -> None:
    """Make the mails that are due, some in each transaction."""
    async with database.transaction() as tx:
        await remind(tx, habits.remind_before)
        await tell_delays(tx)
        await tell_closings(tx)
        await store.erase_before(tx.session, tx.now - habits.keep)
    while await _make_some(database, habits) == AT_ONCE:
        pass


async def _make_some(database: Database, habits: Habits) -> int:
    """Make mails of what is to be told; returns how many."""
    async with database.transaction() as tx:
        tellings = await store.due_tellings(tx.session, habits.collecting, tx.now, AT_ONCE)
        known = []
        for telling in tellings:
            try:
                known.append((telling, await _background(tx, telling)))
            except CannotCompose as error:
                await _give_up(tx, telling, error)
        # Pages are set side by side in threads, for Typst needs no turn of Python's.
        enclosed = await asyncio.gather(
            *(
                asyncio.to_thread(documents, telling, background, habits.office)
                for telling, background in known
            ),
            return_exceptions=True,
        )
        for (telling, background), files in zip(known, enclosed, strict=True):
            try:
                if isinstance(files, BaseException):
                    raise files
                await _write(tx, telling, background, files, habits)
                await store.told(tx.session, telling)
            except (CannotCompose, UnsafeHeader) as error:
                await _give_up(tx, telling, error)
        return len(tellings)


async def _give_up(tx: Transaction, telling: Telling, error: Exception) -> None:
    """State that what is to be told cannot be written, so that the rest is not kept waiting."""
    log.error("cannot write %s about %s", telling.kind.name, telling.party, exc_info=error)
    mail = _mail(tx, telling, (), State.FAILED)
    await store.add_mail(tx.session, mail, None)
    failed(tx, mail, f"cannot be written: {type(error.__cause__ or error).__name__}")
    await store.told(tx.session, telling)


async def _write(
    tx: Transaction,
    telling: Telling,
    background: Background,
    files: Sequence[Attachment],
    habits: Habits,
) -> None:
    office = habits.office
    contacts = background.member.contacts if background.member else ()
    recipients = await _not_gathered(tx, telling, _recipients(telling, contacts, office))
    if not recipients:
        return
    content = compose(telling, background, office, telling.kind.version)
    sealed = seal(
        telling.mail_id,
        telling.kind.name,
        tx.now,
        office,
        recipients,
        content,
        files,
    )
    to = tuple(Recipient(one.email, one.role, one.name) for one in recipients)
    mail = _mail(tx, telling, to, State.CREATED)
    if habits.quiet and telling.kind.can_wait:
        mail = replace(mail, next_try_at=habits.quiet.over_at(tx.now))
    await store.add_mail(tx.session, mail, sealed)


async def _background(tx: Transaction, telling: Telling) -> Background:
    """What a mail tells beside its occasions.

    Raises:
        CannotCompose: an occasion does not name what its kind tells of.
    """
    try:
        named = demand_ids(telling) if telling.kind.names_demands else []
        round_id = (
            UUID(telling.occasions[0].data["round_id"]) if telling.kind.names_savings else None
        )
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise CannotCompose(telling.kind.name) from error
    if telling.kind.names_demands:
        return await store.world(tx.session, telling.party, named)
    if round_id is not None:
        return Background(savings=await store.savings(tx.session, round_id))
    number = telling.party
    if number in {BOARD, KID}:
        number = telling.occasions[0].data.get("member", number)
    return Background(member=await store.member(tx.session, number))


def _recipients(
    telling: Telling, contacts: tuple[Contact, ...], office: Office
) -> tuple[Addressee, ...]:
    if telling.kind.to_applicant:
        return addressees(telling.kind, _applicants(telling))
    if telling.party == KID:
        return (Addressee(office.kid, office.kid_name),)
    if telling.party == BOARD:
        return (Addressee(office.board, office.name),)
    reached = addressees(telling.kind, contacts)
    if telling.kind.gathers:
        return tuple(one for one in reached if one.email in telling.gathered_for) or reached
    return reached


def _applicants(telling: Telling) -> list[Contact]:
    try:
        named = telling.occasions[0].data["contacts"]
        return [Contact(c["role"], c["name"], deliverable(c["email"])) for c in named]
    except (LookupError, ValueError, TypeError) as error:
        raise CannotCompose(telling.kind.name) from error


async def _not_gathered(
    tx: Transaction, telling: Telling, recipients: tuple[Addressee, ...]
) -> tuple[Addressee, ...]:
    """Who gets this now; for the others it is kept until the day's mail."""
    if telling.kind.gathers:
        return recipients
    if later := [one.email for one in recipients if one.daily]:
        await store.tell(tx.session, gathered(telling, telling.kind.role, later))
    return tuple(one for one in recipients if not one.daily)


def _mail(
    tx: Transaction, telling: Telling, recipients: tuple[Recipient, ...], state: State
) -> Mail:
    first = telling.occasions[0]
    return Mail(
        id=telling.mail_id,
        kind=telling.kind.name,
        version=telling.kind.version,
        party=telling.party,
        caused_by=first.cause,
        correlation=first.correlation,
        created_at=tx.now,
        recipients=recipients,
        state=state,
        next_try_at=tx.now if state is State.CREATED else None,
        erase_when_done=telling.kind.to_applicant,
    )
