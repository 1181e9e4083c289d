"""What becomes of a mail: states, the mail server's replies, and when to try again.

created → sending → handed_over
                  → deferred → sending …          (4xx, connection fault: try again, for days)
                  → failed                        (5xx, or given up)
                  → unknown → sending …           (reply lost after DATA)
                  → withheld                      (a trial that sends to nobody, or not to this one)
handed_over → bounced                             (the server took it, and sent it back)

A mail whose reply was lost may have arrived. It is sent again with the same bytes, so that it
has the same Message-ID and Date, by which mail systems drop the second copy: a mail twice does
less harm than none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """How far a mail is, for one recipient or (the furthest from done) for the whole mail."""

    CREATED = "created"
    SENDING = "sending"
    HANDED_OVER = "handed_over"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    WITHHELD = "withheld"


class Phase(StrEnum):
    """What part of the conversation a reply belongs to."""

    SESSION = "session"
    ENVELOPE = "envelope"
    DATA = "data"


_OPEN = frozenset({State.CREATED, State.SENDING, State.DEFERRED, State.UNKNOWN})
_MAY_COME_BACK = frozenset({State.HANDED_OVER, State.UNKNOWN})
_LEAST_DONE = (
    State.SENDING,
    State.CREATED,
    State.UNKNOWN,
    State.DEFERRED,
    State.FAILED,
    State.BOUNCED,
    State.WITHHELD,
)
_MISCONFIGURED = frozenset({530, 534, 535, 538})
GIVE_UP_AFTER = timedelta(days=5)
LONGEST_DELAY = timedelta(hours=4)
WHILE_DOWN = timedelta(minutes=5)
"""The longest wait while the mail server as a whole is out of reach."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try came to for one recipient; `reply` is the server's or the fault in words."""

    state: State
    reply: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of one mail."""

    address: str
    role: str = ""
    name: str = ""
    state: State = State.CREATED
    reply: str = ""

    @property
    def open(self) -> bool:
        """Whether this recipient is still to be served."""
        return self.state in _OPEN


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's state; its content lies beside it and never changes.

    `next_try_at` is empty when nothing more will be tried. With `erase_when_done` its content and
    its recipients are forgotten then.
    """

    id: UUID
    kind: str
    party: str
    caused_by: UUID
    correlation: UUID | None
    version: int
    created_at: datetime
    recipients: tuple[Recipient, ...]
    state: State = State.CREATED
    tries: int = 0
    next_try_at: datetime | None = None
    erase_when_done: bool = False

    @property
    def being_sent(self) -> bool:
        """Whether a sender has it in hand, so that only that one may change it."""
        return self.state is State.SENDING

    @property
    def finished(self) -> bool:
        """Whether nothing more will be tried."""
        return self.next_try_at is None

    @property
    def open_addresses(self) -> tuple[str, ...]:
        """Whom the next try is for."""
        return tuple(recipient.address for recipient in self.recipients if recipient.open)


def outcome(phase: Phase, code: int | None, text: str) -> Outcome:
    """What a server's reply means; `code` is None for a lost connection, a timeout or garbage.

    A permanent refusal before the envelope is about us (a wrong password, no TLS), not about
    this mail, so the mail waits until it is mended. Codes: RFC 5321 4.2.1, RFC 4954 6.
    """
    reply = f"{code} {text}".strip() if code else text
    if code is None:
        return Outcome(State.UNKNOWN if phase is Phase.DATA else State.DEFERRED, reply)
    if 200 <= code < 300:
        return Outcome(State.HANDED_OVER, reply)
    if 500 <= code < 600 and phase is not Phase.SESSION and code not in _MISCONFIGURED:
        return Outcome(State.FAILED, reply)
    return Outcome(State.DEFERRED, reply)


