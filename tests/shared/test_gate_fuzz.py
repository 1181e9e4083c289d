"""Whatever arrives, the gate neither breaks nor takes what a second, independent reading refuses.

More than 10,000 inputs a run; `pytest --hypothesis-profile=long` makes a hundred times as many.
"""

import copy
import json
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events import CATALOGUE
from shared.messaging.gate import Arrival, Received, Stopped, admit
from tests.builders import OPERATORS, an_arrival, an_envelope, an_id
from tests.shared.gatekeeping import SUBMITTED
from tests.shared.sound import is_sound
from tests.shared.test_envelope import at, objects

MANY = settings.default.max_examples if settings.default else 100
FULL = {
    "needed_from": "2026-05-01",
    "price_ceiling": "900.00",
    "equivalents": ["NB-15"],
    "minimum_quantity": 2,
    "reference": "Kämmerei",
    "round_id": str(an_id(2)),
}
DEMAND = an_envelope(
    SUBMITTED, id=str(an_id(1)), data=CATALOGUE[SUBMITTED].example | FULL, sequence=1
)
NASTY: list[Any] = [
    *(None, True, False, 0, -1, 1, 1_000_000, 1_000_001, 2**31, 2**63, 10**400, 0.5, 1e300, -0.0),
    *("", " ", "0", "12", "-1", "1.00", "-0.00", "NaN", "\x00", "a\nb", "a\u202eb", "\ud800", "=?"),
    *("ﬁ", "ä" * 201, "x" * 2001, "'; --", "=1+1", "10002", "10007", "１0002", "kid", "coop", "*"),
    *("2026-06-30", "2026-02-30", "1900-01-01", "9999-12-31", "2026-06-30T00:00:00Z", "today"),
    *("C62", "piece", SUBMITTED, "demand.submitted.v2", "1.0", str(an_id(3)), f"{{{an_id(3)}}}"),
    *([], {}, [[]], [None], ["NB-15"] * 11, {"a": 1}, [1] * 100),
]
KEYS = ["demand.submitted.v1.10007", "demand.submitted.v1.10002\n", "demand.changed.v1.10002", ""]
USERS = [None, "", "operator", "member-10007", "member-10002\n", "kid", "board", "demand", "guest"]
EXCHANGES = ["cooperative.events", "", "cooperative.dead-letters"]
HEADERS = [{"CC": ["x"]}, {"BCC": []}, {"cc": 1}, {"x-death": [{}]}]
seeds = st.integers(0, 2**64)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


def a_choice(seed: int) -> Random:
    """A choice that a seed brings back."""
    return Random(seed)  # noqa: S311


def outcome(arrival: Arrival) -> Received | Stopped:
    """What the gate does; anything but letting pass and stopping breaks the test."""
    try:
        return admit(arrival, OPERATORS)
    except Stopped as stopped:
        found = stopped
    assert found.reasons
    assert all(reason.field and reason.rule for reason in found.reasons)
    return found


def changed(whole: dict[str, Any], how: str, choice: Random, value: Any) -> bytes:
    """A message with one value replaced, dropped, added or named twice."""
    whole = copy.deepcopy(whole)
    place = at(whole, choice.choice(objects(whole)))
    key = choice.choice(list(place))
    if how == "drop":
        del place[key]
    elif how != "twice":
        place[key if how == "set" else "surprise"] = value
    body = json.dumps(whole)
    if how == "twice":
        body = body.replace("{", f"{{{json.dumps(key)}: {json.dumps(value)}, ", 1)
    return body.encode()


def scratched(body: bytes, choice: Random) -> bytes:
    """A message with a byte missing, one more, another one, or its end cut off."""
    at_byte = choice.randrange(len(body))
    byte, before, after = bytes([choice.randrange(256)]), body[:at_byte], body[at_byte + 1 :]
    more = before + byte + body[at_byte:]
    return choice.choice([before + after, more, before + byte + after, before])


@settings(max_examples=MANY)
@given(seeds)
def test_a_change_of_any_value_passes_exactly_if_it_is_sound(seed: int) -> None:
    choice = a_choice(seed)
    for _ in range(60):
        how = choice.choice(["set", "set", "set", "drop", "add", "twice"])
        body = changed(DEMAND, how, choice, choice.choice(NASTY))
        arrival = replace(an_arrival(DEMAND), body=body)
        assert isinstance(outcome(arrival), Received) == is_sound(arrival), body


@settings(max_examples=MANY)
@given(seeds)
def test_a_change_of_any_byte_passes_only_if_it_is_sound(seed: int) -> None:
    choice = a_choice(seed)
    for _ in range(40):
        arrival = an_arrival(DEMAND)
        arrival = replace(arrival, body=scratched(arrival.body, choice))
        assert isinstance(outcome(arrival), Stopped) or is_sound(arrival), arrival.body


@settings(max_examples=MANY)
@given(seeds)
def test_no_message_of_any_type_breaks_the_gate(seed: int) -> None:
    choice = a_choice(seed)
    for name in choice.sample(sorted(CATALOGUE), 10):
        whole = an_envelope(name)
        how = choice.choice(["set", "drop", "add", "twice"])
        body = changed(whole, how, choice, choice.choice(NASTY))
        outcome(replace(an_arrival(whole), body=body))


@settings(max_examples=2 * MANY)
@given(
    st.one_of(
        st.tuples(st.just("routing_key"), st.sampled_from(KEYS) | st.text(max_size=40)),
        st.tuples(st.just("user"), st.sampled_from(USERS) | st.text(max_size=20)),
        st.tuples(st.just("exchange"), st.sampled_from(EXCHANGES)),
        st.tuples(st.just("headers"), st.sampled_from(HEADERS)),
    )
)
def test_another_way_passes_only_if_it_is_sound(change: tuple[str, Any]) -> None:
    arrival = replace(an_arrival(DEMAND), **{change[0]: change[1]})
    assert isinstance(outcome(arrival), Stopped) or is_sound(arrival)


@settings(max_examples=2 * MANY)
@given(st.sampled_from(sorted(CATALOGUE[SUBMITTED].model_fields)), json_values)
def test_no_value_of_a_field_passes_unless_it_is_sound(field: str, value: Any) -> None:
    whole = DEMAND | {"data": DEMAND["data"] | {field: value}}
    arrival = replace(an_arrival(DEMAND), body=json.dumps(whole).encode())
    assert isinstance(outcome(arrival), Stopped) or is_sound(arrival)


@settings(max_examples=2 * MANY)
@given(json_values | st.binary(max_size=200))
def test_no_other_body_passes(value: Any) -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    assert isinstance(outcome(an_arrival(body)), Stopped)


def test_the_unchanged_message_is_sound_and_passes() -> None:
    assert is_sound(an_arrival(DEMAND))
    assert isinstance(outcome(an_arrival(DEMAND)), Received)


def test_a_change_can_pass_and_can_be_stopped() -> None:
    bodies = [changed(DEMAND, "set", a_choice(seed), NASTY[seed % 50]) for seed in range(500)]
    arrivals = [replace(an_arrival(DEMAND), body=body) for body in bodies]
    passed = sum(isinstance(outcome(arrival), Received) for arrival in arrivals)
    assert 20 < passed < 480
