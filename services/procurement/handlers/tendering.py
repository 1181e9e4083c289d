"""KID plans what no contract can serve, is told what the law makes of it, and a person decides."""

from dataclasses import asdict
from uuid import UUID

from services.procurement import store
from services.procurement.domain import tenders
from services.procurement.domain.tender_law import Outlook
from services.procurement.domain.tenders import DecidedLot, Need
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
    propose(tx, planned, need)


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


async def _need(tx: Transaction, tender_id: UUID) -> Need:
    found = await store.tender(tx.session, tender_id)
    if found is None:
        raise refuse("tender_id", tender_id, "must be a tender need that was proposed")
    return found


def propose(tx: Transaction, need: Need, before: Need | None) -> None:
    """Tell KID what the rules of the day make of a need, and why anew."""
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
                "change": tenders.change(before, need),
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
                "state_act": proposal.state_act,
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
