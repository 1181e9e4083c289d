"""From occasions to mails: what is told together, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.notifications.domain.kinds import KINDS, Kind
from services.notifications.domain.parties import Round


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that a party is to be told: one event, for one kind of mail.

    `cause`, `kind` and `party` together are unique, so that an event that comes twice is told
    once. `data` is the event as it stands on the wire, `type` its type; `known_at` is when we
    heard of it.
    """

    cause: UUID
    kind: str
    party: str
    type: str
    data: dict[str, Any]
    occurred_at: datetime
    known_at: datetime
    correlation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Collecting:
    """How long a collected mail waits: for quiet, but at most so long after the first event."""

    quiet: timedelta
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class Telling:
    """The occasions that one mail tells; one, unless the kind is collected."""

    occasions: tuple[Occasion, ...]

    @property
    def kind(self) -> Kind:
        """The kind of mail."""
        return KINDS[self.occasions[0].kind]

    @property
    def party(self) -> str:
        """Whom it concerns."""
        return self.occasions[0].party

    @property
    def mail_id(self) -> UUID:
        """The same occasion always leads to the same mail, so that none can be made twice."""
        first = self.occasions[0]
        return uuid5(NAMESPACE_URL, f"kitu:mail:{first.cause}:{first.kind}:{first.party}")


def tellings(occasions: Iterable[Occasion], collecting: Collecting, now: datetime) -> list[Telling]:
    """The mails that are due of what is still untold.

    Collected kinds are told per party, once no new occasion came for the quiet period or the
    first has waited its longest; all others at once, each in a mail of its own.
    """

    def together(occasion: Occasion) -> tuple[str, str, str]:
        alone = "" if KINDS[occasion.kind].collected else str(occasion.cause)
        return occasion.kind, occasion.party, alone

    groups = groupby(sorted(occasions, key=lambda o: (together(o), o.known_at)), key=together)
    found = [Telling(tuple(group)) for _, group in groups]
    due = [telling for telling in found if _due_at(telling, collecting) <= now]
    return sorted(due, key=lambda telling: telling.occasions[0].known_at)


def _due_at(telling: Telling, collecting: Collecting) -> datetime:
    first, last = telling.occasions[0].known_at, telling.occasions[-1].known_at
    if not telling.kind.collected:
        return last
    return min(last + collecting.quiet, first + collecting.at_most)


def reminder_due(of: Round, before: timedelta, now: datetime) -> bool:
    """Whether members are to be reminded of a round's cut-off now.

    Asked again until the cut-off has passed, so that a reminder is late after an outage, but
    never left out.
    """
    return of.closed_at is None and of.cut_off - before <= now < of.cut_off
