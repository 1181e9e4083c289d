"""Who pays what: exact parts of every invoice, and a balance between members."""

from collections.abc import Mapping

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
        free = {m: w for m, w in wanted.items() if m not in fixed}
        shares = apportion(total_cents - sum(fixed.values()), free)
        over = {m: most[m] for m, cents in shares.items() if cents > most[m]}
        if not over:
            return fixed | shares
        fixed |= over
