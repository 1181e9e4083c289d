"""One bundling round from demand to orders, shares and proof."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from services.procurement.bundling import explain
from services.procurement.bundling.alone import Alone, alone, highest_list
from services.procurement.bundling.apportion import apportion
from services.procurement.bundling.audit import audit
from services.procurement.bundling.certify import SCALE
from services.procurement.bundling.cheapest import Found, best
from services.procurement.bundling.disaggregate import Parcel, Shortfall, disaggregate
from services.procurement.bundling.dual import PriceList, price_list
from services.procurement.bundling.entitle import entitlements
from services.procurement.bundling.hints import minimum_results, tier_results
from services.procurement.bundling.model import (
    Award,
    Certificate,
    Contract,
    Limits,
    Line,
    MemberResult,
    Order,
    Plan,
    Unfilled,
)
from services.procurement.bundling.pricing import Goods, Priced, price
from services.procurement.bundling.problem import Option, Problem, aggregate
from services.procurement.bundling.serve import Cuts
from services.procurement.bundling.share import delta, within
from services.procurement.bundling.solve import Highs, Solver


def plan_round(
    lines: Iterable[Line],
    contracts: Iterable[Contract],
    *,
    on: date,
    limits: Limits | None = None,
    solver: Solver | None = None,
) -> Plan:
    """Serve as many pieces as the contracts allow, at the lowest total, and share the cost.

    `on` is the day of the call-off. Blocks while the solver's own process works; without
    `solver` one is started and stopped. Equal input, in any order, gives an equal plan.

    Raises:
        BadRound: lines or contracts contradict themselves.
        SolverFailed: the solver's process ended.
    """
    limits = limits or Limits()
    if solver is None:
        with Highs() as own:
            return plan_round(lines, contracts, on=on, limits=limits, solver=own)
    problem = aggregate(lines, contracts, on)
    cut, found = best(problem, solver, limits)
    parcels, shortfalls = disaggregate(problem, found.usage, cut.missing)
    shares = _shared(problem, parcels, found, solver, limits)
    return _state(problem, cut, found, parcels, shortfalls, shares, solver.name, on)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What every member pays and would pay alone, with the bounds that prove it."""

    cents: Mapping[str, int]
    alone: Mapping[str, Alone]
    adjusted: bool
    delta: float
    prices: PriceList
    groups: int


def _shared(
    problem: Problem, parcels: Sequence[Parcel], found: Found, solver: Solver, limits: Limits
) -> _Shared:
    awarded: dict[str, dict[int, int]] = {}
    for parcel in parcels:
        own = awarded.setdefault(parcel.line.member, {})
        own[parcel.cell] = own.get(parcel.cell, 0) + parcel.quantity
    if not awarded:
        return _Shared({}, {}, False, 0.0, PriceList({}, {}, {}, 0), 0)
    parts = entitlements(problem, awarded)
    by_member = alone(problem, awarded, parts, solver, limits)
    missing = {index for a in by_member.values() for index in a.missing}
    fallback = {index: highest_list(problem, problem.cells[index]) for index in missing}
    prices = price_list(problem, awarded, parts, fallback, solver, limits, found.relaxation)
    bounds = {m: a.bound_cents for m, a in by_member.items()}
    first = within(found.total_cents, prices.values, bounds)
    checked = audit(problem, awarded, parts, fallback, first, bounds, solver, limits)
    worst = delta(checked.cents, prices.values, SCALE)
    if checked.gain_cents is not None:
        worst = min(worst, checked.gain_cents / max(1, min(checked.cents.values())))
    adjusted = checked.cents != first
    return _Shared(checked.cents, by_member, adjusted, worst, prices, checked.groups)


class _Cost(NamedTuple):
    unit_cents: int
    share_cents: int
    list_cents: int
    surplus_cents: int
    fee_cents: int


