"""Demand that no contract can serve is gathered into tender needs: what a round leaves over, what
waits for no round, and requirements in words for which KID found no contract."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from services.procurement import bundling, store
from services.procurement.domain import contracts, tenders
from services.procurement.domain.contracts import Contract
from services.procurement.domain.rounds import Demand
from services.procurement.domain.tender_law import Wanted
from services.procurement.domain.tenders import UNSERVABLE, Need, Requirement, Waiting
from services.procurement.domain.terms import Item
from services.procurement.handlers import recording
from services.procurement.handlers.tendering import propose
from shared.calendar import local_date
from shared.database import Database, Transaction
from shared.events.demand import DemandReferred
from shared.events.envelope import KID
from shared.events.procurement import TenderDropped

SOON = timedelta(seconds=10)
"""How long what waits is left alone, so that what comes together is gathered together."""
AGAIN = timedelta(days=1)
"""How often it is looked at again, as contracts end."""
ALONE = "tenders"

Groups = dict[tuple[str, int], list[Wanted]]


def requirement(event: DemandReferred) -> Requirement:
    """A requirement in words, as KID would tender it; its item is the demand's reference."""
    wanted = Wanted(
        demand_id=event.demand_id,
        demand_reference=event.reference,
        member=event.member,
        item=event.reference,
        name=event.name,
        cpv=event.cpv,
        quantity=event.quantity,
        monthly=event.billing == "monthly",
        months=event.term_months,
        unit_cents=event.unit_price,
        postal_code=event.place.postal_code,
        needed_by=event.needed_by,
        reason=bundling.Reason.NO_OFFER,
        explanation=event.explanation,
    )
    return Requirement(event.category, wanted)


async def gather_unserved(
    tx: Transaction,
    round_id: UUID,
    demands: Mapping[str, Demand],
    unfilled: Iterable[bundling.Unfilled],
    known: Sequence[Contract],
) -> None:
    """Gather what a round could not serve for want of a contract, by category and year.

    What was held before because it waited is from now on as the round leaves it; what is
    tendered already is not gathered again.
    """
    missing = [each for each in unfilled if each.reason in UNSERVABLE]
    await tx.alone(ALONE)
    held = await store.held_of_round(tx.session, round_id)
    needs = {id_: await store.tender(tx.session, id_) for id_ in sorted(set(held.values()))}
    under_way = {id_ for id_, need in needs.items() if need and need.state == "decided"}
    tendered = {each for each, tender_id in held.items() if tender_id in under_way}
    missing = [each for each in missing if UUID(each.line_id) not in tendered]
    await store.hold(tx.session, held.keys() - tendered, None, None)

    items = await store.items(tx.session, {demands[each.line_id].item for each in missing})
    listed = _list_prices(known)
    groups: Groups = {}
    for each in missing:
        demand = demands[each.line_id]
        item = items[demand.item]
        groups.setdefault((item.category, demand.needed_by.year), []).append(
            _wanted(demand, item, listed, each.quantity, each.reason, each.explanation)
        )
    await _settle(tx, groups, {d: t for d, t in held.items() if d not in tendered})


async def gather_waiting(database: Database) -> None:
    """Look at what waits outside of rounds: what no contract will serve is gathered, what a
    contract can serve by now, or what nobody wants any more, is let go."""
    async with database.transaction() as tx:
        if not await store.is_any_to_look_at(tx.session, tx.now):
            return
        await tx.alone(ALONE)  # before any row, as a round that is ordered takes them
        waiting = await store.to_look_at(tx.session, tx.now)
        needs = {
            id_: await store.tender(tx.session, id_)
            for id_ in sorted({each.tender_id for each in waiting if each.tender_id})
        }
        wanted = await _unservable(tx, waiting)
        groups: Groups = {}
        before: dict[UUID, UUID] = {}
        for each in waiting:
            need = needs.get(each.tender_id) if each.tender_id else None
            if need is not None and need.state == "decided":
                await store.hold(tx.session, [each.id], need.id, None)
                continue
            if each.tender_id is not None:
                before[each.id] = each.tender_id
            is_free = each.demand is None or each.demand.round_id is None
            if each.id in wanted and (is_free or each.tender_id is not None):
                key, one = wanted[each.id]
                groups.setdefault(key, []).append(one)
                continue
            still = (each.demand or each.requirement) and is_free
            await store.hold(tx.session, [each.id], None, tx.now + AGAIN if still else None)
        for demand_id, tender_id in (await _settle(tx, groups, before)).items():
            await store.hold(tx.session, [demand_id], tender_id, tx.now + AGAIN)


