"""A kept plan held against the rules of its round, in integers and without any solver."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.procurement.bundling.alone import highest_list
from services.procurement.bundling.cascade import outranks
from services.procurement.bundling.certify import SCALE, NotProved, certify
from services.procurement.bundling.entitle import entitlements
from services.procurement.bundling.formulate import formulate
from services.procurement.bundling.model import Award, Contract, Line, MemberResult, Plan
from services.procurement.bundling.pricing import Goods, Priced, price
from services.procurement.bundling.problem import Option, Problem, aggregate
from services.procurement.bundling.share import delta


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What the awards cost by the contracts' prices, what they cost at least, and the largest
    part of its shares that any group could save by leaving, as far as the multipliers show."""

    total_cents: int
    bound_cents: int
    delta: float


@dataclass(frozen=True, slots=True)
class _Bought:
    """Awards by what they were bought under."""

    problem: Problem
    awards: Sequence[tuple[Award, int, Option]]
    goods: Mapping[int, Mapping[Goods, int]]
    priced: Mapping[int, Priced]


def recheck(
    plan: Plan, lines: Iterable[Line], contracts: Iterable[Contract], on: date
) -> Rechecked:
    """Hold a plan's awards, shares and multipliers against the round's lines and contracts.

    Raises:
        BadRound: lines or contracts contradict themselves.
        NotProved: an award or share breaks a rule, or see `certify`; the text names the first.
    """
    problem = aggregate(lines, contracts, on)
    bought = _bought(problem, plan.awards)
    _check_lines(bought)
    for index, goods in bought.goods.items():
        _check_contract(problem.contracts[index], goods, bought.priced[index])
    _check_ranks(bought)
    total = sum(priced.total_cents for priced in bought.priced.values())
    _check_shares(plan, total)
    awarded: dict[str, dict[int, int]] = {}
    demand = [0] * len(problem.cells)
    for award, cell, _ in bought.awards:
        own = awarded.setdefault(award.member, {})
        own[cell] = own.get(cell, 0) + award.quantity
        demand[cell] += award.quantity
    cells = tuple(replace(c, demand=d) for c, d in zip(problem.cells, demand, strict=True))
    served = replace(problem, cells=cells)
    bound = certify(served, plan.multipliers)
    if plan.group_multipliers:
        certify(served, plan.group_multipliers)
    groups = plan.group_multipliers or plan.multipliers
    values = _values(served, awarded, groups, plan.members)
    worst = delta({m.member: m.share_cents for m in plan.members}, values, SCALE)
    return Rechecked(total, bound, worst)


def _bought(problem: Problem, awards: Sequence[Award]) -> _Bought:
    cell_of = {line.id: c for c, cell in enumerate(problem.cells) for line in cell.lines}
    line_of = {line.id: line for cell in problem.cells for line in cell.lines}
    index = {contract.id: c for c, contract in enumerate(problem.contracts)}
    found: list[tuple[Award, int, Option]] = []
    goods: dict[int, dict[Goods, int]] = {}
    left = {line: line_of[line].quantity for line in line_of}
    for a in awards:
        cell = cell_of.get(a.line_id, -1)
        options = problem.cells[cell].options if cell >= 0 else ()
        at = next((o for o in options if o[:2] == (index.get(a.contract), a.item)), None)
        line = line_of.get(a.line_id)
        if at is None or line is None or a.member != line.member:
            raise NotProved(f"award {a.line_id}: {a.contract} may not serve it with {a.item}")
        left[a.line_id] -= a.quantity
        if a.quantity < 1 or left[a.line_id] < 0:
            raise NotProved(f"award {a.line_id}: more than asked, or nothing")
        found.append((a, cell, at))
        own = goods.setdefault(at.contract, {})
        key = Goods(line.place, a.item, line.months)
        own[key] = own.get(key, 0) + a.quantity
    for a, _, _ in found:
        line = line_of[a.line_id]
        served = line.quantity - left[a.line_id]
        if served < min(line.minimum or 1, line.quantity):
            raise NotProved(f"award {a.line_id}: {served} pieces are less than its minimum")
    priced = {c: price(problem.contracts[c], own) for c, own in goods.items()}
    return _Bought(problem, found, goods, priced)


def _check_lines(bought: _Bought) -> None:
    for award, _, at in bought.awards:
        contract = bought.problem.contracts[at.contract]
        tier = bought.priced[at.contract].tiers[None if contract.scope == "contract" else at.item]
        if tier < at.first:
            raise NotProved(f"award {award.line_id}: {contract.id} is dearer than its ceiling")


