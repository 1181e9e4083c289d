"""Splitting a sum of whole units so that nothing is lost."""

from collections.abc import Mapping


def apportion(total_cents: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split `total_cents` in proportion to `weights`, exactly.

    Everyone gets the whole part of the exact share; the units left go one each to the largest
    remainders, ties to the smaller key. A negative total is split as its mirror image. If all
    weights are zero they count as equal.

    Raises:
        ValueError: no weights, or a negative one.

    Source: largest-remainder (Hamilton) method; Balinski & Young, "Fair Representation",
    2nd ed., 2001.
    """
    if not weights or min(weights.values()) < 0:
        raise ValueError(f"cannot split {total_cents} by {dict(weights)}")
    if total_cents < 0:
        return {key: -part for key, part in apportion(-total_cents, weights).items()}
    whole = sum(weights.values())
    if whole == 0:
        return apportion(total_cents, dict.fromkeys(weights, 1))
    parts, rests = {}, {}
    for key, weight in weights.items():
        parts[key], rests[key] = divmod(total_cents * weight, whole)
    left = total_cents - sum(parts.values())
    for key in sorted(rests, key=lambda key: (-rests[key], key))[:left]:
        parts[key] += 1
    return parts
