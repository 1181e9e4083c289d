"""The mailbox: takes real mail, keeps it unchanged and shows it."""

import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.local.mailbox import Mail, PrivateMailbox, mails, write_gallery

ORDER = b"%PDF-1.7 order"
A_FORWARDED_MAIL = b"""\
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Subject: inner\r
\r
text\r
--b--\r
"""
HTML = '<p style="color:#00548b">Größe: <b>40</b> Stück</p><img src="cid:logo"><script>1</script>'


def a_mail(to: str, subject: str = "Bestellung für Köthen") -> EmailMessage:
    """A mail with text, HTML with an image, and two attachments of one name."""
    mail = EmailMessage()
    mail["From"] = "KITU Einkauf <einkauf@kitu.example>"
    mail["To"] = f"Beschaffung <{to}>"
    mail["Subject"] = subject
    mail["Date"] = "Sun, 22 Nov 2026 12:30:00 +0000"
    mail["Message-ID"] = "<order-3@kitu.example>"
    mail.set_content("Größe: 40 Stück\n")
    mail.add_alternative(HTML, subtype="html")
    body = mail.get_body(("html",))
    assert body
    body.add_related(b"png", "image", "png", cid="<logo>")
    for _ in range(2):
        mail.add_attachment(
            ORDER, maintype="application", subtype="pdf", filename="../Bestellung.pdf"
        )
    return mail


def send(mailbox: PrivateMailbox, mail: EmailMessage | bytes, *to: str) -> None:
    address = urlsplit(mailbox.smtp_url)
    assert address.hostname
    assert address.port
    content = mail.as_bytes(policy=SMTP) if isinstance(mail, EmailMessage) else mail
    with smtplib.SMTP(address.hostname, address.port) as client:
        client.sendmail("einkauf@kitu.example", to, content)


def the_mail(mailbox: PrivateMailbox, to: str) -> Mail:
    """The one mail that was delivered to an address."""
    [mail] = mailbox.mails(to)
    return mail


def test_a_mail_is_kept_byte_for_byte_below_the_delivery_lines(mailbox: PrivateMailbox) -> None:
    sent = a_mail("bytes@example.org")
    send(mailbox, sent, "bytes@example.org", "hidden@example.org")

    kept = the_mail(mailbox, "bytes@example.org").raw

    lines = ["Return-Path: <einkauf@kitu.example>"]
    lines += [f"Delivered-To: {who}@example.org" for who in ("bytes", "hidden")]
    delivery = "".join(f"{line}\r\n" for line in lines).encode()
    assert kept.startswith(delivery)
    assert kept.removeprefix(delivery) == sent.as_bytes(policy=SMTP)


def test_a_mail_is_read_as_a_mail_client_reads_it(mailbox: PrivateMailbox) -> None:
    send(mailbox, a_mail("read@example.org"), "read@example.org", "blind@example.org")

    mail = the_mail(mailbox, "read@example.org")

    assert (mail.sender_name, mail.sender) == ("KITU Einkauf", "einkauf@kitu.example")
    assert mail.to == ("read@example.org",)
    assert mail.delivered_to == ("read@example.org", "blind@example.org")
    assert mail.subject == "Bestellung für Köthen"
    assert mail.date.isoformat() == "2026-11-22T12:30:00+00:00"
    assert mail.message_id == "<order-3@kitu.example>"
    assert mail.text == "Größe: 40 Stück\n"
    assert '<img src="anhang/Anhang.png">' in mail.html
    assert [attachment.is_shown_in_text for attachment in mail.attachments] == [True, False, False]


def test_attachments_get_names_that_stay_in_their_folder(mailbox: PrivateMailbox) -> None:
    send(mailbox, a_mail("names@example.org"), "names@example.org")

    orders = the_mail(mailbox, "names@example.org").attachments[1:]

    assert [order.name for order in orders] == ["_Bestellung.pdf", "_Bestellung (2).pdf"]
    assert {order.content for order in orders} == {ORDER}


