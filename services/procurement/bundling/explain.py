"""Sentences for a town clerk: why this contract and price, or why nothing (German)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from services.procurement.bundling.model import Contract, Line, MemberResult, Order, Reason
from services.procurement.bundling.pricing import Priced, surplus, tier_at, weight
from services.procurement.bundling.problem import Cell, Option, Problem, Rejection
from services.procurement.bundling.words import count, day, euro, percent


def threshold(contract: Contract, value: int) -> str:
    """A tier's threshold, or what counts towards it, in words."""
    return f"{count(value)} Stück" if contract.basis == "quantity" else euro(value)


def awarded(problem: Problem, cell: Cell, option: Option, priced: Mapping[int, Priced]) -> str:
    """Which contract and tier serve a line, what that is worth, and what the next best costs."""
    contract, item = problem.contracts[option.contract], option.item
    tier, reached = _state(contract, item, priced.get(option.contract))
    unit, listed = contract.tiers[tier].unit_cents[item], contract.tiers[0].unit_cents[item]
    each = "je Stück und Monat" if cell.months else "je Stück"
    parts = [f"{contract.id} zu {euro(unit)} {each}."]
    if cell.lines and all(line.item != item for line in cell.lines):
        parts.insert(0, f"Geliefert wird {item}, als gleichwertig genannt;")
    if tier:
        cut = percent(100 * (listed - unit) / listed if listed else 0.0)
        parts.append(
            f"Gemeinsam ({threshold(contract, reached)}) ist die Staffel ab "
            f"{threshold(contract, contract.tiers[tier].lo)} erreicht: {cut} unter dem "
            f"Listenpreis von {euro(listed)}."
        )
        if contract.mode == "incremental":
            parts.append(_before(contract, item, tier))
    other = _next_best(problem, cell, option, priced)
    if other is not None:
        parts.append(_why_not(problem, cell, other, unit, priced))
    return " ".join(parts)


def _before(contract: Contract, item: str, tier: int) -> str:
    """What the pieces before the reached threshold cost more, all members together."""
    steps = [
        f"ab {threshold(contract, step.lo)} {euro(step.unit_cents[item])}"
        for step in contract.tiers[1 : tier + 1]
    ]
    extra = surplus(contract, None if contract.scope == "contract" else item, tier)
    return (
        f"Die Stücke davor kosten den Preis ihrer Staffel (zuerst "
        f"{euro(contract.tiers[0].unit_cents[item])}, {', '.join(steps)}): zusammen {euro(extra)} "
        "Aufschlag, geteilt nach Warenwert."
    )


def fees(contract: Contract, order: Order) -> str:
    """What an order's fees are made of."""
    called = order.fee_cents - contract.place_fee_cents
    parts = []
    if called:
        parts.append(
            f"{euro(called)} für den Abruf (insgesamt {euro(contract.call_off_fee_cents)})"
        )
    if contract.place_fee_cents:
        parts.append(f"{euro(contract.place_fee_cents)} für den Lieferort")
    goods = order.total_cents - order.fee_cents
    return f"nach Warenwert, von {' und '.join(parts)} auf {euro(goods)} dieser Bestellung"


def shared(
    member: MemberResult, total_cents: int, worth_cents: int, all_cents: int, *, adjusted: bool
) -> str:
    """How a member's share of all invoices came about, to be recomputed."""
    text = (
        f"Alle Rechnungen zusammen sind {euro(total_cents)}. Der Bedarf dieses Mitglieds ist zu "
        f"den Preisen der Runde {euro(worth_cents)} von {euro(all_cents)} wert; in diesem "
        f"Verhältnis wird geteilt, niemand zahlt mehr als allein (hier {euro(member.alone_cents)})."
    )
    if adjusted:
        text += " Danach wurde angepasst, damit keine Gruppe für sich günstiger führe."
    invoiced = member.share_cents - member.balance_cents
    return (
        f"{text} Das ergibt {euro(member.share_cents)}: {euro(invoiced)} aus den Bestellungen, "
        f"{euro(member.balance_cents)} Ausgleich unter den Mitgliedern."
    )


def _state(contract: Contract, item: str, used: Priced | None) -> tuple[int, int]:
    group = None if contract.scope == "contract" else item
    reached = used.reached.get(group, 0) if used else 0
    return tier_at(contract, reached), reached


def _price_there(problem: Problem, cell: Cell, o: Option, priced: Mapping[int, Priced]) -> int:
    """Unit price of another offer if the cell's demand went there too."""
    contract = problem.contracts[o.contract]
    counts = weight(contract, o.item, cell.months)
    reached = _state(contract, o.item, priced.get(o.contract))[1] + cell.demand * counts
    tier = max(o.first, tier_at(contract, reached))
    dearer = surplus(contract, None if contract.scope == "contract" else o.item, tier)
    # On average the pieces before the threshold, which keep their price, weigh on every piece.
    part = dearer * counts // (reached * (cell.months or 1)) if reached else 0
    return contract.tiers[tier].unit_cents[o.item] + part


def _next_best(
    problem: Problem, cell: Cell, option: Option, priced: Mapping[int, Priced]
) -> Option | None:
    others = [o for o in cell.options if o.contract != option.contract]
    return min(others, key=lambda o: (_price_there(problem, cell, o, priced), o), default=None)


def _why_not(
    problem: Problem, cell: Cell, other: Option, unit: int, priced: Mapping[int, Priced]
) -> str:
    contract = problem.contracts[other.contract]
    there = _price_there(problem, cell, other, priced)
    if there > unit:
        return f"{contract.id} käme auf {euro(there)}."
    lead = f"{contract.id} ({euro(there)})"
    if _is_exhausted(contract, other.item, cell.months, priced.get(other.contract)):
        return f"{lead} ist ausgeschöpft."
    fees = contract.call_off_fee_cents + contract.place_fee_cents
    if fees:
        return f"{lead} lohnt sich wegen der Gebühren von {euro(fees)} nicht."
    return f"{lead} wäre in der Summe aller Abrufe nicht günstiger."


