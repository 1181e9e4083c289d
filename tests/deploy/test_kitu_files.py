"""How files become messages, and what is told about those that are wrong."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from deploy.kitu.failure import MISUSED, Failure
from deploy.kitu.files import Draft, read
from deploy.kitu.messages import problems, seal
from shared.events import CATALOGUE
from shared.events.member import DEMAND_EXAMPLE

TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
DEMAND = "demand.submitted.v1"


def drafts(file: Path, text: str, message_type: str | None = DEMAND) -> list[Draft]:
    file.write_text(text)
    return read(file, message_type, TODAY)


def test_a_csv_row_becomes_nested_data_with_the_types_its_fields_have(tmp_path: Path) -> None:
    (draft,) = drafts(
        tmp_path / "one.csv",
        "#remark,member,quantity,needed_by,place.name,place.city,equivalents,cost_centre,item\n"
        "why,10002,12,+30d,Rathaus,Barleben,NB-16|NB-14,11130,\n",
    )
    assert draft.where.endswith("one.csv:2")
    assert draft.content == {
        "member": "10002",
        "quantity": 12,
        "needed_by": "2026-03-31",
        "place": {"name": "Rathaus", "city": "Barleben"},
        "equivalents": ["NB-16", "NB-14"],
        "cost_centre": "11130",
    }


def test_numbered_steps_become_a_list_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    (draft,) = drafts(
        tmp_path / "one.csv",
        "member,contacts.0.role,contacts.0.email,contacts.1.role\n10002,it,it@barleben.example,\n",
        "contacts.changed.v1",
    )
    assert draft.content["contacts"] == [{"role": "it", "email": "it@barleben.example"}]


def test_semicolons_and_a_byte_order_mark_are_understood_as_spreadsheets_write_them(
    tmp_path: Path,
) -> None:
    (draft,) = drafts(tmp_path / "one.csv", "\ufeffmember;quantity\n10002;3\n")
    assert draft.content == {"member": "10002", "quantity": 3}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DEMAND_EXAMPLE),
        json.dumps([DEMAND_EXAMPLE]),
        json.dumps(DEMAND_EXAMPLE) + "\n\n" + json.dumps(DEMAND_EXAMPLE) + "\n",
    ],
    ids=["one", "list", "lines"],
)
def test_json_may_be_one_message_a_list_or_one_per_line(tmp_path: Path, text: str) -> None:
    assert {draft.content["item"] for draft in drafts(tmp_path / "some.json", text)} == {"NB-14"}


def test_only_dates_are_counted_from_today(tmp_path: Path) -> None:
    (draft,) = drafts(tmp_path / "one.json", json.dumps({"reference": "+30d", "needed_by": "+30d"}))
    assert draft.content == {"reference": "+30d", "needed_by": "2026-03-31"}


def test_bare_data_without_a_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="--type") as failure:
        drafts(tmp_path / "one.json", json.dumps(DEMAND_EXAMPLE), None)
    assert failure.value.code == MISUSED


def test_what_is_not_json_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"some\.json:2: is not JSON"):
        drafts(tmp_path / "some.json", '{"a": 1}\n{"a": \n')


def test_bare_data_gets_a_cloudevent_of_the_party_it_concerns() -> None:
    message = seal(Draft("x:1", DEMAND, DEMAND_EXAMPLE), "operator", None, NOW)
    event = json.loads(message.body)
    assert message.routing_key == "demand.submitted.v1.10002"
    assert UUID(event["id"]).version == 7
    assert event["source"] == "operator"
    assert event["time"] == "2026-03-01T08:00:00Z"
    assert event["data"] == DEMAND_EXAMPLE
    assert problems([message], "operator") == []


def test_a_demand_without_an_id_gets_one_and_a_change_does_not() -> None:
    data = {name: value for name, value in DEMAND_EXAMPLE.items() if name != "demand_id"}
    submitted = seal(Draft("x:1", DEMAND, data), "operator", None, NOW)
    changed = seal(Draft("x:1", "demand.changed.v1", data), "operator", None, NOW)
    assert problems([submitted], "operator") == []
    assert [reason.field for _, reason in problems([changed], "operator")] == ["demand_id"]


def test_a_whole_cloudevent_is_sent_as_it_stands() -> None:
    event = {"specversion": "0.3", "id": "7", "type": DEMAND, "party": "10002", "extra": 1}
    message = seal(Draft("x:1", DEMAND, event, whole=True), "operator", None, NOW)
    assert json.loads(message.body) == event
    assert message.routing_key == "demand.submitted.v1.10002"


def test_every_problem_is_told_with_its_place_field_value_and_rule() -> None:
    data = {**DEMAND_EXAMPLE, "quantity": 0, "menge": 3}
    found = problems([seal(Draft("f.csv:7", DEMAND, data), "operator", None, NOW)], "operator")
    assert {(where, reason.field, reason.value) for where, reason in found} == {
        ("f.csv:7", "quantity", "0"),
        ("f.csv:7", "menge", "3"),
    }


def test_a_members_system_may_not_speak_for_another_member() -> None:
    message = seal(Draft("x:1", DEMAND, DEMAND_EXAMPLE), "member-10007", "10002", NOW)
    ((_, reason),) = problems([message], "member-10007")
    assert reason.field == "party"


@pytest.mark.parametrize("message_type", CATALOGUE)
def test_every_message_has_an_example_that_reads_back(message_type: str) -> None:
    from deploy.kitu import catalogue
    from shared.events import Incoming

    model = CATALOGUE[message_type]
    event = json.loads(catalogue.example(model))
    assert event["type"] == message_type
    if issubclass(model, Incoming):
        message = seal(Draft("x:1", message_type, event, whole=True), "operator", None, NOW)
        assert problems([message], "operator") == []
