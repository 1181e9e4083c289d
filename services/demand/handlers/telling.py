"""How demand tells how a demand stands: to the member, to KID, to the other services."""

import json
from datetime import timedelta

from services.demand import domain, store
from services.demand.domain import Demand, Status, Wish
from services.demand.handlers import recording
from services.demand.handlers.world import the_round, usual_above
from shared.calendar import local_date
from shared.database import Transaction
from shared.events.common import Person, Place
from shared.events.demand import (
    DemandAccepted,
    DemandApprovalRequested,
    DemandConsultationOpened,
    DemandDetailsAsked,
    DemandReferred,
    DemandSimilarFound,
    SimilarDemand,
    StructuredQuestion,
    Suggested,
)
from shared.events.envelope import KID
from shared.events.kid import Category

REFERRED = (
    *("name", "category", "cpv", "billing", "quantity", "term_months", "unit_price"),
    "explanation",
)
"""What KID tells of a requirement that no contract can serve."""


NOBODY_NAMED = Person(role="staff", name="nicht genannt")
"""Who stated a demand that needed no second person when it was stated, and named no first."""


async def keep(tx: Transaction, demand: Demand) -> None:
    """Keep a demand that was stated, tell how it counts, ask what it lacks, and tell of others
    like it."""
    tx.decide(recording.counted(demand, usual_above(tx)))
    await tell_standing(tx, demand)
    if demand.status is Status.CONSULTATION:
        demand = await ask_details(tx, demand)
    demand = await tell_similar(tx, demand)
    await store.save_demand(tx.session, demand, looked_at_on=local_date(tx.now))


async def tell_standing(tx: Transaction, demand: Demand) -> None:
    """Tell how a demand stands now: it counts, awaits an approval, or is in consultation."""
    if demand.status is Status.CONSULTATION:
        tell_consultation(tx, demand)
        tell_referral(tx, demand)
    elif demand.status is Status.AWAITING:
        await request_approval(tx, demand)
    else:
        state(tx, demand)


def state(tx: Transaction, demand: Demand) -> None:
    """State an open demand as it counts now."""
    wish = demand.wish
    if wish.item is None or demand.name is None or demand.status is not Status.OPEN:
        raise LookupError(f"{demand.reference} is {demand.status} and does not count")
    tx.emit(
        DemandAccepted(
            demand_id=demand.id,
            reference=demand.reference,
            revision=demand.revision,
            member=wish.member,
            item=wish.item,
            name=demand.name,
            quantity=wish.quantity,
            unit=wish.unit,
            place=Place(**wish.place),
            needed_from=wish.needed_from,
            needed_by=wish.needed_by,
            round_id=wish.round_id,
            term_months=wish.term_months,
            price_ceiling=wish.price_ceiling_cents,
            equivalents=list(wish.equivalents),
            minimum_quantity=wish.minimum_quantity,
            maximum_quantity=wish.maximum_quantity,
            cost_centre=wish.cost_centre,
            submitted_at=demand.submitted_at,
            category=wish.category,
            attributes=dict(wish.attributes),
            part_of=demand.part_of,
            without_contract=demand.without_contract,
        ),
        party=wish.member,
    )


def tell_consultation(tx: Transaction, demand: Demand) -> None:
    """Tell the member and KID that a requirement needs consultation."""
    wish = demand.wish
    for party in (wish.member, KID):
        tx.emit(
            DemandConsultationOpened(
                demand_id=demand.id,
                reference=demand.reference,
                member=wish.member,
                requirement=wish.requirement or "",
                quantity=wish.quantity,
                place=Place(**wish.place),
                needed_by=wish.needed_by,
                category=Category(wish.category) if wish.category else None,
                term_months=wish.term_months,
                cost_centre=wish.cost_centre,
                attributes=dict(wish.attributes),
            ),
            party=party,
        )


def tell_referral(tx: Transaction, demand: Demand) -> None:
    """Tell that no contract can serve a requirement, where KID said so and that still holds."""
    wish, entry = demand.wish, domain.referral(demand)
    if entry is None:
        return
    told = {
        **{field: entry[field] for field in REFERRED},
        "demand_id": str(demand.id),
        "reference": demand.reference,
        "member": wish.member,
        "requirement": wish.requirement,
        "unit": wish.unit,
        "place": dict(wish.place),
        "needed_by": wish.needed_by.isoformat(),
    }
    for party in (wish.member, KID):  # the talk keeps what KID said as it stands on the wire
        tx.emit(DemandReferred.model_validate_json(json.dumps(told)), party=party)


