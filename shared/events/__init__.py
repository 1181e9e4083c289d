"""The published language: every message of the suite, by publisher.

Outside systems: `board`, `kid`, `member`. Services: `membership`, `demand`, `procurement`,
`notifications`. `CATALOGUE` finds a class by its type on the wire.
"""

from shared.events import (  # noqa: F401 - so that the catalogue is whole
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

ANY_SERVICE = "common"
"""The publisher of what every service may state."""


def publisher(event: type[Event]) -> str:
    """Who states it: the module in which it stands, such as `member` or `procurement`."""
    return event.__module__.removeprefix(f"{__name__}.").partition(".")[0]


__all__ = [
    "ANY_SERVICE",
    "CATALOGUE",
    "Envelope",
    "Event",
    "Header",
    "Incoming",
    "envelope",
    "publisher",
]
