"""From occasions to mails: what is told together, and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from services.notifications.domain.kinds import KINDS, Kind
from services.notifications.domain.parties import Round

_BERLIN = ZoneInfo("Europe/Berlin")
_SATURDAY = 5


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
    known_at: datetime
    correlation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How much demand a closed round holds, and by a digest which, as the message `counted_by`
    states it."""

    round_id: UUID
    demands: int
    pieces: int
    counted_by: UUID
    correlation: UUID | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Collecting:
    """How long a collected mail waits: for quiet, but at most so long after the first event.

    What is gathered once a day waits for the hour `daily_at` in Germany.
    """

    quiet: timedelta
    at_most: timedelta
    daily_at: time = time(7)

    def is_due(self, kind: Kind, first: datetime, last: datetime, now: datetime) -> bool:
        """Whether what was heard between these moments is to be told now."""
        if kind.gathers or kind.daily:
            return self._next_hour(first) <= now
        return min(last + self.quiet, first + self.at_most) <= now

    def _next_hour(self, first: datetime) -> datetime:
        local = first.astimezone(_BERLIN)
        day = local.date() + timedelta(days=0 if local.time() < self.daily_at else 1)
        return datetime.combine(day, self.daily_at, _BERLIN)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in Germany at which what can wait is not sent, such as 20 to 7; days off besides."""

    begins: time
    ends: time
    is_holiday: Callable[[date], bool]

    def over_at(self, now: datetime) -> datetime:
        """The first moment from now on that is not quiet, in UTC."""
        local = now.astimezone(_BERLIN)
        while self._is_quiet(local):
            day = local.date() + timedelta(days=0 if local.time() < self.ends else 1)
            local = datetime.combine(day, self.ends, _BERLIN)
        return local.astimezone(UTC)

    def _is_quiet(self, local: datetime) -> bool:
        off = local.weekday() >= _SATURDAY or self.is_holiday(local.date())
        return off or not self.ends <= local.time() < self.begins


@dataclass(frozen=True, slots=True)
class Telling:
    """The occasions that one mail tells, oldest first; one, unless the kind is collected."""

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

    @property
    def parts(self) -> tuple["Telling", ...]:
        """What a mail that gathers is made of, each as it would have been told alone."""
        if not self.kind.gathers:
            return (self,)
        return tuple(_unpacked(occasion) for occasion in self.occasions)

    @property
    def gathered_for(self) -> frozenset[str]:
        """The addresses that wanted this gathered; empty where it is told at once."""
        return frozenset(
            address for occasion in self.occasions for address in occasion.data.get("for", ())
        )


def gathered(telling: Telling, role: str, addresses: Sequence[str]) -> Occasion:
    """A telling as one occasion of the day's gathering mail to these addresses."""
    first = telling.occasions[0]
    return Occasion(
        cause=derived_cause(first.cause, f"gathered {first.kind}"),
        kind=f"digest_{role}",
        party=first.party,
        type=first.type,
        data={
            "for": list(addresses),
            "told": [
                {
                    "cause": str(one.cause),
                    "kind": one.kind,
                    "type": one.type,
                    "data": one.data,
                    "known_at": one.known_at.isoformat(),
                }
                for one in telling.occasions
            ],
        },
        known_at=first.known_at,
        correlation=first.correlation,
    )


def _unpacked(occasion: Occasion) -> Telling:
    return Telling(
        tuple(
            Occasion(
                cause=UUID(one["cause"]),
                kind=one["kind"],
                party=occasion.party,
                type=one["type"],
                data=one["data"],
                known_at=datetime.fromisoformat(one["known_at"]),
            )
            for one in occasion.data["told"]
        )
    )


def reminder_due(of: Round, before: timedelta, now: datetime) -> bool:
    """Whether members are to be reminded of a round's cut-off now.

    Asked again until the cut-off has passed, so that a reminder is late after an outage, but
    never left out. A round that opened so shortly before its cut-off needs none.
    """
    begins = of.cut_off - before
    return of.closed_at is None and of.opened_at <= begins <= now < of.cut_off


def derived_cause(of: UUID, what: str) -> UUID:
    """The cause of what no message causes but the clock, such as a reminder of a round."""
    return uuid5(of, what)
