"""Exact sums in cents: sharing out without losing one, and value added tax."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K", int, str)


def apportion(total: int, weights: Mapping[K, int | Fraction]) -> dict[K, int]:
    """Share a sum in proportion to weights, to the cent.

    Cents lost to rounding down go one each to the largest remainders, ties to the smaller key.
    If all weights are zero they count as equal.

    Args:
        total: cents, >= 0.
        weights: at least one, each >= 0.

    Returns:
        Cents per key; the values sum to `total`.

    Raises:
        ValueError: an argument is outside the bounds above.

    Source: largest-remainder (Hamilton) method; Balinski & Young, "Fair Representation",
    2nd ed., 2001.

    >>> apportion(100, {"a": 1, "b": 1, "c": 1})
    {'a': 34, 'b': 33, 'c': 33}
    """
    if total < 0 or not weights or min(weights.values()) < 0:
        raise ValueError(f"cannot share {total} cents by {dict(weights)}")
    whole = sum(weights.values())
    if not whole:
        return apportion(total, dict.fromkeys(weights, 1))
    parts = {key: divmod(total * weight, whole) for key, weight in weights.items()}
    cents = {key: int(part) for key, (part, _) in parts.items()}
    largest_first = sorted(parts, key=lambda key: (-parts[key][1], key))
    for key in largest_first[: total - sum(cents.values())]:
        cents[key] += 1
    return cents


def vat_of(net: int, rate: int) -> int:
    """Value added tax on a net sum in cents, rounded half up (as § 14 UStG's practice has it).

    Args:
        net: cents, >= 0.
        rate: hundredths of a percent, 1900 for 19 %.

    >>> vat_of(994800, 1900), vat_of(50, 1900), vat_of(150, 700)
    (189012, 10, 11)
    """
    return (net * rate + 5_000) // 10_000


def euros(cents: int) -> str:
    """Cents as text for a refusal, as the wire has it.

    >>> euros(123456), euros(5), euros(-250)
    ('1234.56', '0.05', '-2.50')
    """
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def part_of(cents: int, pieces: int, of: int) -> int:
    """The price of some of the pieces that cost `cents` together, rounded half up.

    >>> part_of(994800, 5, 12), part_of(5, 1, 2)
    (414500, 3)
    """
    return (2 * cents * pieces + of) // (2 * of)