def delay(tries: int, longest: timedelta = LONGEST_DELAY) -> timedelta:
    """How long to wait after so many tries: one minute, doubling, at most four hours.

    >>> [int(delay(n).total_seconds() // 60) for n in (1, 2, 3, 8, 9, 99)]
    [1, 2, 4, 128, 240, 240]
    """
    return min(timedelta(minutes=2 ** min(tries - 1, 20)), longest)


def handing(mail: Mail, refused: Mapping[str, Outcome]) -> Mail:
    """The mail at the moment before DATA: who was refused, and who is now being served.

    Stored before DATA is sent, so that after a crash it is known whose copy is uncertain.
    """
    return _settled(
        mail,
        {a: refused.get(a, Outcome(State.SENDING, "")) for a in mail.open_addresses},
        give_up=False,
    )


def after(
    mail: Mail,
    outcomes: Mapping[str, Outcome],
    now: datetime,
    longest: timedelta = LONGEST_DELAY,
) -> Mail:
    """The mail after a try: each recipient's state, its own, and when to try again.

    What is deferred for five days (RFC 5321 4.5.4.1) has failed; what is unknown for so long
    stays unknown and is tried no more.
    """
    give_up = now - mail.created_at >= GIVE_UP_AFTER
    settled = _settled(mail, outcomes, give_up)
    again = settled.state in _OPEN and not give_up
    tries = mail.tries + 1
    return replace(settled, tries=tries, next_try_at=now + delay(tries, longest) if again else None)


def resumed(mail: Mail, now: datetime) -> Mail:
    """A mail whose sender died: who was being served may have got it, nobody else has."""
    interrupted = Outcome(State.UNKNOWN, "interrupted after DATA")
    served = [r.address for r in mail.recipients if r.state is State.SENDING]
    settled = _settled(mail, dict.fromkeys(served, interrupted), give_up=False)
    return replace(settled, next_try_at=now)


def bounced(mail: Mail, address: str, reason: str) -> tuple[Mail, Recipient | None]:
    """The mail after it came back from an address, and which recipient that is.

    A report may name the address a mail was forwarded to; of one recipient it is about that
    one. None where nobody new is concerned: what came back once stays so.
    """
    meant = [r for r in mail.recipients if r.address.casefold() == address.casefold()]
    if not meant and len(mail.recipients) == 1:
        meant = list(mail.recipients)
    if not meant or meant[0].state not in _MAY_COME_BACK:
        return mail, None
    back = replace(meant[0], state=State.BOUNCED, reply=reason)
    recipients = tuple(back if one is meant[0] else one for one in mail.recipients)
    now = replace(mail, recipients=recipients, state=_whole(recipients))
    ended = not any(one.open for one in recipients)
    return replace(now, next_try_at=None if ended else mail.next_try_at), back


def forgotten(mail: Mail, address: str) -> Mail:
    """The mail without an address that nobody is to know any more, which is served no more."""
    recipients = tuple(
        replace(one, address="", name="", reply="", state=State.WITHHELD if one.open else one.state)
        if one.address.casefold() == address.casefold()
        else one
        for one in mail.recipients
    )
    is_open = any(one.open for one in recipients)
    return replace(
        mail,
        recipients=recipients,
        state=_whole(recipients),
        next_try_at=mail.next_try_at if is_open else None,
    )


def _settled(mail: Mail, outcomes: Mapping[str, Outcome], give_up: bool) -> Mail:
    recipients = tuple(
        _served(recipient, outcomes[recipient.address], give_up)
        if recipient.open and recipient.address in outcomes
        else recipient
        for recipient in mail.recipients
    )
    return replace(mail, recipients=recipients, state=_whole(recipients))


def _whole(recipients: Iterable[Recipient]) -> State:
    states = {recipient.state for recipient in recipients}
    return next((state for state in _LEAST_DONE if state in states), State.HANDED_OVER)


def _served(recipient: Recipient, result: Outcome, give_up: bool) -> Recipient:
    if give_up and result.state is State.DEFERRED:
        return replace(recipient, state=State.FAILED, reply=f"given up: {result.reply}")
    return replace(recipient, state=result.state, reply=result.reply)
