"""Demand that no contract can serve becomes a tender need, on which a person decides."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from uuid import UUID

from uuid_utils.compat import uuid7

from services.procurement import bundling, store
from services.procurement.domain import tenders
from services.procurement.domain.contracts import Contract
from services.procurement.domain.rounds import Demand
from services.procurement.domain.tender_law import Outlook, Wanted
from services.procurement.domain.tenders import UNSERVABLE, DecidedLot, Need
from services.procurement.domain.terms import Item
from services.procurement.handlers import recording
from services.procurement.handlers.inbox import handles
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.decisions.decision import By
from shared.events.envelope import KID
from shared.events.kid import TenderDecided, TenderPlanned
from shared.events.procurement import (
    AgreedLot,
    ProposedLot,
    QuotedRule,
    TenderDecisionRecorded,
    TenderProposed,
    WantedLine,
)
from shared.refusal import refuse


@handles(TenderPlanned)
async def plan_tender(event: TenderPlanned, tx: InTransaction) -> None:
    """Value a need by what KID plans, and propose anew."""
    need = await _need(tx, event.tender_id)
    outlook = Outlook(
        framework_months=event.framework_months,
        renewal_months=event.renewal_months,
        options=event.options,
        prices=tuple((price.item, price.unit_price) for price in event.unit_prices),
    )
    planned = tenders.plan(need, outlook, tx.rules, local_date(tx.now))
    await store.save_tender(tx.session, planned)
    _propose(tx, planned)


@handles(TenderDecided)
async def record_decision(event: TenderDecided, tx: InTransaction) -> None:
    """Keep a person's decision beside the proposal."""
    need = await _need(tx, event.tender_id)
    decided = tenders.decide(
        need,
        tenders.Decision(
            by=event.decided_by,
            role=event.role,
            on=event.decided_on,
            procedure=event.procedure,
            lots=tuple(DecidedLot(lot.title, tuple(lot.of)) for lot in event.lots),
            reason=event.reason,
            not_split_because=event.not_split_because,
        ),
        information_on=event.information_on,
        electronic=event.electronic,
        award_on=event.award_on,
        rules=tx.rules,
        today=local_date(tx.now),
    )
    await store.save_tender(tx.session, decided)
    _tell_decision(tx, decided)


async def gather_unserved(
    tx: Transaction,
    demands: Mapping[str, Demand],
    unfilled: Iterable[bundling.Unfilled],
    known: Iterable[Contract],
) -> None:
    """Gather what a round could not serve for want of a contract, by category and year."""
    missing = [each for each in unfilled if each.reason in UNSERVABLE]
    if not missing:
        return
    items = await store.items(tx.session, {demands[each.line_id].item for each in missing})
    listed = _list_prices(known)
    groups: dict[tuple[str, int], list[Wanted]] = {}
    for each in missing:
        demand = demands[each.line_id]
        key = items[demand.item].category, demand.needed_by.year
        groups.setdefault(key, []).append(
            _wanted(demand, each, items[demand.item], listed.get(demand.item))
        )
    await tx.alone("tenders")
    today = local_date(tx.now)
    for (category, year), wanted in sorted(groups.items()):
        need = await store.open_tender(tx.session, category, year)
        if need is None:
            (reference,) = await store.next_references(tx.session, "V", today.year)
            need = tenders.begin(
                id=uuid7(),
                reference=reference,
                category=category,
                year=year,
                wanted=wanted,
                rules=tx.rules,
                today=today,
            )
        else:
            need = tenders.gather(need, wanted, tx.rules, today)
        await store.save_tender(tx.session, need)
        _propose(tx, need)


def _list_prices(known: Iterable[Contract]) -> dict[str, int]:
    """By item the dearest list price of all contracts, also of those no longer in force."""
    listed: dict[str, int] = {}
    for contract in known:
        for item, cents in contract.terms.tiers[0].prices:
            listed[item] = max(cents, listed.get(item, 0))
    return listed


def _wanted(demand: Demand, missing: bundling.Unfilled, item: Item, cents: int | None) -> Wanted:
    return Wanted(
        demand_id=demand.id,
        demand_reference=demand.reference,
        member=demand.member,
        item=demand.item,
        name=demand.name,
        cpv=item.cpv,
        quantity=missing.quantity,
        monthly=item.billing == "monthly",
        months=demand.term_months,
        unit_cents=demand.ceiling_cents if cents is None else cents,
        postal_code=demand.place.postal_code,
        needed_by=demand.needed_by,
        reason=missing.reason,
        explanation=missing.explanation,
    )


async def _need(tx: Transaction, tender_id: UUID) -> Need:
    found = await store.tender(tx.session, tender_id)
    if found is None:
        raise refuse("tender_id", tender_id, "must be a tender need that was proposed")
    return found


def _propose(tx: Transaction, need: Need) -> None:
    proposal = need.proposal
    tx.decide(recording.tender_proposed(need))
    tx.emit(
        TenderProposed.model_validate(
            {
                "tender_id": need.id,
                "reference": need.reference,
                "category": need.category,
                "year": need.year,
                "revision": need.revision,
                "proposed_on": proposal.day,
                "net": proposal.value,
                "framework_months": need.outlook.framework_months,
                "renewal_months": need.outlook.renewal_months,
                "options": need.outlook.options,
                "procedure": proposal.procedure,
                "wanted": [
                    WantedLine(
                        **asdict(w),
                        term_months=w.months,
                        unit_price=w.unit_cents,
                        obstacle=w.reason,
                    )
                    for w in need.wanted
                ],
                "lots": [ProposedLot(**asdict(lot), net=lot.value) for lot in proposal.lots],
                "one_lot_because": proposal.one_lot_because,
                "unpriced": list(proposal.unpriced),
                "rules": [
                    QuotedRule(**asdict(rule), key=rule.name, amount=rule.value)
                    for rule in proposal.rules
                ],
            }
        ),
        party=KID,
    )


def _tell_decision(tx: Transaction, need: Need) -> None:
    decision = need.decision
    if decision is None:
        raise LookupError(f"{need.reference} is not decided")
    by: By = "kid" if tx.header and tx.header.party == KID else "board"
    tx.decide(recording.tender_decided(need, by))
    tx.emit(
        TenderDecisionRecorded.model_validate(
            {
                "tender_id": need.id,
                "reference": need.reference,
                "category": need.category,
                "year": need.year,
                "net": need.proposal.value,
                "proposed_procedure": need.proposal.procedure,
                "procedure": decision.procedure,
                "decided_by": decision.by,
                "role": decision.role,
                "decided_on": decision.on,
                "lots": [AgreedLot(title=lot.title, of=list(lot.of)) for lot in decision.lots],
                "reason": decision.reason,
                "not_split_because": decision.not_split_because,
                "earliest_award_on": decision.earliest_award_on,
                "notice_by": decision.notice_by,
                "publish_months": decision.publish_months,
            }
        ),
        party=KID,
    )
