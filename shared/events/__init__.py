"""The published language: every message of the suite, by publisher.

Outside systems: `board`, `kid`, `member`. Services: `membership`, `demand`, `procurement`,
`notifications`. `CATALOGUE` finds a class by its type on the wire.
"""

from shared.events import (
    board,
    common,
    demand,
    kid,
    member,
    membership,
    notifications,
    procurement,
)
from shared.events.envelope import Envelope, Event, Header, Incoming, envelope


def _concrete(cls: type[Event]) -> list[type[Event]]:
    """The class itself where it has a type of its own, and all its descendants."""
    found = [cls] if "type" in vars(cls) else []
    return found + [leaf for child in cls.__subclasses__() for leaf in _concrete(child)]


CATALOGUE: dict[str, type[Event]] = {
    cls.type: cls for cls in sorted(_concrete(Event), key=lambda cls: cls.type)
}
"""Every message's class by its type, such as `demand.submitted.v1`."""

PUBLISHERS = {
    "board": board,
    "kid": kid,
    "member": member,
    "membership": membership,
    "demand": demand,
    "procurement": procurement,
    "notifications": notifications,
    "every service": common,
}
"""Who states what, for the generated documents."""

__all__ = [
    "CATALOGUE",
    "PUBLISHERS",
    "Envelope",
    "Event",
    "Header",
    "Incoming",
    "envelope",
]
