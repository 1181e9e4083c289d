"""German wording: rules, and many events in one list."""

import doctest
from json import dumps
from typing import Any
from uuid import UUID

import pytest

from services.notifications.mail import message, rules, views, wording
from services.notifications.mail.documents import tables
from services.notifications.mail.samples import BACKGROUND
from shared.events import CATALOGUE, Event
from shared.events.common import Broken


@pytest.mark.parametrize("module", [wording, rules, message, tables])
def test_the_examples_in_the_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("field", "value", "rule", "german"),
    [
        ("quantity", "0", "must be at least 1", ("Menge", "0: muss mindestens 1 sein")),
        (
            "needed_by",
            "2026-01-01",
            "must be after 2026-03-31 and at most 2031-03-28",
            ("Benötigt bis", "01.01.2026: muss nach dem 31.03.2026 und bis zum 28.03.2031 liegen"),
        ),
        (
            "place.postal_code",
            "",
            "Field required",
            ("Lieferort, Postleitzahl", "fehlt und muss angegeben werden"),
        ),
        (
            "demand_id",
            "",
            "B-1 counts in round R-2026-0001, which took changes until 2026-03-31 10:00Z",
            (
                "Bedarf",
                "B-1 zählt in Runde R-2026-0001, die Änderungen bis 31.03.2026, 10:00 UTC annahm",
            ),
        ),
        ("colour", "red", "the moon must be full", ("colour", "red: „the moon must be full“")),
    ],
)
def test_rules_read_in_german(field: str, value: str, rule: str, german: tuple[str, str]) -> None:
    assert rules.rows([Broken(field=field, value=value, rule=rule)]) == [german]


def accepted(revision: int, quantity: int, **other: Any) -> Event:
    stated = {"revision": revision, "quantity": quantity, **other}
    data = {**CATALOGUE["demand.accepted.v1"].example, **stated}
    return CATALOGUE["demand.accepted.v1"].model_validate_json(dumps(data))


def test_a_demand_is_told_once_as_it_stands_at_the_end() -> None:
    told = views.news([accepted(1, 12), accepted(2, 15)])
    assert [(n.change, n.quantity) for n in told] == [("Neu aufgenommen", "15 Stück")]
    told = views.news([accepted(2, 15)])
    assert [n.change for n in told] == ["Geändert"]


def test_demand_without_a_contract_is_marked_and_explained() -> None:
    told = views.news([accepted(1, 12, without_contract=True), accepted(1, 3)])
    assert [n.without_contract for n in told] == [False], "the last word counts"
    (marked,) = views.news([accepted(1, 12, without_contract=True)])
    assert marked.about.endswith("zurzeit ohne Rahmenvereinbarung")


def test_a_withdrawn_demand_counts_no_more() -> None:
    event = CATALOGUE["demand.withdrawal_confirmed.v1"]
    told = views.news([accepted(1, 12), event.model_validate_json(dumps(event.example))])
    assert [(n.change, n.quantity) for n in told] == [("Zurückgezogen", "entfällt")]


def test_the_member_sees_its_demands_of_a_round_in_order() -> None:
    round_id = UUID("0190163d-8694-739b-aea5-966c26f8ad02")
    assert [d.reference for d in views.standing(BACKGROUND, round_id)] == ["B-2026-00017"]
    assert views.standing(BACKGROUND, UUID(int=1)) == []