def _check_contract(contract: Contract, goods: Mapping[Goods, int], priced: Priced) -> None:
    pieces, by_item = sum(goods.values()), _by_item(goods)
    packs: dict[tuple[str, str], int] = {}
    for key, quantity in goods.items():
        packs[key.place, key.item] = packs.get((key.place, key.item), 0) + quantity
    split = [k for k, quantity in packs.items() if quantity % contract.pack.get(k[1], 1)]
    broken = {
        "is called off below its minimum": pieces < contract.minimum_pieces
        or priced.goods_cents < contract.minimum_cents,
        "has fewer pieces left": pieces > _or(contract.remaining_pieces, pieces)
        or any(n > contract.remaining_by_item.get(i, n) for i, n in by_item.items()),
        "has less value left": priced.goods_cents
        > _or(contract.remaining_cents, priced.goods_cents),
        "delivers whole packs only": bool(split),
    }
    for rule, is_broken in broken.items():
        if is_broken:
            raise NotProved(f"contract {contract.id}: {rule}")


def _check_ranks(bought: _Bought) -> None:
    contracts = bought.problem.contracts
    for award, cell, at in bought.awards:
        for o in bought.problem.cells[cell].options:
            better = contracts[o.contract]
            if outranks(better, contracts[at.contract]) and _has_room(bought, o):
                raise NotProved(f"award {award.line_id}: {better.id} comes first and has room")


def _has_room(bought: _Bought, o: Option) -> bool:
    """Whether one more pack fits: of any item at list price, and of what remains of this one."""
    contract, goods = bought.problem.contracts[o.contract], bought.goods.get(o.contract, {})
    priced = bought.priced.get(o.contract)
    if contract.remaining_pieces is not None:
        pack = max(contract.pack.values(), default=1)
        if sum(goods.values()) + pack > contract.remaining_pieces:
            return False
    if contract.remaining_cents is not None:
        dearest = max(
            contract.tiers[0].unit_cents[other.item]
            * (cell.months or 1)
            * contract.pack.get(other.item, 1)
            for cell in bought.problem.cells
            for other in cell.options
            if other.contract == o.contract
        )
        spent = priced.goods_cents if priced else 0
        if spent + dearest > contract.remaining_cents:
            return False
    if o.item in contract.remaining_by_item:
        of_item = _by_item(goods).get(o.item, 0)
        return of_item + contract.pack.get(o.item, 1) <= contract.remaining_by_item[o.item]
    return True


def _by_item(goods: Mapping[Goods, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, quantity in goods.items():
        found[key.item] = found.get(key.item, 0) + quantity
    return found


def _or(bound: int | None, otherwise: int) -> int:
    return otherwise if bound is None else bound


def _check_shares(plan: Plan, total: int) -> None:
    invoiced = {m.member: 0 for m in plan.members}
    for award in plan.awards:
        if award.member not in invoiced:
            raise NotProved(f"member {award.member}: has awards, but no share")
        invoiced[award.member] += award.share_cents
    for m in plan.members:
        if m.share_cents != invoiced[m.member] + m.balance_cents:
            raise NotProved(f"member {m.member}: invoices and balance are not its share")
        if plan.certificate.rational and m.share_cents > m.alone_cents:
            raise NotProved(f"member {m.member}: pays more than alone")
    if sum(m.share_cents for m in plan.members) != total or sum(invoiced.values()) != total:
        raise NotProved("the shares do not sum to the orders")


def _values(
    problem: Problem,
    awarded: Mapping[str, Mapping[int, int]],
    multipliers: Mapping[int, int],
    members: Iterable[MemberResult],
) -> dict[str, int]:
    """What each member's awards are worth at the multipliers' prices, in cents / SCALE.

    Where somebody could not get all pieces alone, no piece counts more than its highest list price,
    at which missing pieces count. Rows that hold for all members only prove nothing for a group.
    """
    model = formulate(problem)
    if any(row in model.joint for row in multipliers):
        raise NotProved("a multiplier rests on a row that holds for all members only")
    parts = entitlements(problem, awarded)
    prices = [multipliers.get(row, 0) for row in model.demand]
    if any(m.alone_missing for m in members):
        prices = [
            min(price, highest_list(problem, cell) * SCALE)
            for price, cell in zip(prices, problem.cells, strict=True)
        ]
    return {
        m: sum(prices[c] * q for c, q in cells.items())
        + sum(
            multipliers.get(row, 0) * parts[cap].get(m, 0)
            for row, cap in model.caps.items()
            if cap in parts
        )
        for m, cells in awarded.items()
    }
