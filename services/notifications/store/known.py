"""What other services state, as far as mails need it."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notifications.domain import (
    Background,
    Closing,
    Contact,
    Demand,
    Member,
    Round,
    Saving,
)
from services.notifications.store.tables import (
    ClosingRow,
    DemandRow,
    MemberRow,
    PromiseRow,
    RoundRow,
    SavingRow,
)
from shared.events.demand import digest_of

_DEMAND = tuple(Demand.__dataclass_fields__)


async def member(session: AsyncSession, number: str) -> Member | None:
    """A member, also one that left; with the contacts of who stands in its place."""
    row = await session.get(MemberRow, number)
    if row is None:
        return None
    standing = await session.get_one(MemberRow, await in_place_of(session, number))
    return replace(_member(row), contacts=_member(standing).contacts)


async def in_place_of(session: AsyncSession, number: str) -> str:
    """The member whose contacts are written to for this one: itself, or its last successor."""
    seen = [number]
    while row := await session.get(MemberRow, seen[-1]):
        after = row.successor
        if after is None or after in seen or await session.get(MemberRow, after) is None:
            break
        seen.append(after)
    return seen[-1]


async def active_members(session: AsyncSession) -> list[Member]:
    """Those who belong to the cooperative, by number."""
    rows = await session.scalars(
        select(MemberRow).where(MemberRow.active).order_by(MemberRow.number)
    )
    return [_member(row) for row in rows]


async def save_member(session: AsyncSession, state: Member, sequence: int) -> None:
    """Keep a member's state, unless a newer one is known; an address that bounced stays so."""
    row = await session.get(MemberRow, state.number, with_for_update=True)
    if row is None or row.sequence < sequence:
        known = _member(row).contacts if row else ()
        bounced = {contact.email.casefold() for contact in known if contact.bounced}
        contacts = [asdict(c) | {"bounced": c.email.casefold() in bounced} for c in state.contacts]
        columns = asdict(state) | {"contacts": contacts}
        await session.merge(MemberRow(sequence=sequence, **columns))


async def flag(session: AsyncSession, number: str, address: str) -> bool:
    """Note that mail to a member's address comes back; False where that is known, or no address."""
    row = await session.get(MemberRow, number, with_for_update=True)
    contacts = _member(row).contacts if row else ()
    concerned = [c for c in contacts if c.email.casefold() == address.casefold() and not c.bounced]
    if row is None or not concerned:
        return False
    row.contacts = [asdict(c) | {"bounced": c.bounced or c in concerned} for c in contacts]
    return True


async def save_round(session: AsyncSession, state: Round) -> None:
    """Keep a round that opened."""
    if await session.get(RoundRow, state.id) is None:
        session.add(RoundRow(**asdict(state) | {"categories": list(state.categories)}))


async def close_round(session: AsyncSession, id: UUID, at: datetime) -> None:  # noqa: A002
    """Note that a round closed.

    Raises:
        LookupError: it is not known (yet).
    """
    row = await session.get(RoundRow, id)
    if row is None:
        raise LookupError(f"round {id} is not known")
    row.closed_at = at


async def open_rounds(session: AsyncSession) -> list[Round]:
    """Rounds that are not closed, first cut-off first."""
    rows = await session.scalars(
        select(RoundRow).where(RoundRow.closed_at.is_(None)).order_by(RoundRow.cut_off)
    )
    return [_round(row) for row in rows]


async def save_demand(session: AsyncSession, state: Demand, sequence: int) -> None:
    """Keep a demand's state, unless a newer one is known."""
    row = await session.get(DemandRow, state.id, with_for_update=True)
    if row is None or row.sequence < sequence:
        await session.merge(DemandRow(sequence=sequence, counts=True, **asdict(state)))


async def forget_demand(
    session: AsyncSession,
    id: UUID,  # noqa: A002
    number: str,
    sequence: int,
) -> None:
    """Note that a member's demand no longer counts, also if nothing else is known of it (yet)."""
    row = await session.get(DemandRow, id, with_for_update=True)
    if row is None:
        session.add(DemandRow(id=id, member=number, counts=False, sequence=sequence))
    elif row.sequence < sequence:
        row.counts, row.sequence = False, sequence


async def members_in_round(session: AsyncSession, round_id: UUID) -> list[str]:
    """Numbers of the members with demand in a round."""
    numbers = select(DemandRow.member).where(DemandRow.round_id == round_id, DemandRow.counts)
    return list(await session.scalars(numbers.distinct().order_by(DemandRow.member)))


