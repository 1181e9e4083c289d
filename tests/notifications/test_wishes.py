"""What contacts want: everything at once, what can wait once a day, or only what is needed."""

from uuid import uuid4

import pytest

from services.notifications.handlers.returning import note
from services.notifications.mail.returns import unsubscribing
from shared.database import Database
from shared.events.notifications import ContactUnsubscribed
from tests.notifications.conftest import Clock
from tests.notifications.story import Made, admit, hear, mails, said, text

ASKING = b"Subject: Abbestellen 0190163d-8694-739b-aea5-966c26f8ad0b\r\n\r\n"


def contact(role: str, email: str, wants: str | None = None) -> dict[str, str]:
    wish = {"mails": wants} if wants else {}
    return {"role": role, "name": email.partition("@")[0], "email": email, **wish}


DAILY = contact("it", "daily@x.example", "daily")
AT_ONCE = contact("it", "atonce@x.example")
NEEDED = contact("it", "needed@x.example", "needed")


async def demand(database: Database, reference: str) -> None:
    """A demand of the member is accepted."""
    await hear(database, "demand.accepted.v1", demand_id=str(uuid4()), reference=reference)


async def days(database: Database) -> list[Made]:
    """The days' mails so far."""
    return await mails(database, "digest_it")


async def test_who_wants_mail_once_a_day_gets_what_can_wait_together(
    database: Database, clock: Clock
) -> None:
    await admit(database, contacts=[DAILY, AT_ONCE])
    await demand(database, "B-2026-00001")
    clock.forward(minutes=10)
    await mails(database)
    await demand(database, "B-2026-00002")
    await hear(database, "demand.similar_found.v1")
    clock.forward(minutes=10)
    at_once = await mails(database, "demands_received") + await mails(database, "similar_found")
    assert [mail.to for mail in at_once] == [["atonce@x.example"]] * 3
    assert await days(database) == []

    clock.forward(days=1)
    (mail,) = await days(database)
    assert mail.to == ["daily@x.example"]
    assert mail.message["Subject"] == "Ihre Tagesübersicht: 3 Nachrichten"
    for said_before in ("B-2026-00001", "B-2026-00002", "B-2026-00009"):
        assert said_before in text(mail)
    assert len(await days(database)) == 1


async def test_what_the_law_or_a_deadline_needs_comes_at_once_to_everybody(
    database: Database,
) -> None:
    await admit(database, contacts=[DAILY, NEEDED])
    await hear(database, "demand.question_asked.v1")
    await hear(database, "order.confirmed.v1")
    await hear(database, "member.left.v1", contacts=[DAILY, NEEDED])
    made = {mail.kind: mail.to for mail in await mails(database)}
    both = ["daily@x.example", "needed@x.example"]
    assert made["question_asked"] == both
    assert made["order_confirmed"] == both
    assert made["membership_ended"] == ["daily@x.example"]


async def test_nothing_gathered_is_lost_over_days_without_power(
    database: Database, clock: Clock
) -> None:
    await admit(database, contacts=[DAILY])
    for number in range(5):
        await demand(database, f"B-2026-0000{number}")
        clock.forward(minutes=11)
        await mails(database)
    clock.forward(days=4)
    (mail,) = await days(database)
    assert all(f"B-2026-0000{number}" in text(mail) for number in range(5))
    assert await mails(database, "demands_received") == []


async def test_what_was_gathered_reaches_who_wants_everything_at_once_meanwhile(
    database: Database, clock: Clock
) -> None:
    await admit(database, contacts=[DAILY, AT_ONCE])
    await demand(database, "B-2026-00001")
    clock.forward(minutes=10)
    await mails(database)
    now = [{**DAILY, "mails": "all"}, AT_ONCE]
    await hear(database, "member.changed.v1", contacts=now, shares_change=None)
    clock.forward(days=1)
    assert [mail.to for mail in await days(database)] == [["daily@x.example"]]


async def test_who_wants_only_what_is_needed_gets_no_optional_mail(
    database: Database, clock: Clock
) -> None:
    await admit(database, contacts=[NEEDED])
    await hear(database, "demand.similar_found.v1")
    await hear(database, "round.invited.v1", party="coop")
    clock.forward(days=2)
    assert [mail.kind for mail in await mails(database)] == ["member_admitted"]


async def optional(database: Database, *contacts: dict[str, str]) -> Made:
    """An optional mail to these contacts."""
    await admit(database, contacts=list(contacts))
    await hear(database, "round.invited.v1", party="coop")
    (mail,) = await mails(database, "round_invitation")
    await said(database)
    return mail


def answer(link: str, sender: str) -> bytes:
    """The mail that a mail program writes when its reader clicks the link."""
    to, _, subject = link.strip("<>").removeprefix("mailto:").partition("?subject=")
    return (
        f"From: Stelle <{sender}>\r\nTo: {to}\r\nSubject: {subject.replace('%20', ' ')}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("sender", ["ATONCE@x.example", "person@elsewhere.example"])
async def test_a_contact_that_unsubscribes_is_stated(database: Database, sender: str) -> None:
    mail = await optional(database, AT_ONCE)
    assert await note(database, answer(mail.message["List-Unsubscribe"], sender))
    assert await said(database) == [
        ("10002", ContactUnsubscribed(member="10002", role="it", name="atonce"))
    ]


async def test_nobody_unsubscribes_for_another(database: Database) -> None:
    mail = await optional(database, AT_ONCE, contact("it", "other@x.example"))
    assert await note(database, answer(mail.message["List-Unsubscribe"], "third@x.example"))
    assert await said(database) == []


@pytest.mark.parametrize(
    "other",
    [
        b"Auto-Submitted: auto-replied\r\n" + ASKING,
        ASKING.replace(b": ", b": AW: "),
        ASKING.replace(b" 0190163d", b" x"),
        b"",
    ],
)
def test_no_other_answer_unsubscribes(other: bytes) -> None:
    assert unsubscribing(other) is None
