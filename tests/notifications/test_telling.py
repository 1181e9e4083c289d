"""Who gets which mail when something happens elsewhere."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.notifications import store
from services.notifications.domain import Outcome, State, after
from services.notifications.store.tables import OccasionRow
from shared.database import Database
from shared.events.common import RecordAnchored
from shared.events.notifications import NotificationFailed
from tests.notifications.conftest import Clock
from tests.notifications.story import admit, hear, mails, said, text

HOUR = timedelta(hours=1)
BOARD, KID = "vorstand@kitu.example", "auftraege@kid-magdeburg.example"


@pytest.mark.parametrize(
    ("type_", "kind", "to"),
    [
        ("application.received.v1", "application_received", [[BOARD]]),
        ("application.refused.v1", "application_refused", [["it@barleben.example"]]),
        ("member.notice_confirmed.v1", "notice_confirmed", [["it@barleben.example"]]),
        ("member.left.v1", "membership_ended", [["it@barleben.example"]]),
        ("demand.question_asked.v1", "question_asked", [["it@m10002.example"]]),
        ("demand.proposal_made.v1", "proposal_made", [["it@m10002.example"]]),
        ("round.invited.v1", "round_invitation", [["it@m10002.example"]]),
        ("bundle.shared.v1", "bundle_result", [["it@m10002.example"]]),
        ("order.placed.v1", "order_to_kid", [[KID]]),
        ("order.confirmed.v1", "order_confirmed", [["it@m10002.example"]]),
        ("order.refused.v1", "order_refused", [["it@m10002.example"]]),
        ("delivery.recorded.v1", "delivery", [["it@m10002.example"]]),
        ("cost.stated.v1", "cost_statement", [["it@m10002.example"]]),
        ("round.completed.v1", "round_report", [[BOARD]]),
        ("contract.capacity_low.v1", "capacity_low", [[KID], [BOARD]]),
        ("contract.exhausted.v1", "capacity_exhausted", [[KID], [BOARD]]),
        ("subscription.cost_stated.v1", "monthly_costs", [["it@m10002.example"]]),
        ("pilot.opened.v1", "pilot_opened", [["it@m10002.example"]]),
        ("pilot.interest_noted.v1", "pilot_interest", [["it@m10002.example"]]),
        ("pilot.started.v1", "pilot_started", [["it@m10002.example"], [KID], [BOARD]]),
        ("pilot.lapsed.v1", "pilot_lapsed", [["it@m10002.example"], [KID], [BOARD]]),
        ("tender.proposed.v1", "tender_need", [[KID], [BOARD]]),
        ("tender.dropped.v1", "tender_dropped", [[KID], [BOARD]]),
        ("tender.decision_recorded.v1", "tender_decided", [[KID], [BOARD]]),
    ],
)
async def test_an_event_leads_to_one_mail_to_each_it_concerns(
    database: Database, type_: str, kind: str, to: list[list[str]]
) -> None:
    await admit(database)
    cause = await hear(database, type_)
    await hear(database, type_, cause=cause)
    assert sorted(mail.to for mail in await mails(database, kind)) == sorted(to)


async def test_the_anchors_of_all_records_reach_the_board_in_one_mail(
    database: Database, clock: Clock
) -> None:
    for service in ("procurement", "demand"):
        await hear(database, "record.anchored.v1", service=service)
    clock.forward(seconds=60)
    [mail] = await mails(database)
    assert (mail.kind, mail.to) == ("record_anchored", [BOARD])
    assert f"{RecordAnchored.example['hash']}@1204" in text(mail)
    assert "Beschaffung: 1.204 Entscheidungen" in text(mail)
    assert "Bedarf: 1.204 Entscheidungen" in text(mail)


async def test_the_board_sees_what_every_member_saved_as_a_picture_and_in_numbers(
    database: Database,
) -> None:
    for number, name in (("10002", "Gemeinde Barleben"), ("10003", "Stadt Zeitz")):
        await admit(database, number, name=name)
        await hear(database, "cost.stated.v1", member=number)
    await hear(database, "round.completed.v1", party="coop")
    (mail,) = await mails(database, "round_report")
    assert "- Gemeinde Barleben (10002): 840,00" in text(mail)
    assert "- Stadt Zeitz (10003): 840,00" in text(mail)
    rich = mail.message.get_body(("html",))
    assert rich is not None
    assert 'src="cid:diagramm"' in rich.get_content()
    assert 'alt="Balkendiagramm: Ersparnis je Mitglied' in rich.get_content()
    (picture,) = [part for part in mail.message.walk() if part.get_content_maintype() == "image"]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<diagramm>", "inline")
    assert bytes(picture.get_payload(decode=True) or b"")[:8] == b"\x89PNG\r\n\x1a\n"


async def test_a_new_member_is_welcomed(database: Database) -> None:
    await admit(database, name="Stadt Zeitz")
    [mail] = await mails(database)
    assert (mail.kind, mail.to) == ("member_admitted", ["it@m10002.example"])
    assert "Stadt Zeitz ist jetzt Mitglied" in text(mail)


async def test_contacts_are_chosen_by_what_the_mail_is_about(database: Database) -> None:
    contacts = [
        {"role": "management", "name": "Bürgermeister", "email": "bm@x.example"},
        {"role": "finance", "name": "Kämmerei", "email": "kasse@x.example"},
        {"role": "finance", "name": "Kasse", "email": "kasse2@x.example"},
        {"role": "it", "name": "IT", "email": "it@bürgeln.example"},
    ]
    await admit(database, contacts=contacts)
    await hear(database, "cost.stated.v1")
    await hear(database, "delivery.recorded.v1")
    found = {mail.kind: mail.to for mail in await mails(database)}
    assert found == {
        "member_admitted": ["bm@x.example"],
        "cost_statement": ["kasse@x.example", "kasse2@x.example"],
        "delivery": ["it@xn--brgeln-3ya.example"],
    }


async def test_an_older_state_of_a_member_changes_nothing(database: Database) -> None:
    await admit(database)
    new = [{"role": "it", "name": "Neu", "email": "neu@x.example"}]
    await hear(database, "member.changed.v1", contacts=new)
    await hear(database, "delivery.recorded.v1")
    assert [mail.to for mail in await mails(database, "delivery")] == [["neu@x.example"]]


async def test_demands_are_told_together_after_a_quiet_while(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    for number in range(3):
        reference = f"B-2026-0000{number}"
        await hear(database, "demand.accepted.v1", demand_id=str(uuid4()), reference=reference)
        clock.forward(seconds=50)
    assert await mails(database, "demands_received") == []

    clock.forward(seconds=10)
    [mail] = await mails(database, "demands_received")
    assert mail.message["Subject"] == "Stand Ihrer Meldungen: 3 Bedarfe"
    for number in range(3):
        assert f"B-2026-0000{number}" in text(mail)

    await hear(database, "demand.withdrawal_confirmed.v1")
    clock.forward(seconds=60)
    assert len(await mails(database, "demands_received")) == 2


async def test_a_member_that_never_stops_is_told_after_the_longest_wait(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    for _ in range(13):
        await hear(database, "demand.accepted.v1", demand_id=str(uuid4()))
        clock.forward(seconds=50)
        told = await mails(database, "demands_received")
    assert len(told) == 1


async def test_rejections_are_told_to_the_member_that_sent_the_message(
    database: Database, clock: Clock
) -> None:
    await admit(database)
    await hear(database, "demand.accepted.v1")
    await hear(database, "demand.rejected.v1")
    await hear(database, "demand.rejected.v1", party="kid")
    clock.forward(minutes=2)
    [mail] = await mails(database, "demands_rejected")
    assert "B-2026-00017, Notebook 14 Zoll, 16 GB" in text(mail)
    assert "Menge: 0: muss mindestens 1 sein" in text(mail)


async def test_a_consultation_is_told_to_the_member_once(database: Database, clock: Clock) -> None:
    await admit(database)
    await hear(database, "demand.consultation_opened.v1")
    await hear(database, "demand.consultation_opened.v1", party="kid")
    clock.forward(minutes=2)
    [mail] = await mails(database, "demands_received")
    assert text(mail).count("Digitale Akte") == 1


@pytest.mark.parametrize("complete", [True, False])
async def test_a_late_delivery_is_told_once(
    database: Database, clock: Clock, complete: bool
) -> None:
    await admit(database)
    await hear(database, "order.confirmed.v1", deliver_on="2026-03-05")
    await hear(database, "delivery.recorded.v1", complete=complete)
    clock.forward(days=3)
    assert await mails(database, "delivery_late") == []
    clock.forward(days=1)
    await mails(database)
    assert len(await mails(database, "delivery_late")) == (0 if complete else 1)


async def test_what_is_for_a_member_not_known_yet_waits(database: Database, clock: Clock) -> None:
    await hear(database, "bundle.shared.v1")
    assert await mails(database) == []
    await admit(database)
    assert {mail.kind for mail in await mails(database)} == {"bundle_result", "member_admitted"}


async def test_told_events_are_kept_without_their_data(database: Database) -> None:
    await hear(database, "application.received.v1", party="coop")
    await mails(database)
    async with database.transaction() as tx:
        [row] = (await tx.session.scalars(select(OccasionRow))).all()
    assert (row.data, row.mail_id is not None) == ({}, True)


async def test_what_cannot_be_written_is_stated_and_holds_up_nobody(database: Database) -> None:
    await admit(database)
    await hear(database, "delivery.recorded.v1")
    await _spoil(database, "delivery")
    await hear(database, "cost.stated.v1")
    made = {mail.kind: mail.state for mail in await mails(database)}
    assert made == {
        "member_admitted": "created",
        "delivery": "failed",
        "cost_statement": "created",
    }
    [(party, event)] = await said(database)
    assert isinstance(event, NotificationFailed)
    assert (party, event.kind, event.about) == ("10002", "delivery", "10002")


async def _spoil(database: Database, kind: str) -> None:
    """Let an occasion's data be what no such event can hold."""
    async with database.transaction() as tx:
        rows = await tx.session.scalars(select(OccasionRow).where(OccasionRow.kind == kind))
        for row in rows:
            row.data = {"order_id": "none"}


async def test_contents_are_erased_after_their_time(database: Database, clock: Clock) -> None:
    await admit(database)
    [mail] = await mails(database)
    assert mail.message["Subject"]
    await _finish(database)
    clock.forward(days=91)
    [erased] = await mails(database)
    assert (erased.id, erased.to, erased.message["Subject"]) == (mail.id, [""], None)


async def _finish(database: Database) -> None:
    """Let the one mail be handed over."""
    done = Outcome(State.HANDED_OVER, "250 ok")
    async with database.transaction() as tx:
        [(mail, _)] = await store.claim(tx.session, tx.now, HOUR, 1)
        handed = after(mail, dict.fromkeys(mail.open_addresses, done), tx.now)
        assert await store.save_try(tx.session, handed, tx.now + HOUR, tx.now)