def _state(
    problem: Problem,
    cut: Cuts,
    found: Found,
    parcels: Sequence[Parcel],
    shortfalls: Sequence[Shortfall],
    shares: _Shared,
    solver: str,
    on: date,
) -> Plan:
    bought: dict[int, dict[Goods, int]] = {}
    for parcel in parcels:
        goods = bought.setdefault(parcel.contract, {})
        goods[parcel.goods] = goods.get(parcel.goods, 0) + parcel.quantity
    priced = {c: price(problem.contracts[c], bought[c]) for c in sorted(bought)}
    orders = tuple(order for call_off in priced.values() for order in call_off.orders)
    total = sum(order.total_cents for order in orders)
    costs = _parts(problem, parcels, priced)
    members = _members(parcels, costs, shares, total)
    awards = _awards(problem, parcels, costs, priced, shares)
    unfilled = _unfilled(problem, shortfalls, priced, on)
    bound = min(found.bound_cents, total)
    certificate = Certificate(
        total,
        bound,
        total / bound - 1 if bound else 0.0,
        bound == total and sum(cut.missing.values()) == cut.fewest,
        shares.delta,
        all(m.share_cents <= m.alone_cents for m in members),
        {m: a.bound_cents for m, a in shares.alone.items()},
        shares.groups,
        solver,
        cut.stopped_by or found.stopped_by,
        min(shares.prices.bound_cents, total),
        sum(cell.demand for cell in problem.cells) - cut.fewest,
    )
    tiers = tier_results([problem.contracts[c] for c in priced], list(priced.values()))
    return Plan(
        orders,
        awards,
        unfilled,
        members,
        tiers,
        certificate,
        _fingerprint(orders, awards),
        minimum_results(problem, found.usage, priced),
        shares.prices.proof,
        shares.prices.multipliers if shares.prices.multipliers != shares.prices.proof else {},
    )


def _parts(
    problem: Problem, parcels: Sequence[Parcel], priced: Mapping[int, Priced]
) -> list[_Cost]:
    """Each parcel's part of its order: exact for goods, fees and surplus by goods value."""
    lines = {
        (c, order.place, line.item, line.months): line
        for c, call_off in priced.items()
        for order in call_off.orders
        for line in order.lines
    }
    fees = {
        (c, order.place): order.fee_cents
        for c, call_off in priced.items()
        for order in call_off.orders
    }
    share = [0] * len(parcels)
    unit = [0] * len(parcels)
    extra, fee = [0] * len(parcels), [0] * len(parcels)
    at_line: dict[tuple[int, str, str, int | None], dict[str, int]] = {}
    at_order: dict[tuple[int, str], dict[str, int]] = {}
    for index, parcel in enumerate(parcels):
        goods = parcel.goods
        where = (parcel.contract, *goods)
        unit[index] = lines[where].unit_cents
        share[index] = parcel.quantity * unit[index] * (goods.months or 1)
        if lines[where].surplus_cents:
            at_line.setdefault(where, {})[f"{index:09}"] = share[index]
        if fees[parcel.contract, goods.place]:
            at_order.setdefault((parcel.contract, goods.place), {})[f"{index:09}"] = share[index]
    for where, weights in at_line.items():
        for key, part in apportion(lines[where].surplus_cents, weights).items():
            extra[int(key)] = part
            share[int(key)] += part
    for order, weights in at_order.items():
        for key, part in apportion(fees[order], weights).items():
            fee[int(key)] = part
            share[int(key)] += part
    return [
        _Cost(
            unit[i],
            share[i],
            p.quantity
            * problem.contracts[p.contract].tiers[0].unit_cents[p.item]
            * (p.line.months or 1),
            extra[i],
            fee[i],
        )
        for i, p in enumerate(parcels)
    ]