async def suggested(
    tx: Transaction, wish: Wish, asked: dict[str, domain.Question]
) -> dict[str, domain.Suggestion]:
    """What similar members chose, by field of what is asked."""
    if wish.category is None:
        return {}
    today = local_date(tx.now)
    similar = domain.similar_members(
        await store.peers(tx.session, wish.category),
        wish.member,
        await store.member_kind(tx.session, wish.member),
        wish.quantity,
        tx.rules.at("size_classes", today).value,
    )
    return domain.suggestions(asked, similar, tx.rules, today)


async def ask_details(tx: Transaction, demand: Demand) -> Demand:
    """Ask what a requirement lacks by the questions of its category, unless it was asked."""
    wish, today = demand.wish, local_date(tx.now)
    asked = domain.missing(wish, tx.rules, today)
    before = {f for e in demand.talk if e["kind"] == "details_asked" for f in e["fields"]}
    if asked.keys() <= before:
        return demand
    found = await suggested(tx, wish, asked)
    days = tx.rules.at("answer_days", today).value
    until = min(today + timedelta(days=days), wish.needed_by - timedelta(days=1))
    tx.emit(
        DemandDetailsAsked(
            demand_id=demand.id,
            reference=demand.reference,
            member=wish.member,
            requirement=wish.requirement or "",
            answer_by=until,
            questions=[_question(each, found.get(field)) for field, each in asked.items()],
        ),
        party=wish.member,
    )
    entry = {
        "kind": "details_asked",
        "id": f"details {demand.revision}.{len(demand.talk)}",
        "fields": list(asked),
        "suggested": {field: each.value for field, each in found.items()},
        "answer_by": until.isoformat(),
        "at": tx.now.isoformat(),
    }
    return domain.noted(demand, entry)


def _question(
    question: domain.Question, suggestion: domain.Suggestion | None
) -> StructuredQuestion:
    return StructuredQuestion(
        field=question.field,
        label=question.label,
        question=question.question,
        kind=question.kind,
        least=question.least,
        most=question.most,
        choices=list(question.choices),
        suggested=suggestion
        and Suggested(
            value=suggestion.value,
            chosen_by=suggestion.chosen_by,
            similar_members=suggestion.similar_members,
            how=suggestion.how,
        ),
    )


async def request_approval(tx: Transaction, demand: Demand, *, now_priced: bool = False) -> None:
    """Tell the member that a second person must approve a demand before it counts.

    `now_priced`: it counted, but what it is worth is known only now.
    """
    wish = demand.wish
    if demand.value_cents is None or demand.above_cents is None:
        raise LookupError(f"{demand.reference} awaits an approval without a value")
    round_ = await the_round(tx, wish.round_id)
    tx.emit(
        DemandApprovalRequested(
            demand_id=demand.id,
            reference=demand.reference,
            member=wish.member,
            name=demand.title,
            quantity=wish.quantity,
            expected=demand.value_cents,
            above=demand.above_cents,
            needed_by=wish.needed_by,
            stated_by=Person.model_validate(wish.stated_by) if wish.stated_by else NOBODY_NAMED,
            now_priced=now_priced,
            cut_off=round_.cut_off if round_ else None,
        ),
        party=wish.member,
    )


async def tell_similar(tx: Transaction, demand: Demand) -> Demand:
    """Tell a member of its other demands that this one may repeat."""
    days = tx.rules.at("similar_within_days", local_date(tx.now)).value
    others = await store.of_member(tx.session, demand.wish, days)
    found = domain.similar(demand, others, days)
    if not found:
        return demand
    tx.emit(
        DemandSimilarFound(
            demand_id=demand.id,
            reference=demand.reference,
            member=demand.wish.member,
            name=demand.title,
            quantity=demand.wish.quantity,
            needed_by=demand.wish.needed_by,
            similar=[
                SimilarDemand(
                    demand_id=each.demand.id,
                    reference=each.demand.reference,
                    quantity=each.demand.wish.quantity,
                    needed_by=each.demand.wish.needed_by,
                    exact=each.exact,
                )
                for each in found
            ],
        ),
        party=demand.wish.member,
    )
    like = [each.demand.reference for each in found]
    return domain.noted(demand, {"kind": "similar", "like": like, "at": tx.now.isoformat()})
