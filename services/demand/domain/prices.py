"""What a quantity is expected to cost by the contracts in force, without anybody else's demand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from services.demand.domain.world import Item, Known, Offer, Wish


@dataclass(frozen=True, slots=True)
class Expected:
    """The net cost in cents of a quantity over its whole term, and the contract it is from."""

    cents: int
    contract: str


def euros(cents: int) -> str:
    """Cents as euros for a sentence.

    >>> euros(123456)
    '1234.56'
    """
    return f"{cents // 100}.{cents % 100:02d}"


def expected(
    item: Item, quantity: int, term_months: int | None, member: str | None
) -> Expected | None:
    """The cheapest that this quantity costs by itself; None where no contract prices it.

    Fees and packs are left out, others' demand too: bundling can only make it cheaper. Without
    `member` every contract counts, whoever may call off from it.
    """
    usable = [
        offer
        for offer in item.offers
        if member is None or not offer.buyers or member in offer.buyers
    ]
    months = (term_months or 1) if item.monthly else 1
    found = [Expected(_cost(offer, quantity, months), offer.contract) for offer in usable]
    return min(found, key=lambda each: (each.cents, each.contract), default=None)


def _cost(offer: Offer, quantity: int, months: int) -> int:
    """Pieces at the reached tier's price, or each piece at the price of the tier it falls in."""
    listed = offer.tiers[0][1]
    weight = 1 if offer.basis == "quantity" else listed * months
    reached = [tier for tier in offer.tiers if tier[0] <= quantity * weight] or [offer.tiers[0]]
    cost = Fraction(quantity * reached[-1][1])
    if offer.mode == "incremental" and weight:
        for (_, before), (threshold, after) in pairwise(reached):
            dearer = threshold - 1 if offer.basis == "quantity" else Fraction(threshold, weight)
            cost += (before - after) * dearer
    return round(cost * months)


def value(wish: Wish, known: Known) -> int:
    """What a wish for an item is expected to cost in all, net, in cents.

    By the item's price, else the cheapest of what would do. Where no contract prices that for this
    member, the cheapest that any contract asks; where none prices it at all, the member's own
    ceiling, or nothing, until a price is known (`approval.priced`).
    """
    item = known.items[wish.item or ""]
    would_do = [known.items[code] for code in wish.equivalents]
    for member in (wish.member, None):
        for items in ([item], would_do):
            costs = (expected(each, wish.quantity, wish.term_months, member) for each in items)
            if found := [cost.cents for cost in costs if cost]:
                return min(found)
    months = (wish.term_months or 1) if item.monthly else 1
    return (wish.price_ceiling_cents or 0) * wish.quantity * months


def without_contract(wish: Wish, items: Mapping[str, Item]) -> bool:
    """Whether no contract in force prices the wished item, or one that would do, for the member.

    Such demand counts like any other; what a round then cannot serve is gathered for a tender.
    """
    if wish.item is None:
        return False
    would_do = (wish.item, *wish.equivalents)
    return not any(items[code].is_priced_for(wish.member) for code in would_do)


def sources(found: Iterable[Expected]) -> str:
    """The contracts that an expectation rests on, each once, in order."""
    return ", ".join(sorted({each.contract for each in found}))
