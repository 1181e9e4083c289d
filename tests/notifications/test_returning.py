"""Mail that comes back: read, classified, told; once."""

import asyncio
import imaplib
import mailbox
import ssl
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from services.notifications import store
from services.notifications.domain import Mail, Outcome, State, after
from services.notifications.handlers import returning
from services.notifications.handlers.returning import box, note, take_back
from services.notifications.mail.returns import Meaning, returned
from shared.database import Database
from shared.events.notifications import ContactBounced, NotificationFailed
from tests.cooperative import until
from tests.notifications.imapserver import PASSWORD, USER, imap_server
from tests.notifications.story import admit, hear, mails, said, text

LEASE = timedelta(hours=1)
CONTACTS = [
    {"role": "management", "name": "Hauptamt", "email": "Hauptamt@x.example"},
    {"role": "it", "name": "IT-Stelle", "email": "it@x.example"},
]
REPORT = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Ihre Nachricht konnte nicht zugestellt werden.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;{address}
Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{address}> nope

--b
Content-Type: {part}

Message-ID: <{mail_id}@kitu.example>
Subject: x

--b--
"""


def report(
    mail_id: object,
    address: str = "hauptamt@x.example",
    status: str = "5.1.1",
    action: str = "failed",
    to: str = "bedarf@kitu.example",
    part: str = "text/rfc822-headers",
) -> bytes:
    filled = REPORT.format(
        to=to, address=address, status=status, action=action, part=part, mail_id=mail_id
    )
    return filled.replace("\n", "\r\n").encode()


async def handed_over(database: Database) -> Mail:
    """The welcome of a new member, handed over."""
    await admit(database, contacts=CONTACTS)
    await mails(database)
    async with database.transaction() as tx:
        [(mail, _)] = await store.claim(tx.session, tx.now, LEASE, 1)
        done = dict.fromkeys(mail.open_addresses, Outcome(State.HANDED_OVER, "250 ok"))
        mail = after(mail, done, tx.now)
        assert await store.save_try(tx.session, mail, tx.now + LEASE, tx.now)
    return mail


@pytest.mark.parametrize("part", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_is_read_by_the_id_of_what_came_back(part: str) -> None:
    mail_id = "0190163d-8694-739b-aea5-966c26f8ad0b"
    [one] = returned(report(mail_id, part=part))
    assert (str(one.mail_id), one.address) == (mail_id, "hauptamt@x.example")
    assert one.reason == "5.1.1 550 5.1.1 <hauptamt@x.example> nope"


def test_a_return_path_of_its_own_names_the_mail() -> None:
    mail_id = "0190163d8694739baea5966c26f8ad0b"
    [one] = returned(report("lost", to=f"zurueck+{mail_id}@kitu.example"))
    assert one.mail_id.hex == mail_id


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("5.1.1", Meaning.ADDRESS),
        ("5.1.10", Meaning.ADDRESS),
        ("5.2.1", Meaning.ADDRESS),
        ("5.4.1", Meaning.ADDRESS),
        ("5.2.2", Meaning.MAILBOX),
        ("4.2.2", Meaning.MAILBOX),
        ("5.4.4", Meaning.WAY),
        ("5.7.1", Meaning.REFUSED),
        ("5.1.8", Meaning.REFUSED),
        ("5.0.0", Meaning.WAY),
    ],
)
def test_a_status_has_its_meaning(status: str, meaning: Meaning) -> None:
    [one] = returned(report("0190163d-8694-739b-aea5-966c26f8ad0b", status=status))
    assert one.meaning is meaning


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: Abwesend\r\nAuto-Submitted: auto-replied\r\n\r\nIch bin im Urlaub.\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b--\r\n",
        report("0190163d-8694-739b-aea5-966c26f8ad0b", action="delayed"),
        report("0190163d-8694-739b-aea5-966c26f8ad0b").replace(b"delivery-status\r\n", b"x\r\n"),
    ],
)
def test_what_is_no_report_of_a_failure_says_nothing(raw: bytes) -> None:
    assert returned(raw) == []


async def test_a_contact_that_bounced_is_flagged_and_told_once(database: Database) -> None:
    mail = await handed_over(database)
    await said(database)
    assert await note(database, report(mail.id))
    assert await note(database, report(mail.id))
    async with database.transaction() as tx:
        kept = await store.mail(tx.session, mail.id)
        member = await store.member(tx.session, "10002")
    assert kept is not None
    assert member is not None
    assert (kept.state, kept.finished) == (State.BOUNCED, True)
    assert [contact.bounced for contact in member.contacts] == [True, False]
    [(party, event)] = await said(database)
    assert isinstance(event, ContactBounced)
    assert (party, event.name) == ("10002", "Hauptamt")
    assert event.email == CONTACTS[0]["email"]
    assert "@" not in event.reason
    [to_board] = await mails(database, "contact_bounced")
    assert to_board.to == ["vorstand@kitu.example"]
    assert "Hauptamt" in text(to_board)


async def test_mail_goes_to_another_contact_until_the_address_is_another(
    database: Database,
) -> None:
    mail = await handed_over(database)
    await note(database, report(mail.id))
    await hear(database, "member.left.v1", member="10002", contacts=CONTACTS)
    [left] = await mails(database, "membership_ended")
    assert left.to == ["it@x.example"]

    better = {**CONTACTS[0], "email": "rathaus@x.example"}
    await hear(database, "member.notice_confirmed.v1", member="10002", contacts=[better])
    [confirmed] = await mails(database, "notice_confirmed")
    assert confirmed.to == ["rathaus@x.example"]


async def test_of_a_successor_that_cannot_be_reached_the_successor_is_told(
    database: Database,
) -> None:
    await admit(database, contacts=CONTACTS[1:])
    await admit(database, "10007", contacts=CONTACTS)
    await hear(database, "member.succeeded.v1", "10007", contacts=CONTACTS[1:])
    await hear(database, "cost.stated.v1", member="10002")
    [costs] = await mails(database, "cost_statement")
    async with database.transaction() as tx:
        for mail, _ in await store.claim(tx.session, tx.now, LEASE, 9):
            done = dict.fromkeys(mail.open_addresses, Outcome(State.HANDED_OVER, "250 ok"))
            assert await store.save_try(
                tx.session, after(mail, done, tx.now), tx.now + LEASE, tx.now
            )
    await said(database)
    assert await note(database, report(costs.id, address=costs.to[0]))
    [(party, event)] = await said(database)
    assert isinstance(event, ContactBounced)
    assert (party, event.member, event.email) == ("10007", "10007", costs.to[0])


async def test_a_refusal_of_ours_is_no_fault_of_the_address(database: Database) -> None:
    mail = await handed_over(database)
    await said(database)
    await note(database, report(mail.id, status="5.7.1"))
    async with database.transaction() as tx:
        member = await store.member(tx.session, "10002")
    assert member is not None
    assert [contact.bounced for contact in member.contacts] == [False, False]
    [(_, event)] = await said(database)
    assert isinstance(event, NotificationFailed)


async def test_a_mail_in_a_senders_hand_is_read_about_later(database: Database) -> None:
    await admit(database, contacts=CONTACTS)
    [made] = await mails(database)
    async with database.transaction() as tx:
        await store.claim(tx.session, tx.now, LEASE, 1)
    assert not await note(database, report(made.id))


async def test_a_report_about_nobody_we_know_changes_nothing(database: Database) -> None:
    mail = await handed_over(database)
    assert await note(database, report("0190163d-8694-739b-aea5-966c26f8ad0b"))
    async with database.transaction() as tx:
        kept = await store.mail(tx.session, mail.id)
    assert kept == mail


async def test_reports_piped_into_a_maildir_are_read_from_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "LOOK_SECONDS", 0.05)
    mail = await handed_over(database)
    directory = tmp_path / "returned"
    module = "services.notifications.mail.returns"
    piping = [sys.executable, "-m", module, str(directory)]
    subprocess.run(piping, input=report(mail.id), check=True)  # noqa: ASYNC221
    reading = asyncio.create_task(take_back(database, box(f"maildir:{directory}")))

    async def is_seen() -> bool:
        return any((directory / "cur").glob("*S"))

    await until(is_seen)
    reading.cancel()
    await asyncio.wait({reading})
    async with database.transaction() as tx:
        kept = await store.mail(tx.session, mail.id)
    assert kept is not None
    assert kept.state is State.BOUNCED


async def test_reports_are_read_from_a_mailbox_by_imap_and_marked_as_seen(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "LOOK_SECONDS", 0.05)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    mail = await handed_over(database)
    async with imap_server(tls) as port:

        def in_the_inbox(*commands: tuple[str, ...]) -> list[object]:
            """What a mail program's commands lead to."""
            trusting = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
            with imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=trusting, timeout=30) as imap:
                imap.login(USER, PASSWORD)
                for raw in (report(mail.id), b"Subject: Werbung\r\n\r\nx\r\n") * (not commands):
                    imap.append("INBOX", "", "", raw)
                imap.select()
                return [imap.search(None, *command)[1] for command in commands]

        await asyncio.to_thread(in_the_inbox)
        account = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        url = f"imaps://{account}@127.0.0.1:{port}/INBOX?cafile={tmp_path / 'authority.pem'}"
        reading = asyncio.create_task(take_back(database, box(url)))

        async def all_seen() -> bool:
            return await asyncio.to_thread(in_the_inbox, ("UNSEEN",)) == [[b""]]

        await until(all_seen)
        reading.cancel()
        await asyncio.wait({reading})
        assert await asyncio.to_thread(in_the_inbox, ("SEEN",)) == [[b"1 2"]]
    async with database.transaction() as tx:
        kept = await store.mail(tx.session, mail.id)
        member = await store.member(tx.session, "10002")
    assert kept is not None
    assert member is not None
    assert kept.state is State.BOUNCED
    assert [contact.bounced for contact in member.contacts] == [True, False]


async def test_replicas_that_read_one_maildir_at_once_leave_nothing_unread(tmp_path: Path) -> None:
    directory = tmp_path / "returned"
    kept = mailbox.Maildir(directory)
    for number in range(200):
        kept.add(f"Subject: {number}\n\nx\n".encode())
    seen: list[bytes] = []

    def read(raw: bytes) -> bool:
        seen.append(raw)
        return True

    replicas = (box(f"maildir:{directory}") for _ in range(3))
    await asyncio.gather(*(asyncio.to_thread(replica, read) for replica in replicas))
    assert len(set(seen)) == 200
    assert len(list((directory / "cur").glob("*:2,S"))) == 200
    assert not any((directory / "new").iterdir())


@pytest.mark.parametrize("url", ["/var/mail", "maildir:relative", "imaps://host", "pop3://u:p@h"])
def test_a_wrong_mailbox_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        box(url)
