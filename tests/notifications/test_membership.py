"""What members and the board are told of shares, ends, successors; what is erased of applicants."""

from typing import Any

import pytest
from sqlalchemy import select

from services.notifications.domain import State
from services.notifications.store.tables import OccasionRow
from shared.database import Database
from shared.events.notifications import NotificationErased
from tests.notifications.story import Made, admit, hear, mails, said, text

BOARD = "vorstand@kitu.example"
MEMBER = "it@m10002.example"
CONTACTS = [{"role": "it", "name": "IT-Stelle", "email": MEMBER}]


def flat(mail: Made) -> str:
    """A mail's text without its lines."""
    return " ".join(text(mail).split())


@pytest.mark.parametrize(
    ("type_", "kind", "words"),
    [
        ("member.changed.v1", "shares_changed", "1 Geschäftsanteil mehr, zusammen jetzt 2"),
        ("member.excluded.v1", "member_excluded", "endet am 31.12.2026"),
        ("member.term_ending.v1", "term_ending", "ist befristet und endet am 31.12.2026"),
        ("repayment.due.v1", "repayment_due", "5.000,00 €"),
    ],
)
async def test_a_member_is_told_of_its_membership_once(
    database: Database, type_: str, kind: str, words: str
) -> None:
    await admit(database)
    changes: dict[str, Any] = {} if kind == "repayment_due" else {"contacts": CONTACTS}
    cause = await hear(database, type_, **changes)
    await hear(database, type_, cause=cause, **changes)
    (mail,) = await mails(database, kind)
    assert mail.to == [MEMBER]
    assert words in flat(mail)


async def test_a_change_of_contacts_is_not_mailed_as_one_of_shares(database: Database) -> None:
    await admit(database)
    await hear(database, "member.changed.v1", shares_change=None)
    assert await mails(database, "shares_changed") == []


async def test_the_board_is_told_what_is_to_be_paid(database: Database) -> None:
    await admit(database)
    await hear(database, "repayment.due.v1", party="coop")
    (mail,) = await mails(database, "repayment_due")
    assert mail.to == [BOARD]
    assert "Bitte veranlassen Sie die Zahlung." in flat(mail)


async def test_a_whole_transfer_ends_without_a_word_of_repayment(database: Database) -> None:
    await admit(database)
    await hear(database, "member.left.v1", ended_by="transfer", contacts=CONTACTS)
    (mail,) = await mails(database, "membership_ended")
    assert "eine Auszahlung gibt es daher nicht" in flat(mail)


async def test_the_successor_is_told_and_gets_the_predecessors_mail_from_then_on(
    database: Database,
) -> None:
    await admit(database)
    await admit(database, "10007")
    for party in ("10002", "10007"):
        await hear(database, "member.succeeded.v1", party=party, contacts=CONTACTS)
    (told,) = await mails(database, "member_succeeded")
    assert told.to == ["it@m10007.example"]
    assert "Rechtsnachfolge für Gemeinde Barleben" in str(told.message["subject"])
    await hear(database, "cost.stated.v1")
    (costs,) = await mails(database, "cost_statement")
    assert costs.to == ["it@m10007.example"]
    await hear(database, "round.opened.v1", party="coop")
    assert [mail.party for mail in await mails(database, "round_opened")] == ["10007"]


async def test_without_a_successor_the_member_and_the_board_are_told(database: Database) -> None:
    await admit(database)
    await hear(database, "member.succeeded.v1", successor=None, contacts=CONTACTS)
    told = await mails(database, "member_succeeded")
    assert sorted(mail.to for mail in told) == [[MEMBER], [BOARD]]


async def test_what_lacks_before_an_admission_is_told_to_the_board(database: Database) -> None:
    await hear(database, "application.received.v1", party="coop")
    (mail,) = await mails(database, "application_received")
    assert "fehlt noch: die Zustimmung der Kommunalaufsicht" in flat(mail)


async def test_everything_mails_said_of_a_refused_applicant_is_erased_and_that_is_told(
    database: Database,
) -> None:
    received = await hear(database, "application.received.v1", party="coop")
    await mails(database)
    refused = await hear(database, "application.refused.v1", party="coop")
    await hear(database, "application.received.v1", party="coop", name="Stadt Zeitz")
    await mails(database)
    untold = await hear(database, "application.received.v1", party="coop")
    await said(database)
    causes = [str(received), str(refused), str(untold)]
    await hear(database, "application.erased.v1", party="coop", messages=causes)
    ((party, erased),) = await said(database)
    assert party == "coop"
    assert erased == NotificationErased(
        application_id="0190163d-8694-739b-aea5-966c26f8ad01", mails=2
    )
    left = await mails(database)
    (kept,) = [mail for mail in left if mail.raw]
    gone = [mail for mail in left if not mail.raw]
    assert (kept.to, "Stadt Zeitz" in flat(kept)) == ([BOARD], True)
    assert [(mail.to, mail.state) for mail in gone] == [([""], State.WITHHELD)] * 2
    async with database.transaction() as tx:
        occasions = await tx.session.scalars(select(OccasionRow))
        data = [row.data for row in occasions]
    assert data == [{}] * 3