def _is_exhausted(contract: Contract, item: str, months: int | None, used: Priced | None) -> bool:
    """Whether not one more pack of the item fits into what the round leaves of a contract."""
    pack = contract.pack.get(item, 1)
    lines = [line for order in used.orders for line in order.lines] if used else []
    pieces = sum(line.quantity for line in lines)
    of_item = sum(line.quantity for line in lines if line.item == item)
    cents = used.goods_cents if used else 0
    lowest = contract.tiers[-1].unit_cents[item] * (months or 1)
    return (
        (contract.remaining_pieces is not None and pieces + pack > contract.remaining_pieces)
        or of_item + pack > contract.remaining_by_item.get(item, of_item + pack)
        or (
            contract.remaining_cents is not None
            and cents + pack * lowest > contract.remaining_cents
        )
    )


class Obstacle(NamedTuple):
    """What keeps a contract from serving, in a clause."""

    reason: Reason
    clause: str


def short(
    problem: Problem, cell: Cell, line: Line, quantity: int, priced: Mapping[int, Priced]
) -> tuple[Reason, str]:
    """Why pieces are missing although contracts could serve the line, one clause for each."""
    obstacles: dict[str, Obstacle] = {}
    for o in cell.options:
        contract = problem.contracts[o.contract]
        obstacles.setdefault(contract.id, _obstacle(contract, o, line, priced.get(o.contract)))
    text = f"{quantity} von {line.quantity} Stück nicht zugeteilt: "
    text += "; ".join(o.clause for o in obstacles.values()) + "."
    reasons = [o.reason for o in obstacles.values()]
    if Reason.EXHAUSTED in reasons:
        text += " Das Verfügbare wurde im Verhältnis der gemeldeten Mengen geteilt."
    return reasons[0], text


def _obstacle(contract: Contract, o: Option, line: Line, used: Priced | None) -> Obstacle:
    least, pack = line.minimum or 1, contract.pack.get(o.item, 1)
    if _is_exhausted(contract, o.item, line.months, used):
        return Obstacle(Reason.EXHAUSTED, f"{contract.id} ist ausgeschöpft")
    tier, reached = _state(contract, o.item, used)
    if tier < o.first:
        step = contract.tiers[o.first]
        return Obstacle(
            Reason.PRICE_CEILING,
            f"{contract.id} käme erst in der Staffel ab {threshold(contract, step.lo)} "
            f"({euro(step.unit_cents[o.item])}) unter die Obergrenze von "
            f"{euro(line.ceiling_cents or 0)}; erreicht sind {threshold(contract, reached)}",
        )
    if used is None and (contract.minimum_pieces or contract.minimum_cents):
        wanted = [f"{count(contract.minimum_pieces)} Stück"] if contract.minimum_pieces else []
        wanted += [euro(contract.minimum_cents)] if contract.minimum_cents else []
        clause = f"{contract.id} verlangt je Abruf mindestens {' und '.join(wanted)}"
        return Obstacle(Reason.BELOW_MINIMUM, clause)
    if pack > 1:
        return Obstacle(
            Reason.PACK,
            f"{contract.id} liefert an einen Ort nur ganze Packungen zu {pack} Stück; mit weiteren "
            f"{-line.quantity % pack or pack} Stück an diesem Ort ginge es auf",
        )
    if contract.cascade is not None:
        return Obstacle(
            Reason.CASCADE,
            f"{contract.id} kommt erst nach den besseren Rängen von {contract.cascade} zum Zug",
        )
    if least > 1:
        clause = f"{contract.id} hat nicht mehr die mindestens gewünschten {count(least)} Stück"
        return Obstacle(Reason.LINE_MINIMUM, clause)
    return Obstacle(Reason.EXHAUSTED, f"{contract.id} ist ausgeschöpft")


def rejected(rejection: Rejection, on: date) -> str:
    """Why no contract may serve a line, and what would have made it possible."""
    line, contract = rejection.line, rejection.contract
    if contract is None:
        wanted = _either((line.item, *line.equivalents))
        return f"Für {wanted} besteht keine Rahmenvereinbarung."
    match rejection.reason:
        case Reason.NOT_VALID:
            since = f" ab {day(contract.valid_from)}" if contract.valid_from else ""
            until = f" bis {day(contract.valid_until)}" if contract.valid_until else ""
            return f"{contract.id} gilt nur{since}{until}, abgerufen wird am {day(on)}."
        case Reason.NOT_ENTITLED:
            return (
                f"{contract.id} nennt dieses Mitglied nicht als Abrufberechtigten; abrufen darf "
                "nur, wer bei der Vergabe benannt war (§ 21 Abs. 2 VgV, § 15 Abs. 3 UVgO)."
            )
        case Reason.TOO_LATE:
            first = day(on + timedelta(days=contract.lead_days))
            until = f" (gewünscht bis {day(line.latest)})" if line.latest else ""
            return f"{contract.id} liefert frühestens am {first}{until}."
        case _:
            last = contract.tiers[-1] if contract.mode == "all_units" else contract.tiers[0]
            lowest = euro(last.unit_cents[rejection.item])
            ceiling = euro(line.ceiling_cents or 0)
            return (
                f"Der günstigste Preis ist {lowest} bei {contract.id}, "
                f"die Preisobergrenze liegt bei {ceiling}."
            )


def _either(items: Iterable[str]) -> str:
    return " oder ".join(items)
