"""Bundling rounds: announced, open until the cut-off, closed, bundled, ordered, completed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.refusal import refuse

State = Literal["open", "closed", "proposed", "approved", "completed"]


@dataclass(frozen=True, slots=True)
class Count:
    """How much demand a round has: lines, pieces, the sum of the lines' revisions, and which
    lines, by a digest; empty where the demand service did not say that yet."""

    demands: int
    pieces: int
    revisions: int = 0
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A bundling round. `counted` is what the demand service says the round holds."""

    id: UUID
    reference: str
    title: str
    categories: tuple[str, ...]
    cut_off: datetime
    opened_at: datetime
    state: State = "open"
    closed_at: datetime | None = None
    close_reason: Literal["cut_off", "requested"] | None = None
    counted: Count | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to deliver; equal places share an order."""

    name: str
    street: str
    postal_code: str
    city: str

    def __str__(self) -> str:
        return f"{self.name}, {self.street}, {self.postal_code} {self.city}"


@dataclass(frozen=True, slots=True)
class Demand:
    """An accepted demand as procurement last heard of it; `way` is its correlation id."""

    id: UUID
    reference: str
    member: str
    item: str
    name: str
    quantity: int
    unit: str
    place: Place
    needed_from: date | None
    needed_by: date
    round_id: UUID | None
    term_months: int | None
    ceiling_cents: int | None
    equivalents: tuple[str, ...]
    minimum_quantity: int | None
    way: UUID | None
    revision: int = 1
    maximum_quantity: int | None = None


def announce(
    *,
    id: UUID,  # noqa: A002 - the round's own
    reference: str,
    title: str,
    categories: Sequence[str],
    cut_off: datetime,
    now: datetime,
) -> Round:
    """A new round, open from now on.

    Raises:
        Refused: the cut-off has passed, or a category is named twice.
    """
    if cut_off <= now:
        raise refuse("cut_off", cut_off.isoformat(), "must lie in the future")
    if len(set(categories)) < len(categories):
        raise refuse("categories", ", ".join(categories), "must name each category once")
    return Round(
        id=id,
        reference=reference,
        title=title,
        categories=tuple(categories),
        cut_off=cut_off,
        opened_at=now,
    )


def close(round: Round, now: datetime, reason: Literal["cut_off", "requested"]) -> Round:  # noqa: A002
    """The round without further demand.

    Raises:
        Refused: it is no longer open.
    """
    if round.state != "open":
        raise refuse("round_id", round.id, f"must be an open round; this one is {round.state}")
    return replace(round, state="closed", closed_at=now, close_reason=reason)


def count(round: Round, counted: Count) -> Round:  # noqa: A002
    """The round with what the demand service says it holds; said once, after its end."""
    return replace(round, counted=round.counted or counted)


def is_here(counted: Count, arrived: Count) -> bool:
    """Whether exactly the counted demand has arrived, none of it as before its last change.

    A revision may be newer than what was counted: a member's successor takes over its demand.
    """
    same = (arrived.demands, arrived.pieces) == (counted.demands, counted.pieces)
    same = same and counted.digest in {None, arrived.digest}
    return same and arrived.revisions >= counted.revisions


def propose(round: Round) -> Round:  # noqa: A002
    """The round with a plan that awaits approval."""
    return replace(round, state="proposed")


def reopen(round: Round) -> Round:  # noqa: A002
    """The round as before its plan, which no longer holds."""
    return replace(round, state="closed")


def approve(round: Round) -> Round:  # noqa: A002
    """The round with its orders placed."""
    return replace(round, state="approved")


def complete(round: Round) -> Round:  # noqa: A002
    """The round with every order settled."""
    return replace(round, state="completed")
