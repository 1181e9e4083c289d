"""A round filled up to a price tier with pieces that members would take, where that costs less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.certify import NotProved
from services.procurement.bundling.model import Award, Contract, Limits, Line, Plan, TierResult
from services.procurement.bundling.pricing import weight
from services.procurement.bundling.recheck import recheck
from services.procurement.bundling.round import plan_round
from services.procurement.bundling.solve import Solver
from services.procurement.bundling.words import euro


def plan_filled(
    lines: Sequence[Line],
    most: Mapping[str, int],
    contracts: Sequence[Contract],
    *,
    on: date,
    limits: Limits,
    solver: Solver,
) -> Plan:
    """The cheapest plan, with more pieces than stated where the whole then costs less.

    Nobody pays more than without them, and nobody gets more than the most it would take. What a
    member would have paid alone stays that of the pieces it stated: it needed no more.

    Args:
        most: by line, the most pieces that its member would take; only where that is more.
    """
    stated = plan = plan_round(lines, contracts, on=on, limits=limits, solver=solver)
    wanted = list(lines)
    for key in [(tier.contract, tier.item) for tier in plan.tiers]:
        while more := _missing(plan, key, wanted, most, contracts):
            filled = [
                replace(line, quantity=line.quantity + more.get(line.id, 0)) for line in wanted
            ]
            other = plan_round(filled, contracts, on=on, limits=limits, solver=solver)
            if not (_is_better(other, plan) and _is_proved(other, filled, contracts, on)):
                break
            plan, wanted = other, filled
    return _measured(plan, stated, {line.id: line.quantity for line in lines})


def added(plan: Plan, stated: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """By line, the pieces that a plan gives beyond those stated."""
    pieces: dict[str, int] = {}
    for award in plan.awards:
        pieces[award.line_id] = pieces.get(award.line_id, 0) + award.quantity
    for line_id, quantity in sorted(pieces.items()):
        if quantity > stated[line_id]:
            yield line_id, quantity - stated[line_id]


def as_filled(
    lines: Sequence[Line], most: Mapping[str, int], awards: Sequence[Award]
) -> list[Line]:
    """The lines with the pieces that were awarded where those are more: what was planned on.

    Raises:
        NotProved: an award is of no line, or above the most that its member would take.
    """
    pieces = {line.id: 0 for line in lines}
    for award in awards:
        if award.line_id not in pieces:
            raise NotProved(f"award {award.line_id}: is of no line")
        pieces[award.line_id] += award.quantity
    for line in lines:
        if pieces[line.id] > max(line.quantity, most.get(line.id, 0)):
            raise NotProved(f"award {line.id}: more than asked at most")
    return [replace(line, quantity=max(line.quantity, pieces[line.id])) for line in lines]


def _missing(
    plan: Plan,
    key: tuple[str, str | None],
    lines: Sequence[Line],
    most: Mapping[str, int],
    contracts: Sequence[Contract],
) -> dict[str, int]:
    """The pieces that reach the next tier, by line in proportion to what each would take more, in
    whole packs for each place; none where they would cost more than the tier saves."""
    tier = next((each for each in plan.tiers if (each.contract, each.item) == key), None)
    if tier is None or tier.missing is None:
        return {}
    contract = next(each for each in contracts if each.id == tier.contract)
    groups = _rooms(plan, tier, contract, {line.id: line.quantity for line in lines}, most)
    packs = {name: contract.pack.get(own[0].item, 1) for name, own in groups.items()}
    room = {a.line_id: most[a.line_id] - a.quantity for own in groups.values() for a in own}
    units = {name: sum(room[a.line_id] for a in own) // packs[name] for name, own in groups.items()}
    counts = {
        name: packs[name] * weight(contract, own[0].item, own[0].months)
        for name, own in groups.items()
    }
    prices = contract.tiers[tier.tier + 1].unit_cents
    more: dict[str, int] = {}
    cost = 0
    for name, taken in _spread(tier.missing, units, counts).items():
        first, pieces = groups[name][0], taken * packs[name]
        more |= apportion(pieces, {a.line_id: room[a.line_id] for a in groups[name]})
        cost += pieces * prices[first.item] * (first.months or 1)
    return more if cost < tier.saving_cents else {}


def _rooms(
    plan: Plan,
    tier: TierResult,
    contract: Contract,
    wanted: Mapping[str, int],
    most: Mapping[str, int],
) -> dict[str, list[Award]]:
    """Awards that count towards a tier, of lines wholly served whose members would take more; those
    together that share their packs."""
    groups: dict[str, list[Award]] = {}
    for award in plan.awards:
        if (
            award.contract == tier.contract
            and tier.item in (None, award.item)
            and award.quantity == wanted[award.line_id] < most.get(award.line_id, 0)
        ):
            is_packed = contract.pack.get(award.item, 1) > 1
            together = f"{award.place} {award.item} {award.months}"
            groups.setdefault(together if is_packed else award.line_id, []).append(award)
    return groups


def _spread(missing: int, units: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, int]:
    """How many of these units to take, in proportion to how many there are, so that together they
    count at least what is missing; none where all of them do not.

    Args:
        counts: what one unit counts.
    """
    whole = sum(number * counts[name] for name, number in units.items())
    if whole < missing:
        return {}
    taken, rests = {}, {}
    for name, number in units.items():
        taken[name], rests[name] = divmod(missing * number, whole)
    reached = sum(number * counts[name] for name, number in taken.items())
    for name in sorted(rests, key=lambda name: (-rests[name], name)):
        if reached >= missing:
            break
        taken[name] += 1
        reached += counts[name]
    return taken


def _is_better(other: Plan, plan: Plan) -> bool:
    """Whether a plan costs less, leaves no more undone, and nobody pays more."""
    before = {member.member: member.share_cents for member in plan.members}
    return (
        other.total_cents < plan.total_cents
        and sum(u.quantity for u in other.unfilled) <= sum(u.quantity for u in plan.unfilled)
        and all(m.share_cents <= before.get(m.member, m.share_cents) for m in other.members)
    )


def _is_proved(plan: Plan, lines: Sequence[Line], contracts: Sequence[Contract], on: date) -> bool:
    """Whether a plan's total and bound follow from its awards and multipliers, in integers."""
    try:
        found = recheck(plan, lines, contracts, on)
    except NotProved:
        return False
    bound = plan.certificate.exact_bound_cents
    return found.total_cents == plan.total_cents and found.bound_cents >= bound


