"""What the law makes of a tender need: its value, procedure, lots and deadlines.

All sums in net cents. Only a proposal follows from it; a person decides (see `tenders`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from shared.rules import Rule, Rules

Procedure = Literal["direct", "restricted", "public", "eu"]
PROCEDURES: tuple[Procedure, ...] = ("direct", "restricted", "public", "eu")
"""From the freest to the strictest: direct award (§ 14 UVgO); restricted invitation or
negotiation without competition (§ 8 (3), (4) UVgO); public or restricted invitation with
competition (§ 8 (2) UVgO); open or restricted EU procedure (§ 119 GWB, § 14 VgV)."""

CPV_CATEGORY = 5
"""Digits of a CPV code that tell the category, such as 30213 for personal computers."""
POSTAL_REGION = 2
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pieces of one demand that no contract can serve.

    `months` is the term of what is paid monthly; `unit_cents` the price of a piece (and month)
    that was last known, None where nobody knows one.
    """

    demand_id: UUID
    demand_reference: str
    member: str
    item: str
    name: str
    cpv: str
    quantity: int
    monthly: bool
    months: int | None
    unit_cents: int | None
    postal_code: str
    needed_by: date
    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What KID plans to tender: once, or as a framework over some months.

    The gathered demand is that of one year, so what is bought once recurs every year of a
    framework. `renewal_months` and `options` (cents) count as if they were used (§ 3 (1) VgV).
    `prices` (cents by item) stand in for prices that nobody knows or that are out of date.
    """

    framework_months: int | None = None
    renewal_months: int = 0
    options: int = 0
    prices: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """A proposed lot: a trade (CPV category), where it is large also a region (postal).

    `small` lots may be awarded by the rules below the threshold (§ 3 (9) VgV).
    """

    number: int
    cpv: str
    title: str
    region: str | None
    pieces: int
    value: int
    small: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules of a day make of a need; `rules` are those it rests on.

    `value` is the sum of all lots and options. Where items are `unpriced` it is only the least
    that the need is worth. `one_lot_because` is set where there is nothing to split. `state_act`:
    the state's act on fair wages and awards applies beside the UVgO.
    """

    day: date
    value: int
    lots: tuple[Lot, ...]
    procedure: Procedure
    unpriced: tuple[str, ...]
    one_lot_because: str | None
    rules: tuple[Rule, ...]
    state_act: bool = False


def propose(wanted: Sequence[Wanted], outlook: Outlook, rules: Rules, day: date) -> Proposal:
    """The proposal for a need by the rules of a day.

    Args:
        wanted: at least one.
        day: on which the procedure would begin, which decides what holds (§ 3 (3) VgV).
    """
    open_ended = rules.at("open_ended_months", day)
    values = {w.demand_id: value_of(w, outlook, open_ended.value) for w in wanted}
    lots = _lots(wanted, values, rules.at("regional_lots_from", day).value)
    value = sum(lot.value for lot in lots) + outlook.options
    procedure = procedure_for(value, rules, day)
    if procedure == "eu":
        below = rules.at("small_lot_below", day).value
        percent = rules.at("small_lots_percent", day).value
        lots = with_small_lots(lots, value, below, percent)
    prices = dict(outlook.prices)
    missing = {w.item for w in wanted if prices.get(w.item, w.unit_cents) is None}
    return Proposal(
        day=day,
        value=value,
        lots=lots,
        procedure=procedure,
        unpriced=tuple(sorted(missing)),
        one_lot_because=_one_lot_because(lots),
        rules=tuple(rules.at(name, day) for name in _resting_on(procedure, value, rules, day)),
        state_act=state_act_applies(value, rules, day),
    )


