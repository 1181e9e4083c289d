"""What the clock makes due with demands: reminders, and ends that nobody spoke."""

from uuid import UUID

from services.demand import domain, store
from services.demand.domain import Demand, Entry, Step
from services.demand.handlers import recording
from services.demand.handlers.world import the_demand, the_round
from shared.calendar import local_date
from shared.database import Database, Transaction
from shared.events import Event
from shared.events.demand import (
    DemandAnswerDue,
    DemandApprovalDue,
    DemandLapsed,
    DemandProposalLapsed,
    DemandRoundMissed,
)
from shared.events.envelope import KID


async def due(database: Database) -> None:
    """Do what the day has made due, one demand after the other; safe to call any time."""
    async with database.transaction() as tx:
        found = await store.to_look_at(tx.session, local_date(tx.now))
    for id_ in found:
        async with database.transaction() as tx:
            await _look_at(tx, id_)


async def _look_at(tx: Transaction, id_: UUID) -> None:
    before = await the_demand(tx, id_)
    present = await the_round(tx, before.wish.round_id)
    today = local_date(tx.now)
    demand, steps = domain.due(before, present, tx.rules, tx.now, today)
    await store.save_demand(tx.session, demand, looked_at_on=today)
    for step in steps:
        event = await _event(tx, before, step)
        parties = [demand.wish.member]
        if step.kind == "proposal_lapsed" or step.entry.get("was") == "consultation":
            parties.append(KID)
        for party in parties:
            tx.emit(event, party=party)
        if step.kind in ENDS:
            tx.decide(recording.ended(demand, step))


ENDS = {"lapsed", "proposal_lapsed", "round_missed"}
"""Steps after which something is no longer possible."""


async def _event(tx: Transaction, demand: Demand, step: Step) -> Event:
    key = {
        "demand_id": demand.id,
        "reference": demand.reference,
        "member": demand.wish.member,
    }
    waiting = {**key, "name": demand.title, "quantity": demand.wish.quantity}
    match step.kind:
        case "lapsed":
            return DemandLapsed(
                **key,
                name=demand.title,
                was=step.entry["was"],
                needed_by=demand.wish.needed_by,
            )
        case "proposal_lapsed":
            entry = _entry(demand, step.entry["to"])
            return DemandProposalLapsed(
                **key,
                proposal_id=UUID(entry["id"]),
                name=entry["name"],
                answer_by=domain.answer_by(entry),
            )
        case "reminder":
            entry = _entry(demand, step.entry["about"])
            asked = {"details_asked": "details"}.get(entry["kind"], entry["kind"])
            what = entry.get("question") or entry.get("name") or demand.title
            return DemandAnswerDue(**key, asked=asked, what=what, answer_by=domain.answer_by(entry))
        case "approval_due":
            round_ = await the_round(tx, demand.wish.round_id)
            if round_ is None or demand.value_cents is None or demand.above_cents is None:
                raise LookupError(f"{demand.reference} awaits no approval for a round")
            return DemandApprovalDue(
                **waiting,
                expected=demand.value_cents,
                above=demand.above_cents,
                round_reference=round_.reference,
                cut_off=round_.cut_off,
            )
        case "round_missed":
            return DemandRoundMissed(
                **waiting,
                round_id=UUID(step.entry["about"]),
                round_reference=step.entry["round"],
                needed_by=demand.wish.needed_by,
            )


def _entry(demand: Demand, id_: str) -> Entry:
    return next(entry for entry in demand.talk if entry.get("id") == id_)