async def _unservable(
    tx: Transaction, waiting: Iterable[Waiting]
) -> dict[UUID, tuple[tuple[str, int], Wanted]]:
    """What of it no contract can serve by its day of need, with category and year."""
    found = {
        each.id: (
            (each.requirement.category, each.requirement.wanted.needed_by.year),
            each.requirement.wanted,
        )
        for each in waiting
        if each.requirement
    }
    demands = [each.demand for each in waiting if each.demand]
    if not demands:
        return found
    today = local_date(tx.now)
    known = await store.contracts(tx.session)
    joined = await store.joining_days(tx.session)
    successors = await store.successors(tx.session)
    offers = [(each, contracts.buyers(each.terms, joined, successors)) for each in known]
    lacking = [d for d in demands if not _is_served(d, offers, today)]
    items = await store.items(tx.session, {demand.item for demand in lacking})
    listed = _list_prices(known)
    for demand in lacking:
        item = items[demand.item]
        why = (
            f"Für {item.name} gilt keine Rahmenvereinbarung, aus der dieses Mitglied abrufen darf."
        )
        wanted = _wanted(demand, item, listed, demand.quantity, bundling.Reason.NO_OFFER, why)
        found[demand.id] = (item.category, demand.needed_by.year), wanted
    return found


def _is_served(
    demand: Demand, offers: Iterable[tuple[Contract, frozenset[str] | None]], today: date
) -> bool:
    return any(tenders.can_serve(each, allowed, demand, today) for each, allowed in offers)


async def _settle(tx: Transaction, groups: Groups, before: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Gather these groups, and let go what another need held before; which need has what now."""
    after: dict[UUID, UUID] = {}
    for key, group in sorted(groups.items()):
        need = await _gather(tx, key, group)
        after |= dict.fromkeys((wanted.demand_id for wanted in group), need.id)
    await _let_go(tx, {d: t for d, t in before.items() if after.get(d) != t})
    return after


async def _gather(tx: Transaction, key: tuple[str, int], group: Sequence[Wanted]) -> Need:
    """The open need of a category and year with this in it; proposed anew where it changed."""
    category, year = key
    today = local_date(tx.now)
    before = await store.open_tender(tx.session, category, year)
    if before is not None and all(wanted in before.wanted for wanted in group):
        return before
    if before is None:
        (reference,) = await store.next_references(tx.session, "V", today.year)
        need = tenders.begin(
            id=uuid7(),
            reference=reference,
            category=category,
            year=year,
            wanted=group,
            rules=tx.rules,
            today=today,
        )
    else:
        need = tenders.gather(before, group, tx.rules, today)
    await store.save_tender(tx.session, need)
    propose(tx, need, before)
    return need


async def _let_go(tx: Transaction, held: Mapping[UUID, UUID]) -> None:
    """Take demands out of the undecided needs that hold them."""
    for tender_id in sorted(set(held.values())):
        before = await store.tender(tx.session, tender_id)
        if before is None or before.state != "proposed":
            continue
        ids = {demand_id for demand_id, holder in held.items() if holder == tender_id}
        if ids.isdisjoint(wanted.demand_id for wanted in before.wanted):
            continue
        need = tenders.let_go(before, ids, tx.rules, local_date(tx.now))
        await store.save_tender(tx.session, need)
        if need.state == "proposed":
            propose(tx, need, before)
            continue
        tx.decide(recording.tender_dropped(need))
        tx.emit(
            TenderDropped.model_validate(
                {
                    "tender_id": need.id,
                    "reference": need.reference,
                    "category": need.category,
                    "year": need.year,
                }
            ),
            party=KID,
        )


def _list_prices(known: Iterable[Contract]) -> dict[str, int]:
    """By item the dearest list price of all contracts, also of those no longer in force."""
    listed: dict[str, int] = {}
    for contract in known:
        for item, cents in contract.terms.tiers[0].prices:
            listed[item] = max(cents, listed.get(item, 0))
    return listed


def _wanted(
    demand: Demand,
    item: Item,
    listed: Mapping[str, int],
    quantity: int,
    reason: str,
    explanation: str,
) -> Wanted:
    return Wanted(
        demand_id=demand.id,
        demand_reference=demand.reference,
        member=demand.member,
        item=demand.item,
        name=demand.name,
        cpv=item.cpv,
        quantity=quantity,
        monthly=item.billing == "monthly",
        months=demand.term_months,
        unit_cents=listed.get(demand.item, demand.ceiling_cents),
        postal_code=demand.place.postal_code,
        needed_by=demand.needed_by,
        reason=reason,
        explanation=explanation,
    )