def value_of(wanted: Wanted, outlook: Outlook, open_ended_months: int) -> int:
    """What pieces are worth over the whole planned term, rounded up to the cent (§ 3 VgV).

    What nobody knows a price of counts nothing; `Proposal.unpriced` names it.
    """
    unit = dict(outlook.prices).get(wanted.item, wanted.unit_cents)
    if unit is None:
        return 0
    goods = unit * wanted.quantity
    if wanted.monthly:
        term = outlook.framework_months or wanted.months or open_ended_months
        return goods * (term + outlook.renewal_months)
    if outlook.framework_months is None:
        return goods
    return -(-goods * (outlook.framework_months + outlook.renewal_months) // MONTHS)


def procedure_for(value: int, rules: Rules, day: date) -> Procedure:
    """The freest procedure that a value allows on a day.

    The EU threshold is met by reaching it (§ 106 (1) GWB); the state's limits hold up to and
    with their value, and never above the EU threshold.
    """
    if value >= rules.at("eu_threshold", day).value:
        return "eu"
    if value <= rules.at("lsa_direct", day).value:
        return "direct"
    return "restricted" if value <= rules.at("lsa_restricted", day).value else "public"


def state_act_applies(value: int, rules: Rules, day: date) -> bool:
    """Whether the state's act applies: from its own value on, below the EU threshold.

    Source: § 1 (1) TVergG LSA.
    """
    least, threshold = rules.at("lsa_act_from", day).value, rules.at("eu_threshold", day).value
    return bool(least <= value < threshold)


def with_small_lots(lots: Iterable[Lot], value: int, below: int, percent: int) -> tuple[Lot, ...]:
    """The lots with those marked that may go below the threshold's rules (§ 3 (9) VgV).

    Each must be worth less than `below` and all of them together at most so many percent of the
    whole; the smallest come first, so that most lots profit.
    """
    small: set[int] = set()
    together = 0
    for lot in sorted(lots, key=lambda lot: (lot.value, lot.number)):
        if lot.value < below and (together + lot.value) * 100 <= value * percent:
            together += lot.value
            small.add(lot.number)
    return tuple(replace(lot, small=lot.number in small) for lot in lots)


def earliest_award(sent_on: date, days: int) -> date:
    """The first day on which a contract may be concluded after bidders were informed.

    The period begins with the day after sending and ends with its last day, also on a weekend
    or holiday (§ 134 (2) GWB).

    >>> earliest_award(date(2026, 3, 2), 10), earliest_award(date(2026, 4, 30), 15)
    (datetime.date(2026, 3, 13), datetime.date(2026, 5, 16))
    """
    return sent_on + timedelta(days=days + 1)


def must_publish(procedure: Procedure, value: int, rules: Rules, day: date) -> bool:
    """Whether an award must be published afterwards for some months (§ 30 UVgO)."""
    return procedure == "restricted" and value >= rules.at("ex_post_from", day).value


def _lots(
    wanted: Sequence[Wanted], values: Mapping[UUID, int], regional_from: int
) -> tuple[Lot, ...]:
    """Lots by trade; those that are large and go to several regions by region too."""
    trades: dict[str, list[Wanted]] = {}
    for each in wanted:
        trades.setdefault(each.cpv[:CPV_CATEGORY], []).append(each)
    groups: list[tuple[str, str | None, list[Wanted]]] = []
    for trade, own in sorted(trades.items()):
        regions: dict[str | None, list[Wanted]] = {}
        for each in own:
            regions.setdefault(each.postal_code[:POSTAL_REGION], []).append(each)
        if len(regions) > 1 and sum(values[w.demand_id] for w in own) >= regional_from:
            groups += [(trade, region, regions[region]) for region in sorted(regions, key=str)]
        else:
            groups.append((trade, None, own))
    return tuple(
        Lot(
            number=number,
            cpv=trade.ljust(8, "0"),
            title=", ".join(dict.fromkeys(w.name for w in sorted(own, key=lambda w: w.item))),
            region=region,
            pieces=sum(w.quantity for w in own),
            value=sum(values[w.demand_id] for w in own),
        )
        for number, (trade, region, own) in enumerate(groups, 1)
    )


def _one_lot_because(lots: Sequence[Lot]) -> str | None:
    if len(lots) > 1:
        return None
    return (
        f"Alles gehört zu einem Fachgebiet (CPV {lots[0].cpv}); für Teillose je Region ist der "
        "Wert zu klein oder nur eine Region zu beliefern."
    )


def _resting_on(procedure: Procedure, value: int, rules: Rules, day: date) -> list[str]:
    """The rules that a proposal quotes."""
    names = ["eu_threshold", "lsa_direct", "lsa_restricted", "lsa_act_from", "open_ended_months"]
    names.append("regional_lots_from")
    if procedure == "eu":
        names += ["small_lot_below", "small_lots_percent"]
        names += ["standstill_days_electronic", "standstill_days", "award_notice_days"]
    if must_publish(procedure, value, rules, day):
        names += ["ex_post_from", "ex_post_months"]
    return names
