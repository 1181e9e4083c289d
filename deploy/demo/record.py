"""Everything the operator hears, in order, and waiting for it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from deploy.kitu import wire
from deploy.kitu.lines import gist
from shared.events import CATALOGUE, Event

T = TypeVar("T")
E = TypeVar("E", bound=Event)


class Stuck(Exception):
    """Something that had to happen did not."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One event: its envelope as it came, whom it concerned, what it says."""

    envelope: dict[str, Any]
    party: str
    event: Event

    @property
    def id(self) -> str:
        return str(self.envelope["id"])

    @property
    def cause(self) -> str | None:
        """The message that caused it, as far as it is told."""
        told = self.envelope.get("causationid") or self.envelope["data"].get("message_id")
        return str(told) if told else None


class Record:
    """The events of a suite from the moment of listening, by type and in order."""

    def __init__(self) -> None:
        self.all: list[Noted] = []
        self._by_type: dict[str, list[Noted]] = defaultdict(list)
        self._news = asyncio.Condition()

    def noted(self, kind: type[Event]) -> list[Noted]:
        """All of one type with their envelopes."""
        return self._by_type[kind.type]

    def of(self, kind: type[E]) -> list[E]:
        """All of one type."""
        return [noted.event for noted in self.noted(kind) if isinstance(noted.event, kind)]

    async def until(self, found: Callable[[], T], what: str, seconds: float = 60) -> T:
        """Wait until something true is found, and return it.

        Raises:
            Stuck: nothing at all was heard for so many seconds; says what is missing.
        """
        async with self._news:
            while not (seen := found()):
                try:
                    async with asyncio.timeout(seconds):
                        await self._news.wait()
                except TimeoutError:
                    raise Stuck(f"nothing heard for {seconds:.0f} s; {self._lacks(what)}") from None
            return seen

    def _lacks(self, what: str) -> str:
        refused = [noted for noted in self.all[-500:] if noted.event.type.endswith(".rejected.v1")]
        last = "".join(f"\n  refused: {gist(noted.envelope['data'])}" for noted in refused[-3:])
        return f"still missing: {what}{last}"

    async def note(self, heard: wire.Heard) -> None:
        """Keep an event and wake who waits for it."""
        message_type, _, party = heard.key.rpartition(".")
        data = json.dumps(heard.event["data"])
        noted = Noted(heard.event, party, CATALOGUE[message_type].model_validate_json(data))
        async with self._news:
            self.all.append(noted)
            self._by_type[message_type].append(noted)
            self._news.notify_all()


@asynccontextmanager
async def listening(operator: wire.Login) -> AsyncIterator[Record]:
    """A record that grows as long as this is open; nothing is missed from its beginning on."""
    record = Record()
    async with wire.channel_of(operator) as channel:
        events = wire.listen(await wire.ear(channel, operator), take=True)

        async def write() -> None:
            async with aclosing(events):
                async for heard in events:
                    await record.note(heard)

        writing = asyncio.create_task(write())
        try:
            yield record
        finally:
            writing.cancel()
            await asyncio.wait({writing})
            if not writing.cancelled() and (fault := writing.exception()):
                raise fault
