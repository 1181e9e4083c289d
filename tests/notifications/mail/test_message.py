"""The bytes of a mail, read back as a receiver's program reads them."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.notifications.domain import KINDS, Addressee, Kind, Office, Telling
from services.notifications.mail.compose import Content, compose
from services.notifications.mail.documents import documents
from services.notifications.mail.message import (
    Attachment,
    UnsafeHeader,
    deliverable,
    file_name,
    seal,
)
from services.notifications.mail.samples import BACKGROUND, samples
from shared.events.fields import Name

NAME: TypeAdapter[str] = TypeAdapter(Name)
NOON = datetime(2026, 3, 31, 10, 0, 0, 5, tzinfo=UTC)
MAIL_ID = UUID("0190163d-8694-739b-aea5-966c26f8ad0b")
TO = Addressee("it@barleben.example", "IT-Stelle")
ORDER = next(telling for telling in samples() if telling.kind.name == "order_to_kid")


def sealed(
    content: Content | None = None,
    recipients: tuple[Addressee, ...] = (TO,),
    attachments: tuple[Attachment, ...] = (),
) -> bytes:
    said = content or Content("Bündel", "<p>Grüße</p>", "Grüße\n")
    return seal(MAIL_ID, "delivery", NOON, Office(), recipients, said, attachments)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_headers_say_who_when_and_that_a_program_writes() -> None:
    message = read(sealed())
    assert message["From"] == "Kommunale IT-Union eG <bedarf@kitu.example>"
    assert message["To"] == "IT-Stelle <it@barleben.example>"
    assert message["Date"] == "Tue, 31 Mar 2026 10:00:00 +0000"
    assert message["Message-ID"] == f"<{MAIL_ID}@kitu.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Subject"] == "Bündel"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_only_what_is_optional_can_be_unsubscribed(kind: Kind) -> None:
    content = Content("Betreff", "<p></p>", "x\n")
    message = read(seal(MAIL_ID, kind.name, NOON, Office(), [TO], content))
    link = f"<mailto:bedarf@kitu.example?subject=Abbestellen%20{MAIL_ID}>"
    assert message["List-Unsubscribe"] == (link if kind.optional else None)
    assert message["List-Unsubscribe-Post"] is None


def test_text_comes_before_html_and_attachments_after_both() -> None:
    document = Attachment("a.csv", "text/csv", b"1;2\r\n")
    message = read(sealed(attachments=(document,)))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/csv",
    ]
    attached = next(message.iter_attachments())
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("a.csv", b"1;2\r\n")


def test_the_same_mail_has_the_same_bytes() -> None:
    assert sealed() == sealed()


@pytest.mark.parametrize("telling", samples(), ids=[t.kind.name for t in samples()])
def test_every_kind_fits_the_lines_of_smtp(telling: Telling) -> None:
    content = compose(telling, BACKGROUND, Office(), telling.kind.version)
    raw = seal(
        telling.mail_id,
        telling.kind.name,
        NOON,
        Office(),
        [TO],
        content,
        documents(telling, BACKGROUND, Office()),
    )
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert raw.isascii()
    assert read(raw)["Subject"] == content.subject


@pytest.mark.parametrize(
    "text", ["a\r\nBcc: evil@x.example", "a\nb", "\x00", "=?utf-8?q?a?=", "\u202eabc", "a\u2028b"]
)
def test_no_value_can_leave_its_header(text: str) -> None:
    with pytest.raises(UnsafeHeader):
        sealed(Content(text, "", ""))
    with pytest.raises(UnsafeHeader):
        sealed(recipients=(replace(TO, name=text),))
    with pytest.raises(UnsafeHeader):
        sealed(attachments=(Attachment(text, "text/csv", b""),))


@given(subject=st.text(max_size=300), name=st.text(max_size=120))
def test_whatever_a_name_holds_the_headers_read_back_or_are_refused(
    subject: str, name: str
) -> None:
    try:
        raw = sealed(Content(subject, "<p></p>", "x\n"), (replace(TO, name=name),))
    except UnsafeHeader:
        return
    message = read(raw)
    assert set(message.keys()) == set(read(sealed()).keys())
    assert [a.addr_spec for a in message["To"].addresses] == [TO.email]


@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_every_name_that_may_come_from_outside_fits_a_header(name: str) -> None:
    try:
        NAME.validate_python(name)
    except ValidationError:
        return
    read(sealed(Content(f"Ihr Ergebnis: {name}", "", ""), (replace(TO, name=name),)))


def test_a_domain_with_umlauts_is_written_in_ascii() -> None:
    assert deliverable("it@bürgeln.example") == "it@xn--brgeln-3ya.example"
    raw = sealed(recipients=(Addressee(deliverable("it@bürgeln.example"), "Bürgeln, die »IT«"),))
    assert read(raw)["To"].addresses[0].display_name == "Bürgeln, die »IT«"


@pytest.mark.parametrize("words", ["../../etc/passwd", "a\u202egpj.exe", "x\r\ny", "a/b\\c", "..."])
def test_file_names_hold_plain_characters_only(words: str) -> None:
    name = file_name("Bestellung", words, ending="pdf")
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not name.startswith(".")


def order_with(text: str) -> list[Attachment]:
    first = ORDER.occasions[0]
    lines = [{**line, "name": text, "member_name": text} for line in first.data["lines"]]
    place = {**first.data["place"], "name": text}
    data = {**first.data, "lines": lines, "place": place}
    return documents(Telling((replace(first, data=data),)), BACKGROUND, Office())


def the(ending: str, attachments: list[Attachment]) -> bytes:
    return next(a.content for a in attachments if a.name.endswith(f".{ending}"))


def test_the_table_holds_every_line_of_the_order() -> None:
    attachments = documents(ORDER, BACKGROUND, Office())
    rows = list(
        csv.DictReader(io.StringIO(the("csv", attachments).decode("utf-8-sig")), delimiter=";")
    )
    assert [(r["Position"], r["Menge"], r["Betrag netto (EUR)"]) for r in rows] == [
        ("1", "12", "9948,00")
    ]


@pytest.mark.parametrize("text", ["=1+1", "+49 391", "-2", "@SUM(A1)", "'x", 'a;"b"', "Straße"])
def test_no_text_becomes_a_formula(text: str) -> None:
    table = the("csv", order_with(text)).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(table), delimiter=";")
    for column in ("Bezeichnung", "Mitgliedsname", "Lieferort"):
        assert row[column].removeprefix("'").removeprefix("'") == text.removeprefix("'")
        assert not row[column].startswith(("=", "+", "-", "@"))