def _measured(plan: Plan, stated: Plan, wanted: Mapping[str, int]) -> Plan:
    """The plan in which who got more than it stated is measured by what that would have cost it
    alone, so that no piece it did not need counts as saved."""
    more = {line_id for line_id, _ in added(plan, wanted)}
    filled = {award.member for award in plan.awards if award.line_id in more}
    alone = {m.member: m.alone_cents for m in stated.members if m.member in filled}
    if not alone:
        return plan
    members = tuple(
        replace(
            m,
            alone_cents=alone[m.member],
            explanation=f"{m.explanation} Gemeldet war weniger; das hätte allein "
            f"{euro(alone[m.member])} gekostet, und daran ist die Ersparnis gemessen.",
        )
        if m.member in alone
        else m
        for m in plan.members
    )
    parts: dict[str, dict[str, int]] = {}
    for index, award in enumerate(plan.awards):
        parts.setdefault(award.member, {})[f"{index:09}"] = award.alone_cents
    own = {
        int(index): cents
        for member, weights in parts.items()
        if member in alone
        for index, cents in apportion(alone[member], weights).items()
    }
    awards = tuple(
        replace(award, alone_cents=own.get(index, award.alone_cents))
        for index, award in enumerate(plan.awards)
    )
    bounds = {**plan.certificate.alone_bounds, **alone}
    certificate = replace(plan.certificate, alone_bounds=bounds)
    return replace(plan, members=members, awards=awards, certificate=certificate)
