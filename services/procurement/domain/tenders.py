"""Tender needs: demand that no contract can serve, gathered until a person decides on it."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from services.procurement.domain.contracts import Contract
from services.procurement.domain.rounds import Demand
from services.procurement.domain.tender_law import (
    PROCEDURES,
    Outlook,
    Procedure,
    Proposal,
    Wanted,
    earliest_award,
    must_publish,
    propose,
)
from shared.refusal import Reason, Refused, refuse
from shared.rules import Rules

UNSERVABLE = frozenset({"no_offer", "contract_not_valid", "not_entitled", "contract_exhausted"})
"""Reasons for which a demand stays unfilled that only a new contract can help."""


Change = Literal["new", "planned", "law", "demand"]
"""What led to a proposal: the need is new, KID planned, another procedure or act of law applies,
or no more than its demand is another."""
ONCE = Outlook()


@dataclass(frozen=True, slots=True)
class DecidedLot:
    """A lot as decided: the proposed lots it takes in, by number."""

    title: str
    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided on a need, and what follows from it.

    `reason` says why the procedure differs from the one proposed, `not_split_because` why lots
    were put together (§ 97 (4) GWB). `earliest_award_on` follows from the day on which bidders
    are informed, `notice_by` from the award; `publish_months` is 0 where nothing is to be
    published afterwards.
    """

    by: str
    role: str
    on: date
    procedure: Procedure
    lots: tuple[DecidedLot, ...]
    reason: str | None = None
    not_split_because: str | None = None
    earliest_award_on: date | None = None
    notice_by: date | None = None
    publish_months: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """One category's unserved demand of one year; each `revision` has a proposal of its own."""

    id: UUID
    reference: str
    category: str
    year: int
    wanted: tuple[Wanted, ...]
    proposal: Proposal
    outlook: Outlook = ONCE
    revision: int = 1
    state: Literal["proposed", "decided", "dropped"] = "proposed"
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement in words for which KID found no contract, with what it would tender."""

    category: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a contract outside of rounds: demand that counts, or a requirement in words;
    nothing where it no longer counts. `tender_id` is the need that holds it."""

    id: UUID
    demand: Demand | None = None
    requirement: Requirement | None = None
    tender_id: UUID | None = None


def begin(
    *,
    id: UUID,  # noqa: A002 - the need's own
    reference: str,
    category: str,
    year: int,
    wanted: Sequence[Wanted],
    rules: Rules,
    today: date,
) -> Need:
    """A new need with its first proposal."""
    proposal = propose(wanted, ONCE, rules, today)
    return Need(id, reference, category, year, tuple(wanted), proposal)


def gather(need: Need, more: Iterable[Wanted], rules: Rules, today: date) -> Need:
    """The need with more demand; what is stated again of the same demand counts instead."""
    by_demand = {each.demand_id: each for each in (*need.wanted, *more)}
    return _anew(replace(need, wanted=tuple(by_demand.values())), rules, today)


def let_go(need: Need, demand_ids: Container[UUID], rules: Rules, today: date) -> Need:
    """The undecided need without these demands; dropped where nothing is left of it."""
    left = tuple(each for each in need.wanted if each.demand_id not in demand_ids)
    if not left:
        return replace(need, revision=need.revision + 1, state="dropped")
    return _anew(replace(need, wanted=left), rules, today)


def change(before: Need | None, now: Need) -> Change:
    """What a need's new revision is due to; whether the law asks for something else comes first."""
    if before is None:
        return "new"
    was, is_now = before.proposal, now.proposal
    if (was.procedure, was.state_act) != (is_now.procedure, is_now.state_act):
        return "law"
    return "demand" if now.outlook == before.outlook else "planned"


def can_serve(
    contract: Contract, allowed: frozenset[str] | None, demand: Demand, today: date
) -> bool:
    """Whether something may be called from a contract for a demand by the day of its need.

    Args:
        allowed: the members that may call off from it, None for all.
    """
    terms = contract.terms
    return (
        bool(set(terms.items) & {demand.item, *demand.equivalents})
        and terms.valid_from <= demand.needed_by
        and today <= terms.valid_until
        and 0 not in (contract.remaining_pieces, contract.remaining_cents)
        and (allowed is None or demand.member in allowed)
    )