@pytest.mark.parametrize(
    "mail",
    [
        b"no headers at all",
        b"Subject: =?unknown?q?=FF?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff",
        b"From: \r\nDate: yesterday\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
        A_FORWARDED_MAIL,
    ],
    ids=["no headers", "unknown charset", "no boundary", "a forwarded mail"],
)
def test_a_broken_mail_is_shown_all_the_same(
    mailbox: PrivateMailbox, mail: bytes, request: pytest.FixtureRequest
) -> None:
    to = f"broken-{request.node.callspec.id.replace(' ', '-')}@example.org"
    send(mailbox, mail, to)

    page = httpx.get(f"{mailbox.url}/{the_mail(mailbox, to).number}/index.html")

    assert page.status_code == 200


def test_the_pages_show_a_mail_without_letting_it_run_anything(mailbox: PrivateMailbox) -> None:
    send(mailbox, a_mail("pages@example.org", "<b>fett</b>"), "pages@example.org")
    number = the_mail(mailbox, "pages@example.org").number
    with httpx.Client(base_url=mailbox.url) as client:
        inbox = client.get("/", params={"to": "pages@example.org"}).text
        page = client.get(f"/{number}/index.html").text
        attachment = client.get(f"/{number}/anhang/_Bestellung.pdf")

    assert "Posteingang" in inbox
    assert inbox.count("<li data-to") == 1
    assert "&lt;b&gt;fett&lt;/b&gt;" in page
    assert "22.11.2026, 13:30 Uhr" in page
    assert "&lt;script&gt;" in page
    assert '<iframe sandbox="allow-same-origin allow-popups' in page
    assert "allow-scripts" not in page
    assert attachment.content == ORDER
    assert attachment.headers["Content-Disposition"] == "attachment"


def test_the_list_for_programs_names_what_arrived_for_whom(mailbox: PrivateMailbox) -> None:
    send(mailbox, a_mail("json@example.org"), "json@example.org")

    [mail] = httpx.get(f"{mailbox.url}/mails", params={"to": "json@example.org"}).json()

    assert mail == {
        "id": the_mail(mailbox, "json@example.org").number,
        "from": "einkauf@kitu.example",
        "to": ["json@example.org"],
        "delivered_to": ["json@example.org"],
        "subject": "Bestellung für Köthen",
        "date": "2026-11-22T12:30:00+00:00",
        "message_id": "<order-3@kitu.example>",
        "attachments": ["Anhang.png", "_Bestellung.pdf", "_Bestellung (2).pdf"],
        "text": "Größe: 40 Stück\n",
    }


@pytest.mark.parametrize("path", ["/999999/index.html", "/000001/other", "/..%2f..%2fetc%2fpasswd"])
def test_what_does_not_exist_is_not_found(mailbox: PrivateMailbox, path: str) -> None:
    assert httpx.get(mailbox.url + path).status_code == 404


def test_a_killed_mailbox_goes_on_where_it_stopped(tmp_path: Path) -> None:
    mailbox = PrivateMailbox(tmp_path)
    with mailbox:
        send(mailbox, a_mail("first@example.org"), "first@example.org")
        address = mailbox.smtp_url
        mailbox.kill()
        mailbox.start()
        send(mailbox, a_mail("second@example.org"), "second@example.org")

    assert mailbox.smtp_url == address
    kept = {mail.number: mail.delivered_to for mail in mails(tmp_path)}
    assert kept == {"000001": ("first@example.org",), "000002": ("second@example.org",)}


def test_the_gallery_holds_every_mail_and_attachment_as_files(
    mailbox: PrivateMailbox, tmp_path: Path
) -> None:
    send(mailbox, a_mail("gallery@example.org"), "gallery@example.org")
    mail = the_mail(mailbox, "gallery@example.org")
    out = tmp_path / "mails"

    written = write_gallery(mailbox.directory, out)

    assert written == len(mailbox.mails())
    assert f'href="{mail.number}/index.html"' in (out / "index.html").read_text()
    assert "Größe" in (out / mail.number / "index.html").read_text()
    assert (out / mail.number / "mail.eml").read_bytes() == mail.raw
    assert (out / mail.number / "anhang" / "_Bestellung.pdf").read_bytes() == ORDER
