"""Who may call off, and that nobody ever calls more than a contract allows."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.procurement import store
from services.procurement.domain import contracts
from services.procurement.handlers import collecting, fulfilling, offering
from services.procurement.handlers.due import ONE_PERCENT, USUAL
from services.procurement.handlers.placing import approve_round
from services.procurement.handlers.planning import plan_rounds
from services.procurement.store.tables import OrderLineRow, OrderRow
from shared.database import Database
from shared.events.kid import ContractChanged, ContractOffered, OrderAnswered
from shared.events.membership import MemberAdmitted
from shared.events.procurement import (
    ContractCapacityLow,
    ContractExhausted,
    DemandUnfilled,
    OrderPlaced,
)
from shared.refusal import Refused
from tests.procurement.builders import an_id
from tests.procurement.conftest import Clock
from tests.procurement.story import (
    CONTRACT,
    admit_members,
    announce,
    close,
    count,
    demand,
    offer,
    only,
    parties,
    pass_time,
    said,
    stated,
    tell,
)

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@on_sqlite
async def test_a_member_that_joined_after_the_award_cannot_call_off_and_reads_why(
    database: Database, clock: Clock
) -> None:
    await admit_members(database)
    await offer(database)
    clock.now += timedelta(days=40)
    late = stated(MemberAdmitted, member="10044", name="Stadt Genthin", joined_on="2026-05-04")
    await tell(database, collecting.keep_member, late)
    cut_off = (clock.now + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    await announce(database, cut_off=cut_off)
    await demand(database, 1, "10044", 5, needed_by="2026-12-31")
    await demand(database, 2, "10001", 5, needed_by="2026-12-31")
    await close(database)
    await count(database, 2, 10)
    spoken = await pass_time(database)
    assert [line.member for order in only(OrderPlaced, spoken) for line in order.lines] == ["10001"]
    (unfilled,) = only(DemandUnfilled, spoken)
    assert (unfilled.member, unfilled.reason) == ("10044", "not_entitled")
    assert "nennt dieses Mitglied nicht als Abrufberechtigten" in unfilled.explanation
    assert "§ 15 Abs. 3 UVgO" in unfilled.explanation
    async with database.transaction() as tx:
        shown = await store.show_contract(tx.session, "RV-2026-NB")
    assert shown is not None
    assert shown["buyers"] == ["10001", "10002", "10003"]


@on_sqlite
async def test_a_buyer_is_added_only_with_a_reason_that_is_kept(database: Database) -> None:
    await offer(database, named_buyers=["10001"])
    both = {"contract_id": CONTRACT, "named_buyers": ["10001", "10002"]}
    with pytest.raises(Refused, match="reason"):
        await tell(database, offering.change_contract, stated(ContractChanged, **both, reason=None))
    told = stated(ContractChanged, **both, reason="In der Bekanntmachung benannt, hier vergessen")
    await tell(database, offering.change_contract, told)
    async with database.transaction() as tx:
        shown = await store.show_contract(tx.session, "RV-2026-NB")
    assert shown is not None
    assert [each["reason"] for each in shown["versions"]] == [None, told.reason]


@on_sqlite
async def test_each_lot_is_a_contract_of_its_own_shown_with_the_others(database: Database) -> None:
    first = {"agreement": "VV-2025-07", "lot": {"number": 1, "title": "Notebooks"}}
    await offer(database, **first)
    other = stated(
        ContractOffered,
        contract_id=an_id(33),
        reference="RV-2026-DOCK",
        agreement="VV-2025-07",
        lot={"number": 2, "title": "Dockingstationen"},
    )
    await tell(database, offering.register_contract, other)
    async with database.transaction() as tx:
        shown = await store.show_contract(tx.session, "RV-2026-DOCK")
    assert shown is not None
    assert [(each["lot"]["number"], each["contract"]) for each in shown["lots"]] == [
        (1, "RV-2026-NB"),
        (2, "RV-2026-DOCK"),
    ]
    same = stated(ContractOffered, contract_id=an_id(34), reference="RV-2026-NB-2", **first)
    with pytest.raises(Refused, match="cascade"):
        await tell(database, offering.register_contract, same)


@on_sqlite
async def test_estimate_and_maximum_are_warned_of_at_70_and_90_percent_each_once(
    database: Database,
) -> None:
    await admit_members(database)
    await offer(database, estimated_quantity=50, maximum_quantity=100)
    heard = []
    for number, pieces in enumerate((34, 1, 10, 25, 20, 10), 1):
        await announce(database, round_id=an_id(20 + number))
        await demand(database, number, "10001", pieces, round_id=an_id(20 + number))
        await close(database, an_id(20 + number))
        await count(database, 1, pieces, an_id(20 + number))
        spoken = await pass_time(database)
        heard.append(
            [
                (event.limit, event.level, event.percent)
                for event in [*only(ContractCapacityLow, spoken), *only(ContractExhausted, spoken)]
            ]
        )
        assert set(parties(ContractCapacityLow, spoken)) <= {"kid"}
    assert heard == [
        [],
        [("estimate", 70, "70.00")],
        [("estimate", 90, "90.00")],
        [("maximum", 70, "70.00")],
        [("maximum", 90, "90.00")],
        [("maximum", 100, "100.00")],
    ]


LAST_PIECES = 37


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_replicas_racing_for_the_last_pieces_never_call_one_too_many_nor_lose_one(
    database: Database, clock: Clock
) -> None:
    """Seven rounds want 7 * 9 of the last 37 pieces, as many replicas order one each at once, and
    KID gives pieces back meanwhile, which somebody else may then have."""
    await admit_members(database)
    await offer(database, maximum_quantity=5000)
    async with database.transaction() as tx:
        contract = await store.contract(tx.session, CONTRACT)
        assert contract is not None
        used = contracts.call(contract, 5000 - LAST_PIECES, 100)
        await store.save_contract(tx.session, used, tx.now)
    rounds = [an_id(100 + at) for at in range(7)]
    for at, round_id in enumerate(rounds):
        await announce(database, round_id=round_id)
        for member in (1, 2, 3):
            number = 3 * at + member
            await demand(database, number, f"1000{member}", 3, round_id=round_id)
        await close(database, round_id)
        await count(database, 3, 9, round_id)
    url = database.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, "procurement", clock, database.rules) for _ in rounds]
    spoken = await said(database)

    async def give_back() -> None:
        """KID takes only one piece of the first line it hears of."""
        while True:
            async with database.transaction() as tx:
                first = await tx.session.scalar(
                    select(OrderRow.id).where(OrderRow.state == "placed").limit(1)
                )
                found = await store.order(tx.session, first) if first else None
                if found is not None:
                    lines = [{"line": 1, "accepted": 1}] + [
                        {"line": line.line, "accepted": line.quantity} for line in found.lines[1:]
                    ]
                    event = stated(OrderAnswered, order_id=found.id, answer="partly", lines=lines)
                    return await fulfilling.note_answer(event, tx)

    async def approve(replica: Database, round_id: UUID) -> None:
        async with replica.transaction() as tx:
            await approve_round(tx, round_id, "test")

    async def is_done() -> bool:
        async with database.transaction() as tx:
            shown = [await store.show_round(tx.session, str(each)) for each in rounds]
        return all(each and each["state"] in ("approved", "completed") for each in shown)

    giving = asyncio.create_task(give_back())
    while not await is_done():
        await plan_rounds(database, ONE_PERCENT, USUAL)
        await asyncio.gather(*map(approve, replicas, rounds))
    await giving
    for replica in replicas:
        await replica.close()
    spoken += await said(database)

    async with database.transaction() as tx:
        ended = await store.contract(tx.session, CONTRACT)
        ordered, accepted = (
            await tx.session.execute(
                select(
                    func.sum(OrderLineRow.quantity),
                    func.sum(func.coalesce(OrderLineRow.accepted, OrderLineRow.quantity)),
                )
            )
        ).one()
    assert ended is not None
    unfilled = sum(event.quantity for event in only(DemandUnfilled, spoken))
    assert ordered + unfilled == 7 * 9, "every piece is ordered or told to be missing"
    assert ended.called_pieces == 5000 - LAST_PIECES + accepted, "not one is lost"
    assert ended.called_pieces <= 5000, "not one is too many"
    given_back = ordered - accepted
    assert given_back == 2
    assert LAST_PIECES <= ordered <= LAST_PIECES + given_back
    assert len(only(ContractExhausted, spoken)) == 1, "told once"