async def save_closing(session: AsyncSession, closing: Closing) -> None:
    """Keep how much a closed round holds, until its members are told."""
    session.add(ClosingRow(**asdict(closing)))


async def take_closings(session: AsyncSession) -> list[Closing]:
    """Closings of which exactly the stated demand is known by now; each is taken once."""
    rows = await session.scalars(
        select(ClosingRow).order_by(ClosingRow.round_id).with_for_update(skip_locked=True)
    )
    taken = []
    for row in rows:
        found = await session.execute(
            select(DemandRow.id, DemandRow.quantity).where(
                DemandRow.round_id == row.round_id, DemandRow.counts
            )
        )
        known = {id: quantity or 0 for id, quantity in found}  # noqa: A001
        same = (len(known), sum(known.values())) == (row.demands, row.pieces)
        if same and row.digest in {None, digest_of(known)}:
            taken.append(_closing(row))
            await session.delete(row)
    return taken


async def world(session: AsyncSession, number: str, named: Iterable[UUID]) -> Background:
    """A member with its demands, those `named` among them, and the rounds."""
    rows = await session.scalars(
        select(DemandRow).where(
            DemandRow.member == number,
            DemandRow.name.is_not(None),
            or_(DemandRow.counts, DemandRow.id.in_(list(named))),
        )
    )
    rounds = await session.scalars(select(RoundRow))
    return Background(
        member=await member(session, number),
        rounds={row.id: _round(row) for row in rounds},
        demands={row.id: _demand(row) for row in rows},
    )


async def save_saving(
    session: AsyncSession, round_id: UUID, number: str, net: int, alone: int
) -> None:
    """Keep what a member pays for a round, and would have paid alone."""
    await session.merge(SavingRow(round_id=round_id, member=number, net=net, alone=alone))


async def savings(session: AsyncSession, round_id: UUID) -> tuple[Saving, ...]:
    """What every member of a round saved, most first."""
    rows = await session.execute(
        select(SavingRow, MemberRow.name)
        .outerjoin(MemberRow, MemberRow.number == SavingRow.member)
        .where(SavingRow.round_id == round_id)
    )
    found = [Saving(row.member, name or row.member, row.net, row.alone) for row, name in rows]
    return tuple(sorted(found, key=lambda one: (-one.saving, one.member)))


async def promise(
    session: AsyncSession,
    order_id: UUID,
    number: str,
    deliver_on: date | None = None,
    confirmed: dict[str, Any] | None = None,
    complete: bool = False,
) -> None:
    """Keep what KID promised a member, or that all of it came; in either order."""
    row = await session.get(PromiseRow, (order_id, number), with_for_update=True)
    if row is None:
        row = PromiseRow(
            order_id=order_id, member=number, confirmed={}, complete=False, reminded=False
        )
        session.add(row)
    if confirmed is not None:
        row.deliver_on, row.confirmed = deliver_on, confirmed
    row.complete = row.complete or complete


async def overdue(session: AsyncSession, today: date) -> list[tuple[UUID, str, dict[str, Any]]]:
    """Order, member and confirmation of what should have come before today; each once."""
    rows = await session.scalars(
        select(PromiseRow)
        .where(
            PromiseRow.deliver_on < today,
            PromiseRow.complete.is_(False),
            PromiseRow.reminded.is_(False),
        )
        .order_by(PromiseRow.order_id, PromiseRow.member)
        .with_for_update(skip_locked=True)
    )
    found = []
    for row in rows:
        row.reminded = True
        found.append((row.order_id, row.member, row.confirmed))
    return found


def _member(row: MemberRow) -> Member:
    contacts = tuple(Contact(**contact) for contact in row.contacts)
    return Member(row.number, row.name, contacts, row.active, row.successor)


def _round(row: RoundRow) -> Round:
    return Round(
        id=row.id,
        reference=row.reference,
        title=row.title,
        categories=tuple(row.categories),
        cut_off=row.cut_off,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        closed_at=row.closed_at,
    )


def _closing(row: ClosingRow) -> Closing:
    return Closing(
        round_id=row.round_id,
        demands=row.demands,
        pieces=row.pieces,
        counted_by=row.counted_by,
        correlation=row.correlation,
        digest=row.digest,
    )


def _demand(row: DemandRow) -> Demand:
    return Demand(**{field: getattr(row, field) for field in _DEMAND})
