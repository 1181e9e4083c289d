"""KID proposes configurations for a requirement; what the member accepts becomes its demand."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid5

from services.demand import domain, store
from services.demand.domain import Demand, Expected, Item, Known, Proposed, Wish
from services.demand.handlers import recording
from services.demand.handlers.consulting import check_answer_by
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import keep
from services.demand.handlers.world import (
    begin_stating,
    known,
    next_reference,
    the_demand,
    the_round,
)
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.demand import DemandProposalMade, DemandSpecified, ProposedItem
from shared.events.envelope import KID
from shared.events.kid import FurtherItem, ProposalMade
from shared.events.member import ProposalAccepted
from shared.refusal import Reason, Refused, refuse


@handles(ProposalMade)
async def propose_to_member(event: ProposalMade, tx: InTransaction) -> None:
    """Pass KID's proposal on to the member, with what it is expected to cost."""
    check_answer_by(event.answer_by, local_date(tx.now))
    demand = await the_demand(tx, event.demand_id)
    proposed = [_proposed(event), *map(_proposed, event.further)]
    items = await _items(tx, proposed)
    worlds = await _checked(tx, demand, proposed, items)
    entry = {
        **event.model_dump(mode="json", exclude={"demand_id", "proposal_id"}),
        "kind": "proposal",
        "id": str(event.proposal_id),
        "name": items[0].name,
        "at": tx.now.isoformat(),
    }
    demand = domain.talked(demand, entry)
    await store.save_demand(tx.session, demand)
    tx.decide(recording.proposal(demand, event.proposal_id, "made", "kid"))
    expected = _costs(worlds)
    total = sum(each.cents for each in expected) if expected else None
    tx.emit(
        DemandProposalMade(
            **{**dict(event), "further": _further(event.further, items[1:])},
            reference=demand.reference,
            member=demand.wish.member,
            name=items[0].name,
            expected=total,
            expected_from=domain.sources(expected) if expected else None,
            above_budget=_above_budget(demand.wish, total),
        ),
        party=demand.wish.member,
    )


@handles(ProposalAccepted)
async def specify_demand(event: ProposalAccepted, tx: InTransaction) -> None:
    """Make the demand what was proposed, and its further items demands beside it."""
    await begin_stating(tx, event.member)
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    entry = domain.said(demand, "proposal", event.proposal_id, local_date(tx.now))
    if event.stated_by is not None:
        stated_by = event.stated_by.model_dump()
        demand = replace(demand, wish=replace(demand.wish, stated_by=stated_by))
    stated = (entry, *entry["further"])
    proposed = [_kept(each) for each in stated]
    worlds = await _checked(tx, demand, proposed, await _items(tx, proposed))
    cents = sum(_value(*each, kept) for each, kept in zip(worlds, stated, strict=True))
    demand = domain.talked(
        demand,
        {"kind": "acceptance", "to": str(event.proposal_id), "at": tx.now.isoformat()},
    )
    (wish, world), *further = worlds
    demand = domain.changed(demand, wish, None, world, cents=cents)
    others = [
        domain.submitted(
            uuid5(event.proposal_id, str(number)),
            await next_reference(tx),
            each,
            its_world,
            cents=cents,
            part_of=demand.reference,
        )
        for number, (each, its_world) in enumerate(further, 2)
    ]
    tx.decide(recording.proposal(demand, event.proposal_id, "accepted", "member"))
    for party in (demand.wish.member, KID):
        tx.emit(
            DemandSpecified(
                demand_id=demand.id,
                reference=demand.reference,
                member=demand.wish.member,
                proposal_id=event.proposal_id,
                item=proposed[0].item,
                quantity=wish.quantity,
                further=[other.reference for other in others],
            ),
            party=party,
        )
    for each_demand in (demand, *others):
        await keep(tx, each_demand)


async def _checked(
    tx: Transaction, demand: Demand, proposed: list[Proposed], items: list[Item]
) -> list[tuple[Wish, Known]]:
    """What the demand would become, one wish for each item, with what is known for it.

    Raises:
        Refused: an item could not be ordered so; names it by its place in the configuration.
    """
    present = await the_round(tx, demand.wish.round_id)
    pairs = list(zip(proposed, items, strict=True))
    wishes = domain.as_proposed(demand.wish, pairs, present, tx.now)
    worlds = [(wish, await known(tx, wish)) for wish in wishes]
    for place, (wish, world) in enumerate(worlds):
        try:
            domain.check(wish, world)
        except Refused as refused:
            raise Refused(*_in_place(refused.reasons, place)) from None
    return worlds


async def _items(tx: Transaction, proposed: list[Proposed]) -> list[Item]:
    if twice := domain.twice(proposed):
        raise refuse("further", twice, "must name each item once")
    found = await store.items(tx.session, {each.item for each in proposed})
    for place, each in enumerate(proposed):
        if each.item not in found:
            reason = refuse("item", each.item, "must be an item of the catalogue").reasons
            raise Refused(*_in_place(reason, place))
    return [found[each.item] for each in proposed]


def _in_place(reasons: Iterable[Reason], place: int) -> list[Reason]:
    """Reasons by their fields in the message: the first item's stand at its top."""
    return [
        replace(reason, field=f"further.{place - 1}.{reason.field}") if place else reason
        for reason in reasons
    ]


def _costs(worlds: list[tuple[Wish, Known]]) -> list[Expected]:
    """What each item is expected to cost; nothing where one of them has no price."""
    found = [
        domain.expected(world.items[wish.item or ""], wish.quantity, wish.term_months, wish.member)
        for wish, world in worlds
    ]
    priced = [each for each in found if each is not None]
    return priced if len(priced) == len(found) else []


def _value(wish: Wish, world: Known, stated: Mapping[str, Any]) -> int:
    """What an item is expected to cost; by KID's price where no contract has one."""
    if not domain.without_contract(wish, world.items):
        return domain.value(wish, world)
    unit_cents = int(stated["unit_price"].replace(".", ""))
    return unit_cents * wish.quantity * (wish.term_months or 1)


def _above_budget(wish: Wish, total: int | None) -> int | None:
    """By how many cents a configuration is above what the member said it may cost."""
    budget = wish.attributes.get("budget_ceiling")
    if budget is None or total is None:
        return None
    above = total - int(budget.replace(".", ""))
    return above if above > 0 else None


def _further(stated: list[FurtherItem], items: list[Item]) -> list[ProposedItem]:
    return [
        ProposedItem(name=item.name, **dict(each)) for each, item in zip(stated, items, strict=True)
    ]


def _proposed(stated: ProposalMade | FurtherItem) -> Proposed:
    return Proposed(stated.item, stated.quantity, stated.term_months)


def _kept(entry: Mapping[str, Any]) -> Proposed:
    return Proposed(entry["item"], entry["quantity"], entry["term_months"])
