"""Senders killed while mails are on their way: none is lost, none is seen twice."""

import asyncio
import multiprocessing
import signal
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from services.notifications import store
from services.notifications.domain import State
from services.notifications.handlers import Post, deliver
from services.notifications.mail.transport import server
from shared.database import Database
from shared.database.transactions import utc_now
from tests.cooperative import until
from tests.notifications.conftest import Clock
from tests.notifications.mailserver import Behaviour, mail_server
from tests.notifications.story import admit, mails, read

MEMBERS = 40
KILLS = 8
SENDERS = multiprocessing.get_context("forkserver")
SENDERS.set_forkserver_preload([__name__])  # a sender begins at once, with all that it imports


class Hasty(Post):
    """A sender that is soon given up for dead."""

    lease = timedelta(seconds=1)


def hasty(port: int) -> Post:
    return Hasty(server(f"smtp://127.0.0.1:{port}", 5), "bedarf@kitu.example")


def patient(port: int) -> Post:
    return Post(server(f"smtp://127.0.0.1:{port}", 60), "bedarf@kitu.example")


def send(url: str, port: int, a_post: Callable[[int], Post] = hasty) -> None:
    """Hand mails over until killed."""
    asyncio.run(deliver(Database(url, "notifications"), a_post(port)))


async def test_no_kill_loses_a_mail_or_lets_one_be_seen_twice(
    database: Database, database_url: str, clock: Clock
) -> None:
    clock.now = utc_now()
    for number in range(10001, 10001 + MEMBERS):
        await admit(database, str(number))
    made = {mail.message["Message-ID"]: mail.raw for mail in await mails(database)}
    behaviour = Behaviour()

    async def all_handed_over() -> bool:
        async with database.transaction() as tx:
            found = [await store.mail(tx.session, id_) for id_ in ids]
        return all(mail is not None and mail.state is State.HANDED_OVER for mail in found)

    ids = [mail.id for mail in await mails(database)]
    async with mail_server(behaviour) as port:
        for _ in range(KILLS):
            sender = SENDERS.Process(target=send, args=(database_url, port))
            sender.start()
            enough = len(behaviour.received) + MEMBERS // (2 * KILLS)

            def some_arrived(enough: int = enough) -> bool:
                return len(behaviour.received) >= enough

            await behaviour.until(some_arrived)
            sender.kill()
            sender.join()
        sender = SENDERS.Process(target=send, args=(database_url, port))
        sender.start()
        await until(all_handed_over, 60)
        sender.terminate()
        sender.join()

    arrived = defaultdict(set)
    for one in behaviour.received:
        arrived[read(one.content)["Message-ID"]].add(one.content)
    assert arrived == {message_id: {raw} for message_id, raw in made.items()}
    assert len(behaviour.received) <= MEMBERS + KILLS * 4


async def test_a_sender_killed_after_data_leaves_the_mail_unknown(
    database: Database, database_url: str, clock: Clock
) -> None:
    clock.now = utc_now()
    contacts = [
        {"role": "management", "name": name, "email": f"{name}@x.example"}
        for name in ("eins", "zwei")
    ]
    await admit(database, contacts=contacts)
    [made] = await mails(database)
    behaviour = Behaviour(faults={"dot": "hang"}, refuses={"zwei@x.example": "550 unknown"})
    async with mail_server(behaviour) as port:
        sender = SENDERS.Process(target=send, args=(database_url, port, patient))
        sender.start()
        await behaviour.until(lambda: behaviour.whole == 1)
        sender.kill()
        sender.join()
        assert sender.exitcode == -signal.SIGKILL

        async with database.transaction() as tx:
            left = await store.mail(tx.session, made.id)
        assert left is not None
        assert left.being_sent
        clock.now = utc_now() + patient(port).lease
        async with database.transaction() as tx:
            [(again, _)] = await store.claim(tx.session, tx.now, patient(port).lease, 10)
    assert [recipient.state for recipient in again.recipients] == [State.UNKNOWN, State.FAILED]
    assert again.open_addresses == ("eins@x.example",)
