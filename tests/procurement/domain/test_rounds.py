"""A round from its announcement to its cut-off."""

from datetime import timedelta
from typing import Any

import pytest

from services.procurement.domain import rounds
from shared.refusal import Refused
from tests.procurement.builders import NOON, an_id


def announced(**other: Any) -> rounds.Round:
    """A round on hardware that closes a day later."""
    values: dict[str, Any] = {
        "id": an_id(2),
        "reference": "R-2026-0001",
        "title": "Frühjahr",
        "categories": ["hardware"],
        "cut_off": NOON + timedelta(days=1),
        "now": NOON,
    }
    return rounds.announce(**values | other)


def test_an_announced_round_is_open() -> None:
    assert announced().state == "open"


def test_a_cut_off_that_has_passed_is_refused() -> None:
    with pytest.raises(Refused, match="cut_off"):
        announced(cut_off=NOON)


def test_a_category_named_twice_is_refused() -> None:
    with pytest.raises(Refused, match="categories"):
        announced(categories=["hardware", "hardware"])


def test_a_round_closes_once() -> None:
    closed = rounds.close(announced(), NOON, "requested")
    assert (closed.state, closed.closed_at, closed.close_reason) == ("closed", NOON, "requested")
    with pytest.raises(Refused, match="this one is closed"):
        rounds.close(closed, NOON, "requested")
