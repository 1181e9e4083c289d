"""Handing over: faults, crashes, replicas; each against a real SMTP server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications import store
from services.notifications.domain import Mail, State
from services.notifications.handlers import Post, deliver
from services.notifications.handlers.delivering import Claim, ClaimLost, Ledger, send
from services.notifications.mail.transport import Line, server
from shared.database import Database
from shared.events.notifications import NotificationFailed, NotificationSent
from tests.notifications.conftest import Clock
from tests.notifications.mailserver import Behaviour, mail_server
from tests.notifications.story import admit, hear, mails, read, said

TWO = [
    {"role": "management", "name": "Eins", "email": "eins@x.example"},
    {"role": "management", "name": "Zwei", "email": "zwei@x.example"},
]


def a_post(port: int, timeout: float = 2) -> Post:
    return Post(server(f"smtp://127.0.0.1:{port}", timeout), "bedarf@kitu.example")


@asynccontextmanager
async def delivering(database: Database, post: Post) -> AsyncIterator[None]:
    """The loop, running."""
    loop = asyncio.create_task(deliver(database, post))
    yield
    loop.cancel()
    await asyncio.wait({loop})
    assert loop.cancelled()


async def the_mail(database: Database) -> Mail:
    """The only mail."""
    [made] = await mails(database)
    async with database.transaction() as tx:
        found = await store.mail(tx.session, made.id)
    assert found is not None
    return found


async def one_try(database: Database, post: Post) -> Mail:
    """Claim the only mail and try once."""
    await mails(database)
    await send(Ledger(database), post, Line(post.server), await claimed(database, post))
    return await the_mail(database)


async def claimed(database: Database, post: Post) -> Claim:
    async with database.transaction() as tx:
        [(mail, content)] = await store.claim(tx.session, tx.now, post.lease, 10)
        return Claim(mail, content, tx.now + post.lease)


async def test_mails_are_handed_over_and_it_is_stated(database: Database) -> None:
    behaviour = Behaviour()
    await admit(database, contacts=TWO)
    await hear(database, "cost.stated.v1")
    made = await mails(database)
    async with mail_server(behaviour) as port, delivering(database, a_post(port)):
        await behaviour.until(lambda: len(behaviour.received) == 2)
    assert {mail.state for mail in await mails(database)} == {"handed_over"}
    assert {m.content for m in behaviour.received} == {mail.raw for mail in made}
    stated = await said(database)
    assert [type(event) for _, event in stated] == [NotificationSent, NotificationSent]
    assert {party for party, _ in stated} == {"10002"}


async def test_a_mail_for_later_is_tried_again_with_the_same_bytes(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    behaviour = Behaviour(faults={"dot": "4xx"})
    async with mail_server(behaviour) as port:
        mail = await one_try(database, a_post(port))
        assert (mail.state, mail.tries) == (State.DEFERRED, 1)
        async with database.transaction() as tx:
            assert await store.claim(tx.session, tx.now, timedelta(hours=1), 10) == []
        clock.forward(minutes=1)
        behaviour.faults.clear()
        mail = await one_try(database, a_post(port))
    assert (mail.state, mail.tries) == (State.HANDED_OVER, 2)


async def test_a_refused_recipient_is_named_and_the_others_get_the_mail(
    database: Database,
) -> None:
    await admit(database, contacts=TWO)
    behaviour = Behaviour(refuses={"zwei@x.example": "550 5.1.1 <zwei@x.example> unknown"})
    async with mail_server(behaviour) as port:
        mail = await one_try(database, a_post(port))
    assert [(r.state, r.reply[:3]) for r in mail.recipients] == [
        (State.HANDED_OVER, "250"),
        (State.FAILED, "550"),
    ]
    assert behaviour.received[0].recipients == ["eins@x.example"]
    [(_, event)] = await said(database)
    assert isinstance(event, NotificationFailed)
    assert event.reason == "1 of 2 recipients: 550 5.1.1 <address> unknown"


async def test_only_the_deferred_recipient_gets_the_second_try(
    database: Database, clock: Clock
) -> None:
    await admit(database, contacts=TWO)
    behaviour = Behaviour(refuses={"zwei@x.example": "450 greylisted"})
    async with mail_server(behaviour) as port:
        await one_try(database, a_post(port))
        behaviour.refuses.clear()
        clock.forward(minutes=1)
        mail = await one_try(database, a_post(port))
    assert mail.state is State.HANDED_OVER
    assert [m.recipients for m in behaviour.received] == [["eins@x.example"], ["zwei@x.example"]]
    assert behaviour.received[0].content == behaviour.received[1].content


async def test_a_lost_reply_leads_to_the_same_bytes_once_more(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    behaviour = Behaviour(lost=True)
    async with mail_server(behaviour) as port:
        mail = await one_try(database, a_post(port))
        assert mail.state is State.UNKNOWN
        assert await said(database) == []
        behaviour.lost = False
        clock.forward(minutes=1)
        mail = await one_try(database, a_post(port))
    assert mail.state is State.HANDED_OVER
    first, second = (m.content for m in behaviour.received)
    assert first == second


async def test_a_sender_that_died_before_data_leaves_no_doubt(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    await mails(database)
    async with mail_server(Behaviour()) as port:
        post = a_post(port)
        await claimed(database, post)
        assert (await the_mail(database)).state is State.SENDING
        clock.now += post.lease
        again = await claimed(database, post)
    assert again.mail.state is State.CREATED
    assert again.mail.open_addresses == ("it@m10002.example",)


async def test_a_sender_that_took_too_long_does_not_send_what_another_has(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    await mails(database)
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        post = a_post(port)
        slow = await claimed(database, post)
        clock.now += post.lease
        fast = await claimed(database, post)
        with pytest.raises(ClaimLost):
            await send(Ledger(database), post, Line(post.server), slow)
        await send(Ledger(database), post, Line(post.server), fast)
    assert len(behaviour.received) == 1
    assert (await the_mail(database)).state is State.HANDED_OVER


async def test_several_replicas_send_each_mail_once(database: Database) -> None:
    behaviour = Behaviour()
    for number in range(10001, 10031):
        await admit(database, str(number))
    await mails(database)
    async with (
        mail_server(behaviour) as port,
        delivering(database, a_post(port)),
        delivering(database, a_post(port)),
        delivering(database, a_post(port)),
    ):
        await behaviour.until(lambda: len(behaviour.received) >= 30)
    ids = Counter(read(m.content)["Message-ID"] for m in behaviour.received)
    assert len(ids) == 30
    assert set(ids.values()) == {1}


async def test_what_was_claimed_but_not_begun_is_given_back_at_the_end(
    database: Database,
) -> None:
    for number in range(10001, 10011):
        await admit(database, str(number))
    await mails(database)
    behaviour = Behaviour(faults={"mail": "hang"})
    async with (
        mail_server(behaviour) as port,
        delivering(database, replace(a_post(port, timeout=1), connections=1)),
    ):
        await behaviour.until(lambda: behaviour.connections == 1)
    states = Counter(mail.state for mail in await mails(database))
    assert states == {"created": 9, "deferred": 1}


async def test_a_server_that_is_away_stops_nothing_and_is_tried_again(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    async with mail_server(Behaviour()) as port:
        pass
    mail = await one_try(database, a_post(port))
    assert mail.state is State.DEFERRED
    for _ in range(12):
        clock.now = mail.next_try_at or clock.now
        mail = await one_try(database, a_post(port))
    assert mail.next_try_at == clock.now + timedelta(minutes=5)


async def test_a_dry_run_sends_to_nobody(database: Database) -> None:
    await admit(database)
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        mail = await one_try(database, replace(a_post(port), dry_run=True))
    assert (mail.state, mail.finished, behaviour.connections) == (State.WITHHELD, True, 0)
    assert await said(database) == []


async def test_only_those_allowed_get_mail(database: Database) -> None:
    await admit(database, contacts=TWO)
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        post = replace(a_post(port), allowed=frozenset({"zwei@x.example"}))
        mail = await one_try(database, post)
    assert [r.state for r in mail.recipients] == [State.WITHHELD, State.HANDED_OVER]
    assert [m.recipients for m in behaviour.received] == [["zwei@x.example"]]


async def test_a_redirect_gets_every_mail_once_as_it_is(database: Database) -> None:
    await admit(database, contacts=TWO)
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        post = replace(a_post(port), redirect="probe@kitu.example")
        mail = await one_try(database, post)
    assert mail.state is State.HANDED_OVER
    assert [m.recipients for m in behaviour.received] == [["probe@kitu.example"]]
    assert "eins@x.example" in read(behaviour.received[0].content)["To"]


async def test_bounces_come_back_to_the_mail_they_are_about(database: Database) -> None:
    await admit(database)
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        post = replace(a_post(port), return_path="zurueck+{id}@kitu.example")
        mail = await one_try(database, post)
    assert behaviour.received[0].sender == f"zurueck+{mail.id.hex}@kitu.example"


async def test_a_refused_applicants_data_goes_with_the_mail(database: Database) -> None:
    await hear(database, "application.refused.v1", party="coop")
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        mail = await one_try(database, a_post(port))
    assert behaviour.received[0].recipients == ["it@barleben.example"]
    assert [(r.address, r.name, r.state) for r in mail.recipients] == [("", "", State.HANDED_OVER)]
