"""Who pays what in the end: the price list's values, scaled to the invoices, within bounds."""

from collections.abc import Mapping
from fractions import Fraction

from services.procurement.bundling.apportion import apportion


def within(total_cents: int, wanted: Mapping[str, int], most: Mapping[str, int]) -> dict[str, int]:
    """Shares that sum to `total_cents`, in proportion to `wanted`, none above its `most`.

    Whoever would exceed its bound pays just that; the rest is split again among the others. If
    the bounds together are below the total, everyone pays in proportion to its bound.
    """
    if sum(most.values()) <= total_cents:
        return apportion(total_cents, most)
    fixed: dict[str, int] = {}
    while True:
        free = {m: max(0, w) for m, w in wanted.items() if m not in fixed}
        shares = apportion(total_cents - sum(fixed.values()), free)
        over = {m: most[m] for m, cents in shares.items() if cents > most[m]}
        if not over:
            return fixed | shares
        fixed |= over


def delta(shares: Mapping[str, int], values: Mapping[str, int], scale: int) -> float:
    """The largest fraction of its shares that any group of members could save by leaving.

    A group's cost is at least the sum of its `values` (cents / scale), so it saves at most its
    shares minus that sum; as a fraction of the shares this is largest for some single member.
    """
    worst = Fraction(0)
    for member, cents in shares.items():
        if cents > 0:
            worst = max(worst, 1 - Fraction(values[member], cents * scale))
    return float(min(worst, Fraction(1)))
