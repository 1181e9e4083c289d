"""Who may say what: each rule of the gate about users, parties and types."""

import json

import pytest

from shared.events import CATALOGUE, Incoming
from shared.messaging.topology import INCOMING, SERVICES
from tests.builders import an_envelope
from tests.shared.gatekeeping import SUBMITTED, only_reason, passed, stopped, with_data

TYPES = sorted(CATALOGUE)
FROM_OUTSIDE = [name for name in TYPES if issubclass(CATALOGUE[name], Incoming)]
MINE = "10002"
OTHERS = "10007"


@pytest.mark.parametrize("name", TYPES)
def test_every_message_of_the_catalogue_passes_from_its_speaker(name: str) -> None:
    received = passed(an_envelope(name))
    assert received.header.type == name
    assert received.event == CATALOGUE[name].model_validate_json(
        json.dumps(CATALOGUE[name].example)
    )


@pytest.mark.parametrize("user", [None, ""])
def test_a_message_without_a_vouched_user_is_stopped(user: str | None) -> None:
    reason = only_reason(an_envelope(SUBMITTED), user=user)
    assert (reason.field, reason.value) == ("user_id", "")


@pytest.mark.parametrize("header", ["CC", "BCC"])
def test_a_message_that_asks_for_copies_is_stopped_and_answered_to_its_user(header: str) -> None:
    copies = {header: ["order.placed.v1.10007"]}
    stop = stopped(an_envelope(SUBMITTED), headers=copies)
    assert [reason.field for reason in stop.reasons] == [f"headers.{header}"]
    assert stop.answer_to == MINE
    for user in ("operator", None):
        assert stopped(an_envelope(SUBMITTED), headers=copies, user=user).answer_to is None


@pytest.mark.parametrize(
    "key",
    [
        *("demand.submitted.v1.10002\n", "demand.submitted.v1.1000２", "demand.submitted.v1.*"),
        *("demand.submitted.v1", "demand.submitted.v1.10002.x", "demand.submitted.10002", "", "#"),
        *("Demand.submitted.v1.10002", "demand.submitted.v1.board", " demand.submitted.v1.10002"),
        *("demand.submitted.v1.1000\x00", "démand.submitted.v1.10002", "demand.submitted.v111.kid"),
    ],
)
def test_a_routing_key_that_is_not_type_and_party_is_stopped(key: str) -> None:
    stop = stopped(an_envelope(SUBMITTED), routing_key=key)
    assert [(r.field, r.value) for r in stop.reasons] == [("routing_key", key)]
    assert stop.answer_to is None


def test_a_member_does_not_speak_for_another() -> None:
    stop = stopped(an_envelope(SUBMITTED, OTHERS), user="member-10002")
    assert [(r.field, r.value) for r in stop.reasons] == [("party", OTHERS)]
    assert stop.answer_to == MINE


def test_a_member_does_not_name_another_in_what_it_says() -> None:
    stop = stopped(with_data(member=OTHERS))
    assert [(r.field, r.value) for r in stop.reasons] == [("member", OTHERS)]
    assert stop.answer_to == MINE


@pytest.mark.parametrize("user", ["board", "kid", "demand", "member-1000", "member-10002 ", "x"])
def test_a_user_that_speaks_for_nobody_or_another_party_is_stopped(user: str) -> None:
    reason = only_reason(an_envelope(SUBMITTED), user=user)
    assert (reason.field, reason.value) == ("party", MINE)


def test_an_operator_speaks_for_everyone() -> None:
    assert passed(an_envelope(SUBMITTED), user="operator").header.party == MINE
    assert passed(an_envelope("member.admitted.v1"), user="operator").header.source == "membership"


@pytest.mark.parametrize("name", FROM_OUTSIDE)
@pytest.mark.parametrize("party", ["kid", "coop", MINE])
def test_only_the_parties_of_a_type_may_state_it(name: str, party: str) -> None:
    model = CATALOGUE[name]
    assert issubclass(model, Incoming)
    kind = "member" if party == MINE else party
    whole = an_envelope(name, party)
    if kind in model.senders:
        assert passed(whole).header.party == party
    else:
        stop = stopped(whole)
        assert [(r.field, r.value) for r in stop.reasons] == [("type", name)]
        assert stop.answer_to == party


def test_the_body_says_the_same_as_the_key_by_which_the_broker_let_it_pass() -> None:
    whole = an_envelope(SUBMITTED)
    key = "demand.withdrawn.v1.10002"
    assert only_reason(whole, routing_key=key).field == "type"
    other = an_envelope(SUBMITTED, OTHERS)
    assert only_reason(other, user="member-10002", routing_key=f"{SUBMITTED}.{MINE}").field == (
        "party"
    )


@pytest.mark.parametrize("name", ["demand.submitted.v2", "demand.eaten.v1", "weather.changed.v1"])
def test_an_unknown_type_or_version_is_stopped_with_those_that_are_known(name: str) -> None:
    reason = only_reason(an_envelope(SUBMITTED, type=name))
    assert (reason.field, reason.value) == ("type", name)
    assert SUBMITTED in reason.rule


@pytest.mark.parametrize("name", [name for name in TYPES if name not in FROM_OUTSIDE])
def test_nobody_outside_states_what_a_service_states(name: str) -> None:
    whole = an_envelope(name)
    user = {"kid": "kid", "coop": "board"}.get(whole["party"], f"member-{whole['party']}")
    assert only_reason(whole, exchange=INCOMING, user=user).field == "type"


@pytest.mark.parametrize("user", ["member-10002", "kid", "board", "membership", "x", None])
def test_an_event_comes_from_the_service_that_it_names(user: str | None) -> None:
    whole = an_envelope("demand.accepted.v1")
    assert only_reason(whole, user=user).field == ("source" if user else "user_id")
    forged = whole | {"source": user or "x"}
    assert stopped(forged, user="demand").reasons[0].field == "source"


@pytest.mark.parametrize("user", ["member-10002", "kid", "board", "procurement2"])
def test_who_is_no_service_states_no_event_even_under_its_own_name(user: str) -> None:
    assert user not in SERVICES
    assert only_reason(an_envelope("demand.accepted.v1", source=user), user=user).field == "source"
