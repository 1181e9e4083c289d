"""A second person of a member approves or refuses; its management says from which value on."""

from services.demand import domain, store
from services.demand.handlers import recording
from services.demand.handlers.inbox import handles
from services.demand.handlers.telling import state
from services.demand.handlers.world import JOINING, known, the_demand, the_round, usual_above
from shared.calendar import local_date
from shared.database import InTransaction
from shared.events.demand import ApprovalLimitConfirmed, DemandRefusalConfirmed
from shared.events.member import ApprovalLimitSet, DemandApprovalRefused, DemandApproved
from shared.events.membership import ContactErased
from shared.refusal import refuse


@handles(DemandApproved)
async def approve_demand(event: DemandApproved, tx: InTransaction) -> None:
    """Let a demand count from now on."""
    await tx.beside(JOINING)
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    present = await the_round(tx, demand.wish.round_id)
    free = domain.joining_anew(demand.wish, present, tx.now)
    demand = domain.approved(demand, event.approver.model_dump(), await known(tx, free))
    await store.save_demand(tx.session, demand)
    state(tx, demand)
    tx.decide(recording.approval(demand, "approved", event.approver.role, usual_above(tx)))


@handles(DemandApprovalRefused)
async def refuse_demand(event: DemandApprovalRefused, tx: InTransaction) -> None:
    """End a demand by the second person's word."""
    demand = domain.owned(await the_demand(tx, event.demand_id), event.member)
    demand = domain.refused(demand, event.approver.model_dump(), event.reason, tx.now)
    await store.save_demand(tx.session, demand)
    tx.emit(
        DemandRefusalConfirmed(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            name=demand.title[:200],
            approver=event.approver,
            reason=event.reason,
        ),
        party=demand.wish.member,
    )
    tx.decide(recording.approval(demand, "refused", event.approver.role, usual_above(tx)))


@handles(ContactErased)
async def forget_person(event: ContactErased, tx: InTransaction) -> None:
    """Name a person no more as who stated or decided on demand (Art. 17 GDPR)."""
    changed = 0
    for demand in await store.all_of(tx.session, event.member):
        now = domain.forgotten(demand, [*event.names, event.email])
        if now != demand:
            changed += 1
            await store.save_demand(tx.session, now)
    tx.decide(recording.person_erased(event.member, changed))


@handles(ApprovalLimitSet)
async def set_limit(event: ApprovalLimitSet, tx: InTransaction) -> None:
    """Know from which expected value on a member wants two persons."""
    if not await store.member_is_active(tx.session, event.member, local_date(tx.now)):
        raise refuse("member", event.member, "must be a member of the cooperative today")
    if event.set_by.role not in domain.LIMIT_SETTERS:
        allowed = ", ".join(sorted(domain.LIMIT_SETTERS))
        raise refuse("set_by.role", event.set_by.role, f"must be {allowed}")
    await store.set_approval_above(tx.session, event.member, event.above)
    usual = usual_above(tx)
    above = usual.value if event.above is None else event.above
    tx.emit(
        ApprovalLimitConfirmed(
            member=event.member,
            above=above,
            own=event.above is not None,
            set_by=event.set_by,
        ),
        party=event.member,
    )
    role = event.set_by.role
    tx.decide(recording.approval_limit(event.member, event.above, above, role, usual))
