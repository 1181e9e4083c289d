"""What others tell procurement, in order, and what it says to that."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from services.procurement import bundling, store
from services.procurement.domain import contracts
from services.procurement.domain.costs import Share
from services.procurement.domain.orders import Order
from services.procurement.domain.rounds import Round
from services.procurement.handlers import collecting, due, fulfilling, offering
from services.procurement.handlers.offering import keep_in_step
from services.procurement.handlers.telling import order_placed
from shared.database import Database, Transaction
from shared.database.tables import outbox
from shared.events import CATALOGUE, Event, Header
from shared.events.board import RoundCloseRequested
from shared.events.demand import DemandAccepted, DemandWithdrawalConfirmed, RoundCounted
from shared.events.kid import (
    CatalogueItemOffered,
    ContractOffered,
    DeliveryMade,
    InvoiceReceived,
    OrderAnswered,
    RoundAnnounced,
)
from shared.events.membership import MemberAdmitted
from shared.events.procurement import OrderPlaced
from tests.procurement.builders import NOON, TOWN_HALL, a_demand, an_id

E = TypeVar("E", bound=Event)
ROUND = an_id(2)
CONTRACT = an_id(3)
MEMBERS = {
    "10001": "Landeshauptstadt Magdeburg",
    "10002": "Gemeinde Barleben",
    "10003": "Stadt Zeitz",
}


async def tell(
    database: Database,
    handler: Callable[[Any, Transaction], Awaitable[None]],
    event: Event,
    sequence: int = 1,
) -> list[tuple[str, Event]]:
    """Hand a message to its handler as the inbox does; returns what was said, with the party."""
    header = Header(
        id=uuid4(),
        source="tests",
        type=event.type,
        time=database.clock(),
        party="coop",
        correlationid=uuid4(),
        sequence=sequence,
    )
    async with database.transaction(header) as tx:
        await handler(event, tx)
    return await said(database)


async def said(database: Database) -> list[tuple[str, Event]]:
    """What was said since the last look, in order, with the party it concerns."""
    async with database.engine.begin() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.position))).all()
        await connection.execute(delete(outbox))
    whole = [json.loads(row.body) for row in rows]
    return [
        (each["party"], CATALOGUE[each["type"]].model_validate_json(json.dumps(each["data"])))
        for each in whole
    ]


def only(kind: type[E], spoken: Sequence[tuple[str, Event]]) -> list[E]:
    """The events of one kind among what was said."""
    return [event for _, event in spoken if isinstance(event, kind)]


def parties(kind: type[Event], spoken: Sequence[tuple[str, Event]]) -> list[str]:
    """Whom the events of one kind concern."""
    return [party for party, event in spoken if isinstance(event, kind)]


def stated(kind: type[E], **other: Any) -> E:
    """An event as its example has it, with other values where named, as they are on the wire."""
    return kind.model_validate_json(json.dumps(kind.example | other, default=str))


async def offer(database: Database, *items: str, **terms: Any) -> list[tuple[str, Event]]:
    """KID offers items (else NB-14) and a contract on them."""
    spoken = []
    for item in items or ("NB-14",):
        event = stated(CatalogueItemOffered, item=item, name=f"Artikel {item}")
        spoken += await tell(database, offering.publish_item, event)
    values: dict[str, Any] = {"contract_id": CONTRACT} | terms
    event_ = stated(ContractOffered, **values)
    return spoken + await tell(database, offering.register_contract, event_)


async def admit_members(database: Database) -> None:
    """The three members of these tests join."""
    for number, name in MEMBERS.items():
        event = stated(MemberAdmitted, member=number, name=name)
        await tell(database, collecting.keep_member, event)


async def announce(database: Database, **other: Any) -> list[tuple[str, Event]]:
    """KID announces the round, open for a day."""
    values: dict[str, Any] = {
        "round_id": ROUND,
        "cut_off": (NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z"),
    }
    event = stated(RoundAnnounced, **values | other)
    return await tell(database, collecting.open_round, event)


async def demand(
    database: Database,
    number: int,
    member: str,
    quantity: int,
    sequence: int = 1,
    **other: Any,
) -> UUID:
    """A member's demand of notebooks for its town hall is accepted."""
    place = TOWN_HALL.__class__(f"Rathaus {member}", "Markt 1", "39104", "Magdeburg")
    values: dict[str, Any] = {
        "demand_id": an_id(400 + number),
        "reference": f"B-2026-{number:05d}",
        "member": member,
        "quantity": quantity,
        "round_id": ROUND,
        "place": {name: getattr(place, name) for name in place.__slots__},
    }
    event = stated(DemandAccepted, **values | other)
    await tell(database, collecting.keep_demand, event, sequence)
    return event.demand_id


async def withdraw(database: Database, number: int, sequence: int) -> None:
    """A member's demand no longer counts."""
    event = stated(DemandWithdrawalConfirmed, demand_id=an_id(400 + number))
    await tell(database, collecting.drop_demand, event, sequence)


