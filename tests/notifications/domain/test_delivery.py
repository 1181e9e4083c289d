"""What becomes of a mail: replies, retries, crashes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest

from services.notifications.domain import (
    WHILE_DOWN,
    Mail,
    Outcome,
    Phase,
    Recipient,
    State,
    after,
    delay,
    handing,
    outcome,
    resumed,
)

NOON = datetime(2026, 3, 31, 10, tzinfo=UTC)
DONE = Outcome(State.HANDED_OVER, "250 ok")
LATER = Outcome(State.DEFERRED, "451 later")
NEVER = Outcome(State.FAILED, "550 no such user")
LOST = Outcome(State.UNKNOWN, "connection lost")


def a_mail(*addresses: str) -> Mail:
    return Mail(
        id=uuid4(),
        kind="cost_statement",
        version=1,
        party="10002",
        caused_by=uuid4(),
        correlation=None,
        created_at=NOON,
        recipients=tuple(Recipient(address) for address in addresses or ("a@x.example",)),
        next_try_at=NOON,
    )


@pytest.mark.parametrize(
    ("phase", "code", "state"),
    [
        (Phase.SESSION, 421, State.DEFERRED),
        (Phase.SESSION, 535, State.DEFERRED),
        (Phase.SESSION, 554, State.DEFERRED),
        (Phase.SESSION, None, State.DEFERRED),
        (Phase.ENVELOPE, 250, State.HANDED_OVER),
        (Phase.ENVELOPE, 450, State.DEFERRED),
        (Phase.ENVELOPE, 530, State.DEFERRED),
        (Phase.ENVELOPE, 550, State.FAILED),
        (Phase.ENVELOPE, None, State.DEFERRED),
        (Phase.DATA, 250, State.HANDED_OVER),
        (Phase.DATA, 451, State.DEFERRED),
        (Phase.DATA, 554, State.FAILED),
        (Phase.DATA, None, State.UNKNOWN),
    ],
)
def test_a_reply_means_what_its_phase_says(phase: Phase, code: int | None, state: State) -> None:
    assert outcome(phase, code, "said").state is state


def test_a_mail_is_handed_over_when_all_recipients_are() -> None:
    mail = after(
        a_mail("a@x.example", "b@x.example"), {"a@x.example": DONE, "b@x.example": DONE}, NOON
    )
    assert mail.state is State.HANDED_OVER
    assert mail.finished


def test_only_those_still_open_are_tried_again() -> None:
    mail = after(
        a_mail("a@x.example", "b@x.example", "c@x.example"),
        {"a@x.example": DONE, "b@x.example": LATER, "c@x.example": NEVER},
        NOON,
    )
    assert mail.state is State.DEFERRED
    assert mail.open_addresses == ("b@x.example",)
    assert mail.next_try_at == NOON + timedelta(minutes=1)

    mail = after(mail, {"b@x.example": DONE}, NOON)
    assert mail.state is State.FAILED
    assert [r.state for r in mail.recipients] == [
        State.HANDED_OVER,
        State.HANDED_OVER,
        State.FAILED,
    ]


def test_every_mixture_over_five_recipients_keeps_each_ones_outcome() -> None:
    names = [f"{n}@x.example" for n in "abcde"]
    for outcomes in product((DONE, LATER, NEVER, LOST), repeat=5):
        mail = after(a_mail(*names), dict(zip(names, outcomes, strict=True)), NOON)
        assert [r.state for r in mail.recipients] == [o.state for o in outcomes]
        assert [r.reply for r in mail.recipients] == [o.reply for o in outcomes]
        still_open = any(o in (LATER, LOST) for o in outcomes)
        assert mail.finished is not still_open


def test_a_permanent_refusal_is_not_tried_again() -> None:
    mail = after(a_mail(), {"a@x.example": NEVER}, NOON)
    assert mail.state is State.FAILED
    assert mail.finished


def test_what_is_deferred_for_five_days_has_failed() -> None:
    mail, now = a_mail(), NOON
    tries = 0
    while not mail.finished:
        mail = after(mail, {"a@x.example": LATER}, now)
        now = mail.next_try_at or now
        tries += 1
    assert mail.state is State.FAILED
    assert mail.recipients[0].reply == "given up: 451 later"
    assert timedelta(days=5) <= now - NOON < timedelta(days=5, hours=4)
    assert 30 <= tries <= 45


def test_what_is_unknown_for_five_days_stays_unknown_and_ends() -> None:
    mail = after(a_mail(), {"a@x.example": LOST}, NOON + timedelta(days=5))
    assert mail.state is State.UNKNOWN
    assert mail.finished


def test_a_lost_reply_is_tried_again_though_it_may_have_arrived() -> None:
    mail = after(a_mail(), {"a@x.example": LOST}, NOON)
    assert mail.state is State.UNKNOWN
    assert mail.open_addresses == ("a@x.example",)
    assert not mail.finished


def test_while_the_server_is_down_the_wait_stays_short() -> None:
    mail = replace(a_mail(), tries=9)
    assert after(mail, {"a@x.example": LATER}, NOON, WHILE_DOWN).next_try_at == NOON + WHILE_DOWN


def test_delays_grow_from_a_minute_to_four_hours() -> None:
    delays = [delay(n) for n in range(1, 20)]
    assert delays == sorted(delays)
    assert delays[0] == timedelta(minutes=1)
    assert delays[-1] == timedelta(hours=4)


def test_a_crash_before_data_leaves_a_mail_as_it_was() -> None:
    mail = resumed(replace(a_mail(), state=State.SENDING), NOON)
    assert mail.state is State.CREATED
    assert mail.next_try_at == NOON


def test_a_crash_after_data_leaves_doubt_only_about_those_being_served() -> None:
    mail = a_mail("a@x.example", "b@x.example", "c@x.example")
    mail = handing(mail, {"b@x.example": NEVER, "c@x.example": LATER})
    assert mail.state is State.SENDING

    mail = resumed(mail, NOON)
    assert [r.state for r in mail.recipients] == [State.UNKNOWN, State.FAILED, State.DEFERRED]
    assert mail.open_addresses == ("a@x.example", "c@x.example")