def plan(need: Need, outlook: Outlook, rules: Rules, today: date) -> Need:
    """The need under KID's plans.

    Raises:
        Refused: it is decided, a price is of an item that nobody wants, or a renewal has no
            term that it could renew.
    """
    _undecided(need)
    wanted = {each.item for each in need.wanted}
    for at, (item, _) in enumerate(outlook.prices):
        if item not in wanted:
            raise refuse(f"unit_prices.{at}.item", item, "must be an item of this need")
    is_monthly = any(each.monthly for each in need.wanted)
    if outlook.renewal_months and outlook.framework_months is None and not is_monthly:
        rule = "needs framework_months: what is bought once is not renewed"
        raise refuse("renewal_months", outlook.renewal_months, rule)
    return _anew(replace(need, outlook=outlook), rules, today)


def decide(
    need: Need,
    decision: Decision,
    *,
    information_on: date | None,
    electronic: bool,
    award_on: date | None,
    rules: Rules,
    today: date,
) -> Need:
    """The need with a person's decision, which may differ from the proposal with a reason.

    It is held against what the rules of its own day propose: a threshold may have changed since.
    Without lots it takes them as proposed.

    Args:
        information_on: the day on which bidders are, or will be, informed (§ 134 GWB).
        electronic: whether that is done electronically, which makes the period shorter.
        award_on: the planned day of the award.

    Raises:
        Refused: decided before or in the future, a reason is missing, lots do not take in every
            proposed lot exactly once, or the award comes before the stand-still ends.
    """
    _undecided(need)
    if decision.on > today:
        raise refuse("decided_on", decision.on, f"must not lie after today ({today})")
    current = _anew(need, rules, decision.on)
    proposed = current.proposal
    lots = decision.lots or tuple(DecidedLot(lot.title, (lot.number,)) for lot in proposed.lots)
    broken = _deviations(replace(decision, lots=lots), proposed)
    earliest = notice_by = None
    if decision.procedure == "eu":
        name = "standstill_days_electronic" if electronic else "standstill_days"
        stand_still = rules.at(name, decision.on)
        if information_on is not None:
            earliest = earliest_award(information_on, stand_still.value)
        if award_on is not None:
            if earliest is None or award_on < earliest:
                rule = f"must not be before {earliest or 'information_on'} + stand-still"
                rule += f" of {stand_still.value} days ({stand_still.source})"
                broken += refuse("award_on", award_on, rule).reasons
            notice_by = award_on + timedelta(days=rules.at("award_notice_days", decision.on).value)
    if broken:
        raise Refused(*broken)
    publish = must_publish(decision.procedure, proposed.value, rules, decision.on)
    decided = replace(
        decision,
        lots=lots,
        earliest_award_on=earliest,
        notice_by=notice_by,
        publish_months=rules.at("ex_post_months", decision.on).value if publish else 0,
    )
    return replace(current, revision=need.revision, state="decided", decision=decided)


def _deviations(decision: Decision, proposed: Proposal) -> list[Reason]:
    """What of a decision differs from the proposal without saying why."""
    broken: list[Reason] = []
    if decision.procedure != proposed.procedure and decision.reason is None:
        freer = PROCEDURES.index(decision.procedure) < PROCEDURES.index(proposed.procedure)
        kind = "freer" if freer else "stricter"
        rule = f"is needed: {decision.procedure} is {kind} than {proposed.procedure}, as proposed"
        broken += refuse("reason", "", rule).reasons
    taken = sorted(number for lot in decision.lots for number in lot.of)
    if taken != [lot.number for lot in proposed.lots]:
        rule = f"must take in each of the {len(proposed.lots)} proposed lots exactly once"
        broken += refuse("lots", ", ".join(map(str, taken)), rule).reasons
    elif len(decision.lots) < len(proposed.lots) and decision.not_split_because is None:
        rule = "is needed where proposed lots are put together (§ 97 (4) GWB)"
        broken += refuse("not_split_because", "", rule).reasons
    return broken


def _undecided(need: Need) -> None:
    if need.state == "dropped":
        raise refuse("tender_id", need.id, f"must be wanted by somebody; {need.reference} is not")
    if need.decision is not None:
        rule = f"must be undecided; {need.decision.by} decided on {need.decision.on}"
        raise refuse("tender_id", need.id, rule)


def _anew(need: Need, rules: Rules, day: date) -> Need:
    proposal = propose(need.wanted, need.outlook, rules, day)
    return replace(need, revision=need.revision + 1, proposal=proposal)
