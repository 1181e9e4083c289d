"""A service's handlers: one queue, one function per type."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from faststream import AckPolicy
from faststream.rabbit import QueueType, RabbitQueue, RabbitRouter

from shared.events import CATALOGUE, Event
from shared.messaging.receiving import EVENT
from shared.messaging.topology import inbox_queue

H = TypeVar("H", bound=Callable[..., Awaitable[None]])


class Handles:
    """Registers handlers: `@handles(DemandSubmitted)`. `functions` has them by type."""

    def __init__(self, reader: str, router: RabbitRouter) -> None:
        self.functions: dict[str, Callable[[Any, Any], Awaitable[None]]] = {}
        self.reader = reader
        self._subscriber = router.subscriber(
            RabbitQueue(
                inbox_queue(reader),
                queue_type=QueueType.QUORUM,
                durable=True,
                declare=False,
                arguments={"x-single-active-consumer": True},
            ),
            ack_policy=AckPolicy.REJECT_ON_ERROR,
            decoder=_decoded,
            no_reply=True,
        )

    def __call__(self, *events: type[Event]) -> Callable[[H], H]:
        """Register a handler of one type, or of several that say the same kind of thing."""
        names = {event.type for event in events}

        async def says_this(message: Any) -> bool:
            return _type(message) in names

        def register(handler: H) -> H:
            self._subscriber(handler, filter=says_this)
            self.functions |= dict.fromkeys(names, handler)
            return handler

        return register

    @property
    def types(self) -> list[type[Event]]:
        """What this service reads."""
        return [CATALOGUE[name] for name in self.functions]

    def close(self) -> None:
        """Take what no handler is for, so that the gate can answer it."""

        async def unknown(message: Any) -> bool:
            return _type(message) not in self.functions

        @self._subscriber(filter=unknown)
        async def refuse_unknown(_event: Any) -> None:
            """The gate lets no unknown type reach this; a known one nobody reads is ignored."""


def inbox(reader: str) -> tuple[RabbitRouter, Handles]:
    """A service's router and the decorator for its handlers."""
    router = RabbitRouter()
    return router, Handles(reader, router)


def _type(message: Any) -> str:
    return str(message.raw_message.routing_key or "").rpartition(".")[0]


async def _decoded(_message: Any) -> Event:
    return EVENT.get()
