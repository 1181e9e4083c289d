"""KID's catalogue, its contracts, and the members who may call from them."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import and_, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.procurement.domain.contracts import LIMITS, Contract, buyers, capacity
from services.procurement.domain.terms import Item, Terms
from services.procurement.store.rows import columns, named, read
from services.procurement.store.successors import successors
from services.procurement.store.tables import (
    ContractRow,
    ContractVersionRow,
    ItemRow,
    MemberRow,
)
from shared.calendar import BERLIN
from shared.database.dialects import insert

TERMS = TypeAdapter(Terms)


async def items(
    session: AsyncSession, numbers: Collection[str], *, lock: bool = False
) -> dict[str, Item]:
    """KID's items by number, as far as they are known; locked in order of number on request."""
    statement = select(ItemRow).where(ItemRow.number.in_(numbers)).order_by(ItemRow.number)
    rows = await session.scalars(statement.with_for_update() if lock else statement)
    return {row.number: read(Item, row) for row in rows}


async def save_item(session: AsyncSession, item: Item) -> None:
    """Keep an item's newest state."""
    await session.merge(ItemRow(**columns(item)))


async def contract(session: AsyncSession, id: UUID) -> Contract | None:  # noqa: A002
    """A contract, locked until the transaction ends."""
    row = await session.get(ContractRow, id, with_for_update=True, populate_existing=True)
    return _contract(row) if row else None


async def contracts(session: AsyncSession, *, lock: bool = False) -> list[Contract]:
    """All contracts by reference; locked on request."""
    statement = select(ContractRow).order_by(ContractRow.reference)
    rows = await session.scalars(
        statement.with_for_update().execution_options(populate_existing=True) if lock else statement
    )
    return [_contract(row) for row in rows]


async def contract_with_reference(session: AsyncSession, reference: str) -> UUID | None:
    """The id of the contract that has this reference."""
    found: UUID | None = await session.scalar(
        select(ContractRow.id).where(ContractRow.reference == reference)
    )
    return found


async def pricing(session: AsyncSession, number: str) -> list[str]:
    """References of the contracts that price an item."""
    known = await contracts(session)
    return [each.terms.reference for each in known if number in each.terms.items]


async def contracts_out_of_step(session: AsyncSession, today: date) -> list[Contract]:
    """Contracts that begin or end to be in force with this day, locked for this caller."""
    within = and_(ContractRow.valid_from <= today, ContractRow.valid_until >= today)
    rows = await session.scalars(
        select(ContractRow)
        .where(
            or_(
                and_(ContractRow.in_force, not_(within)),
                and_(not_(ContractRow.in_force), within, not_(ContractRow.is_full)),
            )
        )
        .order_by(ContractRow.reference)
        .with_for_update(skip_locked=True)
    )
    return [_contract(row) for row in rows]


async def save_contract(
    session: AsyncSession, contract: Contract, now: datetime, reason: str | None = None
) -> None:
    """Keep a contract's state, and a new version of its terms, with the reason for them, beside
    the old ones."""
    terms = TERMS.dump_python(contract.terms, mode="json")
    await session.merge(
        ContractRow(
            **columns(contract, "terms"),
            terms=terms,
            reference=contract.terms.reference,
            valid_from=contract.terms.valid_from,
            valid_until=contract.terms.valid_until,
            is_full=0 in (contract.remaining_pieces, contract.remaining_cents),
        )
    )
    await session.flush()
    version = (contract.id, contract.version)
    if await session.get(ContractVersionRow, version) is None:
        session.add(
            ContractVersionRow(
                contract_id=contract.id,
                version=contract.version,
                terms=terms,
                registered_at=now,
                reason=reason,
            )
        )


async def save_member(
    session: AsyncSession,
    *,
    number: str,
    name: str,
    active: bool,
    joined_on: date,
    sequence: int,
) -> None:
    """Keep what membership states about a member, unless something newer is known."""
    statement = insert(session.get_bind().dialect.name, MemberRow.__table__)  # type: ignore[arg-type]  # a Table
    new = {"name": name, "active": active, "joined_on": joined_on, "sequence": sequence}
    await session.execute(
        statement.values(number=number, **new).on_conflict_do_update(
            index_elements=["number"], set_=new, where=MemberRow.sequence < sequence
        )
    )


async def joining_days(session: AsyncSession) -> dict[str, date]:
    """The day on which each member joined, as far as membership has stated them."""
    rows = await session.execute(select(MemberRow.number, MemberRow.joined_on))
    return {row.number: row.joined_on for row in rows}


async def member_names(session: AsyncSession, numbers: Collection[str]) -> dict[str, str]:
    """The names of members, as far as membership has stated them."""
    rows = await session.execute(
        select(MemberRow.number, MemberRow.name).where(MemberRow.number.in_(numbers))
    )
    return {row.number: row.name for row in rows}


async def show_contract(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A contract's state for people, by its reference or id."""
    row = await session.scalar(select(ContractRow).where(named(ContractRow, key)))
    if row is None:
        return None
    contract = _contract(row)
    versions = await session.execute(
        select(
            ContractVersionRow.version, ContractVersionRow.registered_at, ContractVersionRow.reason
        )
        .where(ContractVersionRow.contract_id == row.id)
        .order_by(ContractVersionRow.version)
    )
    joined, others = await joining_days(session), await successors(session)
    allowed = buyers(contract.terms, joined, others)
    return {
        **asdict(contract),
        "remaining_pieces": contract.remaining_pieces,
        "remaining_cents": contract.remaining_cents,
        "called_percent": {
            limit: full.percent for limit in LIMITS if (full := capacity(contract, limit))
        },
        "buyers": "everybody" if allowed is None else sorted(allowed),
        "lots": [
            {"lot": each.terms.lot and asdict(each.terms.lot), "contract": each.terms.reference}
            for each in await lots(session, contract.terms.agreement)
        ],
        "versions": [dict(version._mapping) for version in versions],
    }


async def terms_at(session: AsyncSession, contract_id: UUID, day: date) -> Terms:
    """A contract's terms as they stood when a day began; its first where it had none yet."""
    moment = datetime.combine(day, time(), BERLIN)
    rows = await session.execute(
        select(ContractVersionRow.registered_at, ContractVersionRow.terms)
        .where(ContractVersionRow.contract_id == contract_id)
        .order_by(ContractVersionRow.version)
    )
    versions = rows.all()
    known = [row.terms for row in versions if row.registered_at < moment] or [versions[0].terms]
    return TERMS.validate_python(known[-1])


async def lots(session: AsyncSession, agreement: str | None) -> list[Contract]:
    """The contracts awarded for the lots of one agreement, by lot and reference."""
    if agreement is None:
        return []
    found = [each for each in await contracts(session) if each.terms.agreement == agreement]
    return sorted(
        found,
        key=lambda each: (each.terms.lot.number if each.terms.lot else 0, each.terms.reference),
    )


def _contract(row: ContractRow) -> Contract:
    return read(Contract, row, terms=TERMS.validate_python(row.terms))