async def close(database: Database, round_id: UUID = ROUND) -> list[tuple[str, Event]]:
    """The board ends the round at once."""
    event = stated(RoundCloseRequested, round_id=round_id)
    return await tell(database, collecting.close_round, event)


async def count(
    database: Database,
    demands: int,
    pieces: int,
    round_id: UUID = ROUND,
    revisions: int | None = None,
    digest: str | None = None,
) -> None:
    """The demand service closes the round's books."""
    event = stated(
        RoundCounted,
        round_id=round_id,
        demands=demands,
        pieces=pieces,
        revisions=revisions,
        digest=digest,
    )
    await tell(database, collecting.keep_count, event)


async def pass_time(database: Database, **settings: Any) -> list[tuple[str, Event]]:
    """The clock strikes once."""
    await due(database, **settings)
    return await said(database)


async def order_round(
    database: Database,
    *demands: tuple[str, int],
    **terms: Any,
) -> list[tuple[str, Event]]:
    """A whole round up to its orders, for these members' pieces; returns what was said then."""
    await admit_members(database)
    await offer(database, **terms)
    await announce(database)
    for number, (member, quantity) in enumerate(demands, 1):
        await demand(database, number, member, quantity)
    await close(database)
    await count(database, len(demands), sum(quantity for _, quantity in demands))
    return await pass_time(database)


async def placed(
    database: Database, *orders: Order, balances: dict[str, int] | None = None, **terms: Any
) -> list[OrderPlaced]:
    """A round whose orders were placed, without the search for the cheapest; `balances` are
    what members pay each other by its plan."""
    await offer(database, **terms)
    approved = Round(
        id=ROUND,
        reference="R-2026-0001",
        title="Frühjahr",
        categories=("hardware",),
        cut_off=NOON,
        opened_at=NOON,
        state="approved",
    )
    lines = [line for order in orders for line in order.lines]
    members = sorted({line.member for line in lines})
    shares = []
    for member in members:
        own = [line for line in lines if line.member == member]
        balance = (balances or {}).get(member, 0)
        share = sum(line.share for line in own) + balance
        alone = sum(line.alone for line in own)
        shares.append(Share(member, share, alone, alone, balance))
    async with database.transaction() as tx:
        contract = await store.contract(tx.session, CONTRACT)
        assert contract is not None
        called = contracts.call(
            contract, sum(line.quantity for line in lines), sum(line.amount for line in lines)
        )
        await keep_in_step(tx, called)
        await store.save_round(tx.session, approved)
        await store.save_bundle(
            tx.session, a_bundle(members=len(members), orders=len(orders)), NOON
        )
        await store.add_orders(tx.session, orders)
        await store.add_shares(tx.session, ROUND, shares)
    await said(database)
    demands = {str(line.demand_id): a_demand(line) for line in lines}
    return [order_placed(order, approved, MEMBERS, demands) for order in orders]


def a_bundle(**figures: int) -> store.Bundle:
    """An approved bundle with an empty plan and these figures."""
    certificate = bundling.Certificate(0, 0, 0, True, 0, True, {}, 0, "none")
    return store.Bundle(
        id=an_id(9),
        round_id=ROUND,
        basis="",
        gap_ppm=0,
        plan=bundling.Plan((), (), (), (), (), certificate, "0"),
        figures={"demands": 2, "unfilled": 0} | figures,
        approved_by="test",
    )


async def answer(
    database: Database, order: OrderPlaced, how: str = "accepted", *pieces: int, **other: Any
) -> list[tuple[str, Event]]:
    """KID answers an order; `pieces` are those accepted of its lines, in their order."""
    values: dict[str, Any] = {
        "order_id": order.order_id,
        "answer": how,
        "lines": [{"line": at, "accepted": count} for at, count in enumerate(pieces, 1)],
        "deliver_on": None,
        "reason": None if how == "accepted" else "nicht lieferbar",
    }
    event = stated(OrderAnswered, **values | other)
    return await tell(database, fulfilling.note_answer, event)


async def deliver(
    database: Database, order: OrderPlaced, *pieces: int, **other: Any
) -> list[tuple[str, Event]]:
    """Pieces of an order's lines arrive, in their order; 0 leaves a line out."""
    values: dict[str, Any] = {
        "order_id": order.order_id,
        "delivery_id": uuid4(),
        "delivered_on": date(2026, 3, 31),
        "lines": [{"line": at, "quantity": count} for at, count in enumerate(pieces, 1) if count],
    }
    event = stated(DeliveryMade, **values | other)
    return await tell(database, fulfilling.record_delivery, event)


async def invoice(
    database: Database, order: OrderPlaced, net: str, vat: str, **other: Any
) -> list[tuple[str, Event]]:
    """KID's invoice for an order arrives."""
    values: dict[str, Any] = {
        "order_id": order.order_id,
        "invoice_id": uuid4(),
        "number": f"RE-{order.reference}",
        "invoiced_on": date(2026, 3, 31),
        "net": net,
        "vat": vat,
    }
    event = stated(InvoiceReceived, **values | other)
    return await tell(database, fulfilling.check_invoice, event)
