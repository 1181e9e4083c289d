"""How the gate reads: bounded, strict outside, tolerant inside; every stop names its field."""

import json

import pytest

from shared.events import CATALOGUE, Incoming
from shared.messaging.gate import LARGEST_BODY, MOST_REASONS
from shared.messaging.topology import EVENTS
from shared.refusal import Reason
from tests.builders import an_arrival, an_envelope, an_id
from tests.shared.gatekeeping import SUBMITTED, only_reason, passed, stopped, with_data

TYPES = sorted(CATALOGUE)
FROM_OUTSIDE = [name for name in TYPES if issubclass(CATALOGUE[name], Incoming)]
MINE = "10002"
OTHERS = "10007"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "must be JSON"),
        (b"{", "must be JSON"),
        (b'{"id": 1} x', "must be JSON"),
        (b'{"id": 1, "id": 2}', "must not name a key twice"),
        (b'{"data": {"a": {"b": 1, "b": 1}}}', "must not name a key twice"),
        (b'{"\\u0061": 1, "a": 2}', "must not name a key twice"),
        (b'{"data": {"quantity": NaN}}', "NaN and Infinity"),
        (b'{"data": {"quantity": -Infinity}}', "NaN and Infinity"),
        (b'{"id": "\xff"}', "must be JSON in UTF-8"),
        (b'{"id": "\xed\xa0\x80"}', "must be JSON in UTF-8"),
        (b'\xef\xbb\xbf{"id": 1}', "must be JSON"),
        ('{"id": 1}'.encode("utf-16"), "must be JSON in UTF-8"),
        (b"[]", "must be a CloudEvent"),
        (b'"demand"', "must be a CloudEvent"),
        (b"null", "must be a CloudEvent"),
        (b'{"id": "a\nb"}', "must be JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "must be JSON"),
        (b'{"id": "\\ud800"}', "Invalid JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_stopped(body: bytes, rule: str) -> None:
    stop = stopped(body)
    assert stop.reasons[0].field == "body"
    assert rule in stop.reasons[0].rule
    assert stop.answer_to == MINE
    assert stop.message_type == SUBMITTED


@pytest.mark.parametrize("depth", [100, 200, 300, 900, *range(960, 1000, 8), 5_000, 100_000])
def test_a_body_of_any_depth_is_stopped_and_not_fallen_into(depth: int) -> None:
    for before, after in ((b"[", b"]"), (b'{"a":', b"}")):
        deep = before * depth + b"1" + after * depth
        stopped(b'{"id": ' + deep + b"}")
        stopped(b'{"data": {"item": ' + deep + b"}}")


def test_a_body_is_measured_before_it_is_read() -> None:
    large = json.dumps(an_envelope(SUBMITTED, padding="x" * LARGEST_BODY)).encode()
    stop = stopped(large)
    assert [(r.field, r.value) for r in stop.reasons] == [("body", str(len(large)))]
    assert stop.answer_to == MINE
    assert only_reason(b" " * (LARGEST_BODY + 1)).field == "body"
    whole = json.dumps(an_envelope(SUBMITTED)).encode()
    assert passed(an_envelope(SUBMITTED), body=whole.ljust(LARGEST_BODY)).header.type == SUBMITTED


@pytest.mark.parametrize(
    ("field", "wrong", "rule"),
    [
        ("specversion", "0.3", "Input should be '1.0'"),
        ("specversion", 1.0, "Input should be '1.0'"),
        ("id", 7, "UUID"),
        ("id", "7", "UUID"),
        ("source", "a b", "match pattern"),
        ("time", "yesterday", "UTC"),
        ("time", 1_700_000_000, "datetime"),
        ("sequence", 1.5, "integer"),
        ("sequence", 10**4000, "less than"),
        ("data_base64", "e30=", "is not a field of this message"),
        ("traceparent", "00-1", "is not a field of this message"),
    ],
)
def test_an_attribute_that_is_wrong_or_unknown_is_stopped_by_name(
    field: str, wrong: object, rule: str
) -> None:
    reason = only_reason(an_envelope(SUBMITTED) | {field: wrong})
    assert reason.field == field
    assert rule in reason.rule


@pytest.mark.parametrize("field", ["id", "source", "type", "time", "party"])
def test_an_attribute_that_is_missing_is_stopped_by_name(field: str) -> None:
    whole = an_envelope(SUBMITTED)
    body = json.dumps({key: value for key, value in whole.items() if key != field}).encode()
    assert only_reason(whole, body=body) == Reason(field, "", "Field required")


def test_a_message_without_data_is_stopped() -> None:
    whole = an_envelope(SUBMITTED)
    del whole["data"]
    assert only_reason(whole) == Reason("data", "", f"is missing; it holds what {SUBMITTED} says")
    assert only_reason(an_envelope(SUBMITTED, data=[])).field == "data"


def test_every_wrong_field_of_the_data_is_named_with_its_value() -> None:
    stop = stopped(with_data(quantity=0, unit="piece", needed_by="soon", colour="red"))
    named = {reason.field: reason.value for reason in stop.reasons}
    assert named == {"quantity": "0", "unit": "piece", "needed_by": "soon", "colour": "red"}
    assert stop.header is not None
    assert stop.subject == CATALOGUE[SUBMITTED].example["demand_id"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("quantity", "12"),
        ("quantity", 12.0),
        ("quantity", True),
        ("quantity", 1e999),
        ("quantity", 10**4000),
        ("price_ceiling", 900),
        ("price_ceiling", "900"),
        ("needed_by", 20_635),
        ("item", 14),
        ("reference", "a\u202eb"),
        ("reference", "a\nb"),
        ("reference", "=?utf-8?q?x?="),
        ("equivalents", ["NB-15"] * 11),
        ("member", 10_002),
    ],
)
def test_a_value_of_another_type_is_stopped_and_not_turned_into_one(
    field: str, wrong: object
) -> None:
    data = CATALOGUE[SUBMITTED].example | {field: wrong}
    body = json.dumps(an_envelope(SUBMITTED, data=data)).replace("Infinity", "1e999").encode()
    assert only_reason(an_envelope(SUBMITTED), body=body).field == field


def test_a_subject_is_the_datas_or_left_out() -> None:
    example = CATALOGUE[SUBMITTED].example
    assert passed(an_envelope(SUBMITTED, subject=example["demand_id"]))
    reason = only_reason(an_envelope(SUBMITTED, subject=str(an_id(9))))
    assert (reason.field, reason.value) == ("subject", str(an_id(9)))


def test_an_event_may_grow_by_fields_that_this_reader_does_not_know() -> None:
    data = CATALOGUE["member.admitted.v1"].example
    address = data["address"] | {"country": "DE"}
    whole = an_envelope("member.admitted.v1", traceparent="00-1")
    whole["data"] = data | {"address": address, "language": "de"}
    assert passed(whole).event == passed(an_envelope("member.admitted.v1")).event
    assert an_arrival(whole).exchange == EVENTS


def test_a_refusal_stays_small_whatever_it_refuses() -> None:
    many = {f"{'x' * 200}{number}": "y" * 200 for number in range(300)}
    stop = stopped(with_data(**many))
    assert len(stop.reasons) == MOST_REASONS + 1
    assert stop.reasons[-1].rule == f"and {300 - MOST_REASONS} more like these"
    assert all(len(reason.field) <= 80 and len(reason.value) <= 80 for reason in stop.reasons)


def test_a_refusal_does_not_repeat_whole_objects() -> None:
    place = {"name": "Rathaus", "street": 5, "postal_code": "39179", "city": "Barleben"}
    assert only_reason(with_data(place=place)).field == "place.street"
    assert only_reason(with_data(item={"name": "Erika"})).value == ""


def test_the_answer_tells_the_id_as_far_as_it_can_be_read() -> None:
    whole = an_envelope(SUBMITTED, id=str(an_id(5)))
    assert stopped(whole | {"time": 0}).message_id == an_id(5)
    assert stopped(whole | {"id": "x"}).message_id is None
    assert stopped(b"{").message_id is None


def test_the_same_words_have_the_same_digest_however_they_are_written() -> None:
    whole = an_envelope(SUBMITTED, id=str(an_id(1)))
    turned = json.dumps(dict(reversed(whole.items())), indent=2).encode()
    other = whole | {"data": whole["data"] | {"quantity": 13}}
    assert passed(whole).digest == passed(whole, body=turned).digest
    assert passed(whole).digest != passed(other).digest
