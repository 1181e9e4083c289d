"""What the gate does with a message, in one word."""

from typing import Any

import pytest

from shared.events import CATALOGUE
from shared.messaging.gate import Received, Stopped, admit
from shared.refusal import Reason
from tests.builders import OPERATORS, an_arrival, an_envelope

SUBMITTED = "demand.submitted.v1"


def passed(whole: dict[str, Any] | bytes, **other: Any) -> Received:
    """A message that the gate lets pass."""
    return admit(an_arrival(whole, **other), OPERATORS)


def stopped(whole: dict[str, Any] | bytes, **other: Any) -> Stopped:
    """How the gate stops a message."""
    with pytest.raises(Stopped) as caught:
        passed(whole, **other)
    return caught.value


def only_reason(whole: dict[str, Any] | bytes, **other: Any) -> Reason:
    """The one reason for which the gate stops a message."""
    (reason,) = stopped(whole, **other).reasons
    return reason


def with_data(name: str = SUBMITTED, **other: Any) -> dict[str, Any]:
    """A message whose data is not quite the example."""
    return an_envelope(name, data=CATALOGUE[name].example | other)