def _members(
    parcels: Sequence[Parcel], costs: Sequence[_Cost], shares: _Shared, total: int
) -> tuple[MemberResult, ...]:
    invoiced: dict[str, int] = {}
    listed: dict[str, int] = {}
    for parcel, cost in zip(parcels, costs, strict=True):
        member = parcel.line.member
        invoiced[member] = invoiced.get(member, 0) + cost.share_cents
        listed[member] = listed.get(member, 0) + cost.list_cents
    values = shares.prices.values
    worth, whole = ({m: _cents(v) for m, v in values.items()}, _cents(sum(values.values())))
    found = []
    for m in sorted(invoiced):
        result = MemberResult(
            m,
            shares.cents[m],
            shares.alone[m].bound_cents,
            listed[m],
            shares.cents[m] - invoiced[m],
            sum(shares.alone[m].missing.values()),
        )
        text = explain.shared(result, total, worth[m], whole, adjusted=shares.adjusted)
        found.append(replace(result, explanation=text))
    return tuple(found)


def _cents(value: int) -> int:
    """A value of the price list in whole cents, half up."""
    return (2 * value + SCALE) // (2 * SCALE)


def _awards(
    problem: Problem,
    parcels: Sequence[Parcel],
    costs: Sequence[_Cost],
    priced: Mapping[int, Priced],
    shares: _Shared,
) -> tuple[Award, ...]:
    alone_part = _alone_parts(parcels, shares)
    notes: dict[tuple[int, int, str], str] = {}
    fee_notes = {
        (c, order.place): explain.fees(problem.contracts[c], order)
        for c, call_off in priced.items()
        for order in call_off.orders
        if order.fee_cents
    }
    awards = []
    for index, (parcel, cost) in enumerate(zip(parcels, costs, strict=True)):
        kind = (parcel.cell, parcel.contract, parcel.item)
        if kind not in notes:
            cell = problem.cells[parcel.cell]
            option = Option(parcel.contract, parcel.item, 0)
            notes[kind] = explain.awarded(problem, cell, option, priced)
        awards.append(
            Award(
                parcel.line.id,
                parcel.line.member,
                parcel.item,
                problem.contracts[parcel.contract].id,
                parcel.line.place,
                parcel.quantity,
                cost.unit_cents,
                cost.share_cents,
                alone_part[index],
                cost.list_cents,
                parcel.line.months,
                notes[kind],
                cost.surplus_cents,
                cost.fee_cents,
                fee_notes.get((parcel.contract, parcel.line.place), ""),
            )
        )
    awards.sort(key=lambda a: (a.line_id, a.contract, a.item))
    return tuple(awards)


def _alone_parts(parcels: Sequence[Parcel], shares: _Shared) -> dict[int, int]:
    """Each award's part of its member's cost alone: by the goods' price there, then by pieces."""
    weights: dict[tuple[str, int], dict[str, int]] = {}
    for index, parcel in enumerate(parcels):
        own = weights.setdefault((parcel.line.member, parcel.cell), {})
        own[f"{index:09}"] = parcel.quantity
    found: dict[int, int] = {}
    for member, own_cost in shares.alone.items():
        cells = {f"{cell:09}": cents for cell, cents in own_cost.by_cell.items()}
        for cell, cents in apportion(own_cost.bound_cents, cells).items():
            parts = apportion(cents, weights[member, int(cell)])
            found |= {int(index): part for index, part in parts.items()}
    return found


def _unfilled(
    problem: Problem, shortfalls: Sequence[Shortfall], priced: Mapping[int, Priced], on: date
) -> tuple[Unfilled, ...]:
    found = [
        Unfilled(
            r.line.id,
            r.line.quantity,
            r.reason,
            explain.rejected(r, on),
            r.line.member,
            r.line.item,
        )
        for r in problem.rejections
    ]
    for missing in shortfalls:
        line = missing.line
        cell = problem.cells[missing.cell]
        reason, text = explain.short(problem, cell, line, missing.quantity, priced)
        found.append(Unfilled(line.id, missing.quantity, reason, text, line.member, line.item))
    return tuple(sorted(found, key=lambda u: u.line_id))


def _fingerprint(orders: Sequence[Order], awards: Sequence[Award]) -> str:
    digest = hashlib.sha256()
    for order in orders:
        digest.update(repr(order).encode())
    for a in awards:
        digest.update(repr((a.line_id, a.contract, a.item, a.quantity, a.share_cents)).encode())
    return digest.hexdigest()
