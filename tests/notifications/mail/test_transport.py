"""What the mail way comes to, with a real SMTP server that fails at every step."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme

from services.notifications.domain import Outcome, State
from services.notifications.mail.transport import Line, Server, server
from tests.notifications.mailserver import Behaviour, mail_server

MAIL = b"Subject: x\r\n\r\nGuten Tag\r\n.\r\n..punkt\r\n"
PHASES = ["connect", "ehlo", "starttls", "handshake", "auth", "mail", "rcpt", "data", "dot"]
FAULTS = ["4xx", "5xx", "close", "hang", "garbage"]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who vouches for the server."""
    return trustme.CA()


@pytest.fixture(scope="session")
def certificate(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate, as clients trust it."""
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> SSLContext:
    """The server's side of TLS."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


class Noted:
    """What was to be stored before DATA, each time."""

    def __init__(self) -> None:
        self.refused: list[dict[str, Outcome]] = []

    async def __call__(self, refused: Mapping[str, Outcome]) -> None:
        self.refused.append(dict(refused))


async def hand_over(to: Server, *addresses: str, noted: Noted | None = None) -> dict[str, Outcome]:
    line = Line(to)
    try:
        return await line.hand_over(
            "bedarf@kitu.example", addresses or ("a@x.example",), MAIL, noted or Noted()
        )
    finally:
        await line.close()


def plain(port: int, timeout: float = 5) -> Server:
    return server(f"smtp://127.0.0.1:{port}", timeout)


def meaning(phase: str, fault: str) -> State:
    """What a fault means: only what is said about this mail is final, only DATA leaves doubt."""
    if phase in {"mail", "rcpt", "data", "dot"} and fault == "5xx":
        return State.FAILED
    if phase in {"data", "dot"} and fault in {"close", "hang", "garbage"}:
        return State.UNKNOWN
    return State.DEFERRED


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("phase", PHASES)
async def test_a_fault_at_any_step_has_its_meaning(
    phase: str, fault: str, tls: SSLContext, certificate: Path
) -> None:
    behaviour = Behaviour(faults={phase: fault}, accounts={"kitu": "geheim"})
    async with mail_server(behaviour, tls) as port:
        url = f"smtp://kitu:geheim@127.0.0.1:{port}?starttls=required&cafile={certificate}"
        noted = Noted()
        # short only where the server really hangs: a busy machine is no fault of the server
        outcomes = await hand_over(server(url, 1 if fault == "hang" else 30), noted=noted)
    assert outcomes["a@x.example"].state is meaning(phase, fault)
    assert outcomes["a@x.example"].reply
    assert bool(noted.refused) is (phase in {"data", "dot"})
    assert behaviour.received == []


async def test_the_bytes_arrive_as_they_are() -> None:
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        outcomes = await hand_over(plain(port))
    assert outcomes["a@x.example"] == Outcome(State.HANDED_OVER, "250 taken")
    assert [mail.content for mail in behaviour.received] == [MAIL]


async def test_each_recipient_has_its_own_outcome() -> None:
    behaviour = Behaviour(refuses={"b@x.example": "550 unknown", "c@x.example": "450 full"})
    noted = Noted()
    async with mail_server(behaviour) as port:
        outcomes = await hand_over(
            plain(port), "a@x.example", "b@x.example", "c@x.example", noted=noted
        )
    assert {a: o.state for a, o in outcomes.items()} == {
        "a@x.example": State.HANDED_OVER,
        "b@x.example": State.FAILED,
        "c@x.example": State.DEFERRED,
    }
    assert set(noted.refused[0]) == {"b@x.example", "c@x.example"}
    assert behaviour.received[0].recipients == ["a@x.example"]


async def test_every_mixture_of_answers_to_five_recipients_is_kept_apart() -> None:
    replies = {"ok": State.HANDED_OVER, "450 later": State.DEFERRED, "550 never": State.FAILED}
    addresses = [f"{name}@x.example" for name in "abcde"]
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        line = Line(plain(port, 30))
        for said in product(replies, repeat=len(addresses)):
            answers = dict(zip(addresses, said, strict=True))
            behaviour.refuses = {a: reply for a, reply in answers.items() if reply != "ok"}
            behaviour.received.clear()
            outcomes = await line.hand_over("s@x.example", addresses, MAIL, Noted())
            assert {a: o.state for a, o in outcomes.items()} == {
                a: replies[reply] for a, reply in answers.items()
            }
            taken = [a for a, reply in answers.items() if reply == "ok"]
            assert [mail.recipients for mail in behaviour.received] == ([taken] if taken else [])
        await line.close()
    assert behaviour.connections == 1


async def test_a_lost_reply_is_in_doubt_though_the_mail_arrived() -> None:
    behaviour = Behaviour(lost=True, refuses={"b@x.example": "550 unknown"})
    async with mail_server(behaviour) as port:
        outcomes = await hand_over(plain(port), "a@x.example", "b@x.example")
    assert len(behaviour.received) == 1
    assert outcomes["a@x.example"].state is State.UNKNOWN
    assert outcomes["b@x.example"].state is State.FAILED


async def test_a_line_is_used_for_many_mails_and_renewed_when_it_broke() -> None:
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        line = Line(plain(port))
        for _ in range(3):
            await line.hand_over("s@x.example", ["a@x.example"], MAIL, Noted())
        assert behaviour.connections == 1

        behaviour.lost = True
        await line.hand_over("s@x.example", ["a@x.example"], MAIL, Noted())
        behaviour.lost = False
        outcomes = await line.hand_over("s@x.example", ["a@x.example"], MAIL, Noted())
        await line.close()
    assert outcomes["a@x.example"].state is State.HANDED_OVER
    assert behaviour.connections == 2


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_line_that_went_bad_between_two_mails_is_renewed(fault: str) -> None:
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        line = Line(plain(port, 1 if fault == "hang" else 30))
        await line.hand_over("s@x.example", ["a@x.example"], MAIL, Noted())
        behaviour.faults["rset"] = fault
        outcomes = await line.hand_over("s@x.example", ["a@x.example"], MAIL, Noted())
        await line.close()
    assert outcomes["a@x.example"].state is State.HANDED_OVER
    assert behaviour.connections == 2


async def test_nothing_is_sent_in_clear_where_tls_is_due() -> None:
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        outcomes = await hand_over(server(f"smtp://127.0.0.1:{port}?starttls=required", 5))
    assert outcomes["a@x.example"].state is State.DEFERRED
    assert behaviour.received == []


async def test_a_certificate_of_an_unknown_authority_is_not_trusted(tls: SSLContext) -> None:
    behaviour = Behaviour()
    async with mail_server(behaviour, tls, implicit=True) as port:
        outcomes = await hand_over(server(f"smtps://127.0.0.1:{port}", 5))
    assert outcomes["a@x.example"].state is State.DEFERRED
    assert behaviour.received == []


async def test_tls_from_the_start_works(tls: SSLContext, certificate: Path) -> None:
    behaviour = Behaviour()
    async with mail_server(behaviour, tls, implicit=True) as port:
        outcomes = await hand_over(server(f"smtps://127.0.0.1:{port}?cafile={certificate}", 5))
    assert outcomes["a@x.example"].state is State.HANDED_OVER


async def test_a_server_that_is_away_defers_the_mail() -> None:
    async with mail_server(Behaviour()) as port:
        pass
    line = Line(plain(port))
    outcomes = await line.hand_over("s@x.example", ["a@x.example"], MAIL, Noted())
    assert outcomes["a@x.example"].state is State.DEFERRED
    assert line.down


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.example", 587, "starttls"),
        ("smtp://mail.example:25?starttls=none", 25, "none"),
        ("smtp://localhost:2525", 2525, "none"),
        ("smtp://[::1]:2525", 2525, "none"),
        ("smtp://127.0.0.1?starttls=required", 587, "starttls"),
        ("smtps://mail.example", 465, "tls"),
    ],
)
def test_tls_is_due_unless_the_server_is_here_or_it_is_said(
    url: str, port: int, security: str
) -> None:
    assert (server(url).port, server(url).security) == (port, security)


def test_a_password_may_hold_any_character_and_is_not_shown() -> None:
    found = server("smtp://kitu%40x:p%2Fw%3A@mail.example")
    assert (found.username, found.password) == ("kitu@x", "p/w:")
    assert "p/w" not in repr(found)


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "smtp://x?starttls=maybe", "smtp://x?other=1"]
)
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        server(url)
