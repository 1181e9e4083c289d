"""When a wish counts. Dates are local (Europe/Berlin)."""

from collections.abc import Mapping

from services.demand.domain.questions import attribute_rules
from services.demand.domain.world import Item, Known, Wish
from shared.refusal import Reason, Refused


def check(wish: Wish, known: Known) -> None:
    """Let a wish count or refuse it.

    Raises:
        Refused: with every rule that it breaks.
    """
    reasons = [
        *_member_rules(wish, known),
        *_quantity_rules(wish),
        *_date_rules(wish, known),
        *_item_rules(wish, known),
        *attribute_rules(wish, known.rules, known.today),
        *_round_rules(wish, known),
    ]
    if reasons:
        raise Refused(*reasons)


def _member_rules(wish: Wish, known: Known) -> list[Reason]:
    rule = "must be a member of the cooperative today"
    return [] if known.member_is_active else [Reason("member", wish.member, rule)]


def _quantity_rules(wish: Wish) -> list[Reason]:
    least, most = wish.minimum_quantity, wish.maximum_quantity
    reasons = []
    if least is not None and least > wish.quantity:
        reasons.append(Reason("minimum_quantity", str(least), f"must be at most {wish.quantity}"))
    if most is not None and most < wish.quantity:
        reasons.append(Reason("maximum_quantity", str(most), f"must be at least {wish.quantity}"))
    return reasons


def _date_rules(wish: Wish, known: Known) -> list[Reason]:
    reasons = []
    today = known.today
    years = known.rules.at("need_ahead_years", today).value
    last = today.replace(year=today.year + years, day=min(today.day, 28))
    if not today < wish.needed_by <= last:
        rule = f"must be after {today} and at most {last}"
        reasons.append(Reason("needed_by", str(wish.needed_by), rule))
    if wish.needed_from is not None and wish.needed_from > wish.needed_by:
        rule = f"must be at most needed_by, {wish.needed_by}"
        reasons.append(Reason("needed_from", str(wish.needed_from), rule))
    return reasons


def _item_rules(wish: Wish, known: Known) -> list[Reason]:
    if (wish.item is None) == (wish.requirement is None):
        return [Reason("item", wish.item or "", "state either an item or a requirement in words")]
    if wish.item is None:
        return []
    item = known.items.get(wish.item)
    if item is None:
        return [Reason("item", wish.item, "must be an item of the catalogue")]
    reasons = []
    if wish.category not in {None, item.category}:
        rule = f"must be {item.category}, the category of {item.item}"
        reasons.append(Reason("category", str(wish.category), rule))
    if wish.unit != item.unit:
        reasons.append(Reason("unit", wish.unit, f"must be {item.unit}, the unit of {item.item}"))
    if item.monthly and wish.term_months is None:
        reasons.append(Reason("term_months", "", "must be stated for what is paid monthly"))
    if not item.monthly and wish.term_months is not None:
        rule = f"must be left out: {item.item} is bought once"
        reasons.append(Reason("term_months", str(wish.term_months), rule))
    return reasons + _equivalent_rules(wish, item, known.items)


def _equivalent_rules(wish: Wish, item: Item, items: Mapping[str, Item]) -> list[Reason]:
    reasons = []
    for place, code in enumerate(wish.equivalents):
        other = items.get(code)
        if other is None or code == item.item or code in wish.equivalents[:place]:
            rule = "must be another item of the catalogue, named once"
            reasons.append(Reason(f"equivalents.{place}", code, rule))
        elif (other.unit, other.monthly) != (item.unit, item.monthly):
            rule = f"must have the unit and billing of {item.item}"
            reasons.append(Reason(f"equivalents.{place}", code, rule))
    return reasons


def _round_rules(wish: Wish, known: Known) -> list[Reason]:
    if wish.round_id is None:
        return []
    if known.round is None:
        return [Reason("round_id", str(wish.round_id), "must be a round that was opened")]
    item = known.items.get(wish.item or "")
    if known.round.closed or known.now >= known.round.cut_off:
        rule = (
            f"round {known.round.reference} took demand until {known.round.cut_off:%Y-%m-%d %H:%M}Z"
        )
        return [Reason("round_id", str(wish.round_id), rule)]
    if item is not None and item.category not in known.round.categories:
        rule = f"round {known.round.reference} does not collect {item.category}"
        return [Reason("round_id", str(wish.round_id), rule)]
    return []
