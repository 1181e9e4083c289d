"""Suggestions are what similar members chose: counted, repeatable, and nobody's alone."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demand.domain import Peer, Question, similar_members, suggestions
from services.demand.domain.learning import suggestion
from tests.demand.test_domain import RULES, TODAY

USERS = Question("users", "Nutzer", "Wie viele?", "whole", 1, 100_000)
LEVELS = ("normal", "hoch", "sehr hoch")
LEVEL = Question("protection_level", "Schutzbedarf", "Welcher?", "choice", choices=LEVELS)


def a_peer(member: str = "10003", **other: Any) -> Peer:
    """Another municipality that needs something for 25."""
    values: dict[str, Any] = {"kind": "municipality", "quantity": 25, "told": {}}
    return Peer(member, **values | other)


def told(question: Question, *answers: Any) -> list[Peer]:
    """As many members as answers."""
    return [a_peer(str(10100 + n), told={question.field: a}) for n, a in enumerate(answers)]


def test_seven_of_nine_who_chose_the_same_are_counted() -> None:
    found = suggestion(LEVEL, told(LEVEL, *["normal"] * 7, "hoch", "sehr hoch"), 3)
    assert found is not None
    assert (found.value, found.chosen_by, found.similar_members) == ("normal", 7, 9)
    assert found.how == "most_frequent"


def test_numbers_suggest_the_middle_that_somebody_really_chose() -> None:
    found = suggestion(USERS, told(USERS, 10, 20, 30, 4000), 3)
    assert found is not None
    assert (found.value, found.chosen_by, found.how) == (20, 1, "middle")


@pytest.mark.parametrize("answers", [(), ("hoch",), ("hoch", "hoch")])
def test_too_few_members_suggest_nothing(answers: tuple[str, ...]) -> None:
    assert suggestion(LEVEL, told(LEVEL, *answers), 3) is None


def test_similar_is_another_member_of_the_same_kind_and_size_by_its_newest_demand() -> None:
    peers = [
        a_peer("10003", told={"users": 1}),
        a_peer("10003", told={"users": 2}),
        a_peer("10004", kind="district"),
        a_peer("10005", quantity=50),
        a_peer("10006", quantity=10),
        a_peer("10002"),
    ]
    found = similar_members(peers, "10002", "municipality", 25, (10, 50, 250))
    assert [(each.member, each.told) for each in found] == [
        ("10003", {"users": 2}),
        ("10006", {}),
    ]


def test_what_only_the_member_can_know_is_never_suggested() -> None:
    asked = {"budget_ceiling": Question("budget_ceiling", "", "", "money", learn=False)}
    peers = told(asked["budget_ceiling"], "5.00", "5.00", "5.00")
    assert suggestions(asked, peers, RULES, TODAY) == {}


@given(st.lists(st.sampled_from(LEVELS), min_size=3), st.randoms(use_true_random=False))
def test_a_choice_is_the_most_frequent_whatever_the_order(answers: list[str], chance: Any) -> None:
    found = suggestion(LEVEL, told(LEVEL, *answers), 3)
    chance.shuffle(answers)
    assert found == suggestion(LEVEL, told(LEVEL, *answers), 3)
    assert found is not None
    assert found.chosen_by == max(Counter(answers).values())
    assert found.chosen_by == answers.count(str(found.value))
    assert found.similar_members == len(answers)


@given(st.lists(st.integers(1, 100_000), min_size=3), st.randoms(use_true_random=False))
def test_half_chose_at_most_and_half_at_least_the_middle(answers: list[int], chance: Any) -> None:
    found = suggestion(USERS, told(USERS, *answers), 3)
    chance.shuffle(answers)
    assert found == suggestion(USERS, told(USERS, *answers), 3)
    assert found is not None
    middle = int(found.value)
    assert 2 * sum(each <= middle for each in answers) >= len(answers)
    assert 2 * sum(each >= middle for each in answers) >= len(answers)
    assert middle in answers


@given(st.lists(st.integers(-5, 5) | st.sampled_from(["hoch", "", "?"]), max_size=9))
def test_answers_that_no_longer_fit_are_left_out(answers: list[Any]) -> None:
    fit = [each for each in answers if each == "hoch"]
    found = suggestion(LEVEL, told(LEVEL, *answers), 3)
    assert (found is not None) == (len(fit) >= 3)
    assert found is None or (found.value, found.similar_members) == ("hoch", len(fit))
