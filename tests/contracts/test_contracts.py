"""The written contracts say what the models say, and are what their standards ask for."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from deploy.contracts import FOLDER, documents
from deploy.contracts.roles import ANSWERS, SYSTEMS, parties
from shared.events import CATALOGUE, Event, Incoming
from shared.messaging.topology import INCOMING

Whole = dict[str, Any]


def written(name: str) -> Whole:
    content: Whole = json.loads((FOLDER / name).read_text())
    return content


def schema(event_type: str) -> Whole:
    return written(f"schemas/{event_type}.json")


def validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(
        schema(event_type), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def example(event_type: str) -> Whole:
    found: Whole = schema(event_type)["examples"][0]
    return found


def model_takes(event: type[Event], data: Any) -> bool:
    try:
        event.model_validate_json(json.dumps(data), strict=True)
    except ValidationError:
        return False
    return True


def test_the_contracts_are_what_the_models_say() -> None:
    folder = {
        path.relative_to(FOLDER): path.read_text()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    made = documents()
    drifted = [str(name) for name, text in made.items() if folder.get(name) != text]
    assert not drifted, f"run `make contracts`: {drifted}"
    assert set(folder) == set(made)


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_every_schema_is_valid_and_takes_its_example(event_type: str) -> None:
    Draft202012Validator.check_schema(schema(event_type))
    validator(event_type).validate(example(event_type))
    assert schema(event_type)["description"]


@pytest.mark.parametrize("event_type", [t for t, e in CATALOGUE.items() if issubclass(e, Incoming)])
def test_what_comes_from_outside_has_no_other_fields(event_type: str) -> None:
    for whole in with_a_field_more(example(event_type)):
        assert not validator(event_type).is_valid(whole)


@pytest.mark.parametrize(
    "event_type", [t for t, e in CATALOGUE.items() if not issubclass(e, Incoming)]
)
def test_a_reader_of_events_ignores_fields_that_come_later(event_type: str) -> None:
    for whole in with_a_field_more(example(event_type)):
        validator(event_type).validate(whole)


def with_a_field_more(whole: Whole) -> Iterator[Whole]:
    """The message with an unknown field, once in every object in it."""

    def objects(node: Any) -> Iterator[Whole]:
        children = node
        if isinstance(node, dict):  # the keys of `attributes` are data, which the domain checks
            children = [value for key, value in node.items() if key != "attributes"]
        if isinstance(node, dict):
            yield node
        for child in children if isinstance(node, dict | list) else ():
            yield from objects(child)

    for place in range(len(list(objects(whole)))):
        changed = copy.deepcopy(whole)
        list(objects(changed))[place]["not_yet_known"] = 1
        yield changed


BROKEN: list[tuple[str, str, Any]] = [
    ("demand.submitted.v1", "quantity", 0),
    ("demand.submitted.v1", "quantity", -3),
    ("demand.submitted.v1", "quantity", 1_000_001),
    ("demand.submitted.v1", "quantity", "12"),
    ("demand.submitted.v1", "quantity", 1.5),
    ("demand.submitted.v1", "quantity", True),
    ("demand.submitted.v1", "quantity", None),
    ("demand.submitted.v1", "price_ceiling", 829.0),
    ("demand.submitted.v1", "price_ceiling", "829"),
    ("demand.submitted.v1", "price_ceiling", "829,00"),
    ("demand.submitted.v1", "price_ceiling", "-829.00"),
    ("demand.submitted.v1", "price_ceiling", "0829.00"),
    ("demand.submitted.v1", "member", "02"),
    ("demand.submitted.v1", "member", 10002),
    ("demand.submitted.v1", "demand_id", "B-2026-00017"),
    ("demand.submitted.v1", "unit", "Stück"),
    ("demand.submitted.v1", "needed_by", "30.06.2026"),
    ("demand.submitted.v1", "needed_by", "2026-02-30"),
    ("demand.submitted.v1", "needed_by", "1026-06-30"),
    ("demand.submitted.v1", "needed_by", "9026-06-30"),
    ("demand.submitted.v1", "needed_by", "2026-06-30T00:00:00Z"),
    ("demand.submitted.v1", "needed_by", 20260630),
    ("demand.submitted.v1", "requirement", ""),
    ("demand.submitted.v1", "requirement", "two\nlines"),
    ("demand.submitted.v1", "requirement", "a word\u202e turned"),
    ("demand.submitted.v1", "requirement", " starts with a space"),
    ("demand.submitted.v1", "requirement", "ends with a space "),
    ("demand.submitted.v1", "requirement", "x" * 2001),
    ("demand.submitted.v1", "requirement", "=?utf-8?q?hidden?="),
    ("demand.submitted.v1", "equivalents", ["NB-14"] * 11),
    ("demand.submitted.v1", "equivalents", "NB-14"),
    ("demand.submitted.v1", "place", {"city": "Barleben"}),
    ("demand.submitted.v1", "item", "NB 14"),
    ("membership.applied.v1", "kind", "gmbh"),
    ("membership.applied.v1", "ags", "1508304"),
    ("membership.applied.v1", "contacts", []),
    (
        "membership.applied.v1",
        "contacts",
        [{"role": "it", "name": "IT-Stelle", "email": "barleben.example"}],
    ),
    ("round.announced.v1", "categories", []),
    ("round.announced.v1", "categories", ["hard ware"]),
    ("round.announced.v1", "cut_off", "2026-03-31T12:00:00+02:00"),
    ("round.announced.v1", "cut_off", "2026-03-31T12:00:00"),
    ("round.announced.v1", "cut_off", "2026-03-31"),
    ("contract.offered.v1", "tiers", []),
    ("contract.offered.v1", "vat_rate", 19),
    ("contract.offered.v1", "vat_rate", "100.50"),
    ("contract.offered.v1", "lead_days", 731),
    ("contract.offered.v1", "call_off_fee", "1e3"),
]


@pytest.mark.parametrize(("event_type", "field", "value"), BROKEN)
def test_a_schema_refuses_what_the_model_refuses(event_type: str, field: str, value: Any) -> None:
    whole = example(event_type)
    whole["data"][field] = value
    assert not model_takes(CATALOGUE[event_type], whole["data"])
    assert not validator(event_type).is_valid(whole)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("type", "demand.changed.v1"),
        ("type", "demand.submitted.v2"),
        ("specversion", "0.3"),
        ("id", "17"),
        ("party", "kid"),
        ("time", "2026-02-03T08:15:00+01:00"),
        ("source", "Member 10002"),
        ("datacontenttype", "text/xml"),
        ("sequence", 0),
        ("data", None),
    ],
)
def test_a_schema_refuses_a_wrong_envelope(attribute: str, value: Any) -> None:
    whole = {**example("demand.submitted.v1"), attribute: value}
    assert not validator("demand.submitted.v1").is_valid(whole)


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_a_schema_misses_every_field_that_the_model_misses(event_type: str) -> None:
    whole, model = example(event_type), CATALOGUE[event_type]
    for field in whole["data"]:
        shorter = {name: value for name, value in whole["data"].items() if name != field}
        taken = validator(event_type).is_valid({**whole, "data": shorter})
        assert taken == model_takes(model, shorter), field


def test_every_incoming_message_has_answers_and_its_sender_hears_the_refusal() -> None:
    incoming = {event for event in CATALOGUE.values() if issubclass(event, Incoming)}
    assert set(ANSWERS) == incoming
    for event in incoming:
        refusal = CATALOGUE[event.refused_by]
        assert set(parties(event)) <= set(parties(refusal))


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = written("asyncapi.json")
    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_every_message_is_sent_by_someone_and_heard_by_someone() -> None:
    document = written("asyncapi.json")
    names = dict.fromkeys(("send", "receive"), frozenset[str]())
    for operation in document["operations"].values():
        offered = document["channels"][operation["channel"]["$ref"].split("/")[-1]]["messages"]
        used = {Path(message["$ref"]).name.replace("~1", "/") for message in operation["messages"]}
        assert used <= set(offered)
        names[operation["action"]] |= used
    assert names["send"] == names["receive"] == set(CATALOGUE)
    assert set(document["components"]["messages"]) == set(CATALOGUE)


def test_a_system_speaks_with_its_own_user_and_only_what_it_may() -> None:
    document = written("asyncapi.json")
    for system, party in SYSTEMS.items():
        speaks = document["operations"][f"{system}.states"]
        assert speaks["channel"]["$ref"].endswith(INCOMING)
        user = speaks["bindings"]["amqp"]["userId"]
        assert user == {"member": "member-{number}"}.get(system, system)
        for message in speaks["messages"]:
            event = CATALOGUE[Path(message["$ref"]).name]
            assert issubclass(event, Incoming)
            assert party in event.senders


def test_message_examples_in_the_asyncapi_document_are_valid() -> None:
    document = written("asyncapi.json")
    for name, message in document["components"]["messages"].items():
        [told] = message["examples"]
        assert told["payload"] == example(name)
        properties = document["components"]["schemas"][Path(message["headers"]["$ref"]).name]
        Draft202012Validator(properties).validate(told["headers"])
