"""A world in which Barleben can state demand, told as the other services tell it."""

from typing import Any
from uuid import UUID

from shared.database import Database
from tests.builders import Said, an_event, an_id, deliver

ROUND = an_id(2)


async def admit(database: Database, number: str = "10002", sequence: int = 1, **other: Any) -> None:
    """Membership says that a member belongs to the cooperative."""
    event = an_event("member.admitted.v1", member=number, **other)
    await deliver(database, event, sequence=sequence)


async def offer(database: Database, item: str = "NB-14", sequence: int = 1, **other: Any) -> None:
    """Procurement says that an item can be asked for."""
    event = an_event("catalogue.published.v1", item=item, name=f"Artikel {item}", **other)
    await deliver(database, event, sequence=sequence)


async def found(database: Database) -> None:
    """A member, a notebook to buy and a solution to subscribe."""
    await admit(database)
    await offer(database)
    await offer(database, "DMS", category="documents", billing="monthly")


async def open_round(
    database: Database, round_id: UUID = ROUND, *categories: str, sequence: int = 1
) -> list[Said]:
    """Procurement opens a round, of hardware unless told."""
    event = an_event(
        "round.opened.v1", round_id=str(round_id), categories=list(categories or ("hardware",))
    )
    return await deliver(database, event, sequence=sequence)


async def close_round(database: Database, round_id: UUID = ROUND) -> list[Said]:
    """Procurement closes a round."""
    return await deliver(database, an_event("round.closed.v1", round_id=str(round_id)), sequence=2)


async def submit(database: Database, number: int = 4, **other: Any) -> list[Said]:
    """Barleben submits a demand."""
    return await deliver(
        database, an_event("demand.submitted.v1", demand_id=str(an_id(number)), **other)
    )


async def submit_in_words(database: Database, number: int = 4, **other: Any) -> list[Said]:
    """Barleben submits a requirement."""
    words = {"item": None, "requirement": "Digitale Akte für 25 Arbeitsplätze"} | other
    return await submit(database, number, **words)


async def state(database: Database, type_: str, number: int = 4, **other: Any) -> list[Said]:
    """Somebody states something about a demand."""
    return await deliver(database, an_event(type_, demand_id=str(an_id(number)), **other))
