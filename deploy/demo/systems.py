"""The outside systems: each logs in as its own broker user and says what its files hold."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from deploy.kitu import wire
from deploy.kitu.files import Draft, read
from deploy.kitu.messages import Message, seal
from shared.calendar import local_date
from shared.events import Event, Incoming

DATA = Path(__file__).with_name("data")


class Systems:
    """Speaks for the board, KID and the members.

    Args:
        login: how a broker user logs in.
    """

    def __init__(self, login: Callable[[str], wire.Login]) -> None:
        self.login = login

    async def say(self, user: str, drafts: Sequence[Draft]) -> list[Message]:
        """Publish as one user, in order; returns when the broker has confirmed all."""
        who = self.login(user)
        messages = [seal(draft, who.user, None, datetime.now(UTC)) for draft in drafts]
        async with wire.channel_of(who) as channel:
            await wire.publish(channel, who.user, messages)
        return messages

    async def state(self, user: str, *events: Event) -> list[Message]:
        """Publish events made here."""
        drafts = [Draft("demo", event.type, event.model_dump(mode="json")) for event in events]
        return await self.say(user, drafts)

    async def say_as_members(self, drafts: Sequence[Draft]) -> list[Message]:
        """Publish each draft as the system of the member it names, member after member."""
        by_member: dict[str, list[Draft]] = {}
        for draft in drafts:
            by_member.setdefault(str(draft.content["member"]), []).append(draft)
        return [
            message
            for member, own in by_member.items()
            for message in await self.say(f"member-{member}", own)
        ]


def drafts(file: str, kind: type[Incoming]) -> list[Draft]:
    """What a file of the demo's data holds, as messages of this kind."""
    return read(DATA / file, kind.type, today())


def today() -> date:
    """The day in Magdeburg, by which services count too."""
    return local_date(datetime.now(UTC))


def content(draft: Draft) -> dict[str, Any]:
    """A draft's data."""
    return dict(draft.content)
