"""States for people, over HTTP and in `kitu`.

The register and the voting list are asked for by day, `2026-06-30`, and where it is told what
was known at a moment, `2026-06-30/2026-07-01T00:00:00Z`.
"""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.membership.domain.register import Entry, Standing, roll, shown, valid, votes
from services.membership.store.applications import application
from services.membership.store.members import pages
from services.membership.store.tables import ErasureRow, MemberRow


async def show_member(session: AsyncSession, number: str) -> dict[str, Any] | None:
    """A member as it is today, with every entry of its page in the register."""
    row = await session.get(MemberRow, number)
    if row is None:
        return None
    (page,) = (await pages(session, [number])).values()
    counting = {entry.number for entry in valid(page)}
    shown = {name: getattr(row, name) for name in MemberRow.__table__.columns.keys()}  # noqa: SIM118
    return {
        **shown,
        "entries": [{**asdict(entry), "counts": entry.number in counting} for entry in page],
    }


async def show_application(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """An application that is not decided yet, or whose refusal is not told yet."""
    found = await application(session, UUID(key)) if _is_id(key) else None
    return None if found is None else asdict(found)


async def show_erasure(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """That a refused applicant's data was deleted, by the application's id."""
    row = await session.get(ErasureRow, UUID(key)) if _is_id(key) else None
    if row is None:
        return None
    return {name: getattr(row, name) for name in ErasureRow.__table__.columns.keys()}  # noqa: SIM118


async def show_register(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """The register of a day, as known at a moment."""
    return await _list(session, key, voting=False)


async def show_votes(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """Who votes in an assembly on a day, one vote each, as known at a moment."""
    return await _list(session, key, voting=True)


async def _list(session: AsyncSession, key: str, *, voting: bool) -> dict[str, Any] | None:
    try:
        day, known_at = _asked(key)
    except ValueError:
        return None
    register = await pages(session)
    members = roll(register.values(), day, known_at)
    if voting:
        members = votes(members, day)
    return {
        "at": day.isoformat(),
        "known_at": known_at.isoformat() if known_at else None,
        "members": [_line(each, shown(register[each.number], day, known_at)) for each in members],
    }


def _line(member: Standing, entries: list[Entry]) -> dict[str, Any]:
    """A member in the list, as § 30 GenG asks: the first share is every member's, `since` is from
    when what is said of the member itself and of its shares holds."""
    since = {
        name: max(entry.effective_on for entry in entries if says(entry))
        for name, says in (("person_since", _of_person), ("shares_since", _of_shares))
    }
    return {
        **asdict(member),
        **since,
        "further_shares": member.shares - 1,
        "entries": [asdict(entry) for entry in entries],
    }


def _of_person(entry: Entry) -> bool:
    return bool(entry.person)


def _of_shares(entry: Entry) -> bool:
    return bool(entry.shares)


def _asked(key: str) -> tuple[date, datetime | None]:
    day, _, moment = key.partition("/")
    known_at = datetime.fromisoformat(moment).astimezone(UTC) if moment else None
    return date.fromisoformat(day), known_at


def _is_id(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True
