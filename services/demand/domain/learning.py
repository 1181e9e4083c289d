"""Suggestions: what similar members chose. The same answers give the same suggestion."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from services.demand.domain.questions import Question, missing
from services.demand.domain.world import Demand
from shared.rules import Rules


@dataclass(frozen=True, slots=True)
class Peer:
    """What a member told of an accepted demand: all that questions ask for, by field."""

    member: str
    kind: str
    quantity: int
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that `chosen_by` of `similar_members` chose: the most frequent, or the middle."""

    value: bool | int | str
    chosen_by: int
    similar_members: int
    how: Literal["most_frequent", "middle"]


def similar_members(
    peers: Iterable[Peer], member: str, kind: str, quantity: int, bounds: Sequence[int]
) -> list[Peer]:
    """The newest of each other member of the same kind whose demand is of the same class of size.

    Args:
        peers: what members told, oldest first.
        bounds: the pieces from which on the next class begins, rising.
    """
    size = bisect_right(bounds, quantity)
    newest = {
        peer.member: peer
        for peer in peers
        if peer.member != member
        and peer.kind == kind
        and bisect_right(bounds, peer.quantity) == size
    }
    return [newest[number] for number in sorted(newest)]


def suggestion(question: Question, peers: Iterable[Peer], at_least: int) -> Suggestion | None:
    """What to suggest for a question; None where fewer than `at_least` members answered it.

    Numbers: the middle one, of two the lower. All else: the most frequent, of several the first
    in the order of the choices or the alphabet. Answers that the question would not take today
    are left out.
    """
    answers = [
        peer.told[question.field]
        for peer in peers
        if question.field in peer.told and question.wrong(peer.told[question.field]) is None
    ]
    if not question.learn or len(answers) < max(at_least, 1):
        return None
    counted = Counter(answers)
    if question.kind == "whole":
        value = sorted(answers)[(len(answers) - 1) // 2]
        return Suggestion(value, counted[value], len(answers), "middle")
    order = question.choices or tuple(sorted(counted, key=str))
    value = max(order, key=lambda each: (counted[each], -order.index(each)))
    return Suggestion(value, counted[value], len(answers), "most_frequent")


def suggestions(
    asked: Mapping[str, Question],
    peers: Iterable[Peer],
    rules: Rules,
    day: date,
) -> dict[str, Suggestion]:
    """Suggestions by field, as far as similar members (`peers`) answered enough."""
    at_least = rules.at("suggest_from_members", day).value
    known = list(peers)
    found = {field: suggestion(question, known, at_least) for field, question in asked.items()}
    return {field: each for field, each in found.items() if each is not None}


def suggested(demand: Demand, rules: Rules, day: date) -> dict[str, Any]:
    """What was suggested for what a requirement still lacks, as the member read it."""
    lacks = missing(demand.wish, rules, day)
    asked = [entry for entry in demand.talk if entry["kind"] == "details_asked"]
    return {
        field: value
        for entry in asked
        for field, value in entry["suggested"].items()
        if field in lacks
    }
