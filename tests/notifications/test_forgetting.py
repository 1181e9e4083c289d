"""A person that wants to be forgotten leaves nothing in tables, mails and logs."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, select

from services.notifications import store
from services.notifications.domain import Outcome, State, after
from services.notifications.handlers.returning import note
from services.notifications.mail.message import readable
from shared.database import Database
from tests.notifications.conftest import Clock
from tests.notifications.mailserver import Behaviour, mail_server
from tests.notifications.story import admit, hear, mails, said
from tests.notifications.test_delivering import a_post, delivering
from tests.notifications.test_returning import report

LEASE = timedelta(hours=1)
NAME, ADDRESS = "Erika Kanarienvogel", "erika.kanarienvogel@barleben.example"
ERIKA = {"role": "management", "name": NAME, "email": ADDRESS}
DEPUTY = {"role": "management", "name": "Vertretung", "email": "vertretung@barleben.example"}
TRACE = "kanarienvogel"


async def everything(database: Database) -> str:
    """All rows of all tables of this service's database, mails as their readers see them."""
    async with database.engine.connect() as connection:
        metadata = MetaData()
        await connection.run_sync(metadata.reflect)
        rows = [
            cell
            for table in metadata.sorted_tables
            for row in await connection.execute(select(table))
            for cell in row
        ]
    seen = [readable(cell) if isinstance(cell, bytes) else str(cell) for cell in rows]
    return "\n".join(seen).casefold()


async def send(database: Database, id_: object, *outcomes: Outcome) -> None:
    """Let a mail's try come to this."""
    async with database.transaction() as tx:
        for mail, _ in await store.claim(tx.session, tx.now, LEASE, 100):
            came = dict(zip(mail.open_addresses, outcomes, strict=False))
            now = after(mail, came, tx.now) if mail.id == id_ else mail
            kept = await store.save_try(tx.session, now, tx.now + LEASE, tx.now)
            assert kept


async def forget(database: Database) -> None:
    """What membership states when Erika asks to be forgotten."""
    await hear(database, "member.changed.v1", contacts=[DEPUTY], shares_change=None)
    await hear(database, "contact.erased.v1", names=[NAME], email=ADDRESS)
    await said(database)


async def test_a_forgotten_person_leaves_no_trace(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await admit(database, contacts=[ERIKA, DEPUTY])
    (welcome,) = await mails(database)
    refused = Outcome(State.FAILED, f"550 5.1.1 <{ADDRESS}> unknown")
    await send(database, welcome.id, refused, Outcome(State.HANDED_OVER, "250 ok"))

    await hear(database, "member.notice_confirmed.v1", contacts=[ERIKA, DEPUTY])
    (deferred,) = await mails(database, "notice_confirmed")
    later = Outcome(State.DEFERRED, f"451 4.2.0 <{ADDRESS}> later")
    await send(database, deferred.id, later, Outcome(State.HANDED_OVER, "250 ok"))

    await hear(database, "member.left.v1", contacts=[ERIKA, DEPUTY])
    (over,) = await mails(database, "membership_ended")
    await send(database, over.id, *[Outcome(State.HANDED_OVER, "250 ok")] * 2)
    assert await note(database, report(over.id, address=ADDRESS))
    await mails(database)  # the board hears that the address does not work
    await hear(database, "member.excluded.v1", contacts=[ERIKA, DEPUTY])  # not told yet
    assert TRACE in await everything(database)

    await forget(database)
    clock.forward(minutes=5)
    unsent = sum(mail.state in {"created", "deferred"} for mail in await mails(database))
    behaviour = Behaviour()
    async with mail_server(behaviour) as port, delivering(database, a_post(port)):
        await behaviour.until(lambda: len(behaviour.received) == unsent)
    assert {ADDRESS} & {to for mail in behaviour.received for to in mail.recipients} == set()
    await said(database)
    assert TRACE not in await everything(database)
    assert TRACE not in caplog.text.casefold()


async def test_others_still_get_what_was_for_both(database: Database) -> None:
    await admit(database, contacts=[ERIKA, DEPUTY])
    (welcome,) = await mails(database)
    await forget(database)
    async with database.transaction() as tx:
        kept = await store.mail(tx.session, welcome.id)
    assert kept is not None
    assert [(r.address, r.state) for r in kept.recipients] == [
        ("", State.WITHHELD),
        ("vertretung@barleben.example", State.CREATED),
    ]
    assert kept.erase_when_done
    assert kept.open_addresses == ("vertretung@barleben.example",)


async def test_what_only_tells_of_somebody_else_stays(database: Database, clock: Clock) -> None:
    await admit(database, contacts=[ERIKA, DEPUTY])
    await admit(database, "10003", contacts=[{**ERIKA, "email": "namesake@x.example"}])
    await hear(database, "demand.accepted.v1", member="10003", demand_id=str(uuid4()))
    clock.forward(minutes=2)
    before = {mail.id for mail in await mails(database) if mail.party == "10003"}
    await forget(database)
    after_ = {mail.id for mail in await mails(database) if mail.party == "10003" and mail.raw}
    assert after_ == before


async def test_an_address_with_umlauts_leaves_no_trace_either(database: Database) -> None:
    email = "kanarienvogel@bürgeln.example"
    contacts = [{**ERIKA, "email": email, "name": "Hauptamt"}, DEPUTY]
    await admit(database, contacts=contacts)
    await hear(database, "member.excluded.v1", contacts=contacts)  # not told yet
    await hear(database, "member.changed.v1", contacts=[DEPUTY], shares_change=None)
    await hear(database, "contact.erased.v1", names=["Hauptamt"], email=email)
    assert TRACE not in await everything(database)


async def test_a_mail_in_a_senders_hand_is_waited_for(database: Database) -> None:
    await admit(database, contacts=[ERIKA, DEPUTY])
    await mails(database)
    async with database.transaction() as tx:
        await store.claim(tx.session, tx.now, LEASE, 1)
    with pytest.raises(store.MailInHand):
        await forget(database)
