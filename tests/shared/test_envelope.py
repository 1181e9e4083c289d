"""Every message of the catalogue has the same form and survives the wire unchanged."""

import json
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel, ValidationError

from shared.events import CATALOGUE, Event, Header, Incoming, envelope
from tests.builders import NOON, an_event, an_id, usual_party

TYPES = sorted(CATALOGUE)
INCOMING = [name for name in TYPES if issubclass(CATALOGUE[name], Incoming)]
EVENTS = [name for name in TYPES if name not in INCOMING]


def sealed(event: Event, **other: Any) -> dict[str, Any]:
    """A whole message as it stands on the wire."""
    party = usual_party(type(event), json.loads(event.model_dump_json()))
    values: dict[str, Any] = {"id": uuid4(), "source": "demand", "time": NOON, "party": party}
    whole = envelope(event, **values | other)
    found: dict[str, Any] = json.loads(whole.model_dump_json(exclude_none=True))
    return found


@pytest.mark.parametrize("name", TYPES)
def test_an_example_is_valid_and_survives_the_wire_unchanged(name: str) -> None:
    event = an_event(name)
    again = type(event).model_validate_json(event.model_dump_json(), strict=True)
    assert again == event
    on_the_wire = json.loads(event.model_dump_json(exclude_unset=True))
    assert on_the_wire == CATALOGUE[name].example


@pytest.mark.parametrize("name", TYPES)
def test_a_whole_message_is_a_cloud_event(name: str) -> None:
    whole = sealed(an_event(name), sequence=3)
    assert whole["specversion"] == "1.0"
    assert whole["datacontenttype"] == "application/json"
    assert whole["type"] == name
    assert whole["time"] == "2026-02-03T12:00:00Z"
    assert whole["subject"] == an_event(name).subject
    assert set(whole) <= {*Header.model_fields, "data"}
    assert all(key.islower() and key.isalnum() for key in whole)


@pytest.mark.parametrize("name", TYPES)
def test_a_message_tells_what_it_says_in_its_docstring(name: str) -> None:
    assert (CATALOGUE[name].__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_noun_fact_and_version(name: str) -> None:
    noun, fact, version = name.split(".")
    assert noun.isalpha()
    assert fact.replace("_", "").isalpha()
    assert version == "v1"


@pytest.mark.parametrize("name", INCOMING)
def test_what_comes_from_outside_is_refused_for_an_unknown_field(name: str) -> None:
    model = CATALOGUE[name]
    for path in objects(model.example):
        changed = json.loads(json.dumps(model.example))
        at(changed, path)["surprise"] = 1
        with pytest.raises(ValidationError) as refused:
            model.model_validate_json(json.dumps(changed), strict=True)
        (error,) = refused.value.errors()
        assert error["type"] == "extra_forbidden"
        assert error["loc"] == (*path, "surprise")


@pytest.mark.parametrize("name", INCOMING)
def test_what_comes_from_outside_is_refused_without_a_required_field(name: str) -> None:
    model = CATALOGUE[name]
    for field, about in model.model_fields.items():
        if about.is_required():
            less = {key: value for key, value in model.example.items() if key != field}
            with pytest.raises(ValidationError, match="Field required"):
                model.model_validate_json(json.dumps(less), strict=True)


@pytest.mark.parametrize("name", EVENTS)
def test_a_reader_of_events_ignores_what_it_does_not_know_yet(name: str) -> None:
    model = CATALOGUE[name]
    for path in objects(model.example):
        changed = json.loads(json.dumps(model.example))
        at(changed, path)["surprise"] = 1
        assert model.model_validate_json(json.dumps(changed), extra="ignore") == an_event(name)


@pytest.mark.parametrize("name", INCOMING)
def test_what_a_member_states_names_the_member(name: str) -> None:
    model = CATALOGUE[name]
    assert issubclass(model, Incoming)
    if "member" in model.senders:
        assert model.model_fields["member"].is_required()


@pytest.mark.parametrize("name", INCOMING)
def test_no_text_or_list_from_outside_is_without_a_bound(name: str) -> None:
    for path, schema in strings(CATALOGUE[name].model_json_schema()):
        bounded = {"pattern", "maxLength", "format", "enum", "const"} & set(schema)
        assert bounded, f"{name}: {path}"
    for path, schema in lists(CATALOGUE[name].model_json_schema()):
        assert "maxItems" in schema, f"{name}: {path}"


def test_a_message_that_begins_a_way_correlates_with_itself() -> None:
    event = an_event("demand.submitted.v1")
    assert sealed(event, id=an_id(1))["correlationid"] == str(an_id(1))
    assert sealed(event, correlationid=an_id(2))["correlationid"] == str(an_id(2))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("specversion", "0.3"),
        ("id", "17"),
        ("source", "Demand"),
        ("source", "a b"),
        ("type", "demand.submitted"),
        ("type", "demand.submitted.v0"),
        ("time", "2026-02-03T12:00:00"),
        ("party", "board"),
        ("subject", "a b"),
        ("datacontenttype", "text/xml"),
        ("sequence", 0),
        ("sequence", 2**31),
        ("traceparent", "00-x"),
    ],
)
def test_a_header_that_is_wrong_is_refused(field: str, wrong: object) -> None:
    whole = sealed(an_event("demand.submitted.v1")) | {field: wrong}
    del whole["data"]
    with pytest.raises(ValidationError) as refused:
        Header.model_validate_json(json.dumps(whole), strict=True)
    assert {error["loc"] for error in refused.value.errors()} == {(field,)}


def test_an_error_does_not_repeat_what_was_sent() -> None:
    model: type[BaseModel] = CATALOGUE["contacts.changed.v1"]
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json('{"member": "10002", "contacts": [{"name": "Erika Muster"}]}')
    assert "Erika" not in str(refused.value)


def objects(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all JSON objects in a value; `attributes` are named by rules, not by a model."""
    if isinstance(value, dict):
        named = [key for key in value if key != "attributes"]
        return [path] + [deep for key in named for deep in objects(value[key], (*path, key))]
    if isinstance(value, list):
        return [deep for i, one in enumerate(value) for deep in objects(one, (*path, i))]
    return []


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """What lies at a path."""
    for step in path:
        value = value[step]
    return value


def strings(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every schema of a text, with its path."""
    return [found for found in schemas(schema, path) if found[1].get("type") == "string"]


def lists(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every schema of a list, with its path."""
    return [found for found in schemas(schema, path) if found[1].get("type") == "array"]


def schemas(schema: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Every schema within a schema, with its path."""
    if isinstance(schema, list):
        return [found for one in schema for found in schemas(one, path)]
    if not isinstance(schema, dict):
        return []
    inner = [found for key, value in schema.items() for found in schemas(value, f"{path}/{key}")]
    return [(path, schema), *inner] if isinstance(schema.get("type"), str) else inner
