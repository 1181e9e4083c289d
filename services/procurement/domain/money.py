"""Exact sums in cents: sharing out without losing one, and value added tax."""

from collections.abc import Sequence
from fractions import Fraction


def apportion(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Share a sum in proportion to weights, to the cent.

    Cents lost to rounding down go one each to the largest remainders, ties to the earlier
    place; so equal input gives equal output and the result sums to `total`.

    Args:
        total: cents, >= 0.
        weights: each >= 0; at least one above 0 unless `total` is 0.

    Raises:
        ValueError: an argument is outside the bounds above.

    Source: largest-remainder (Hamilton) method; Balinski & Young, "Fair Representation",
    2nd ed., 2001.

    >>> apportion(100, [1, 1, 1])
    [34, 33, 33]
    """
    whole = sum(weights)
    if total < 0 or any(weight < 0 for weight in weights) or (total and not whole):
        raise ValueError(f"cannot share {total} cents by {len(weights)} weights of sum {whole}")
    if not total:
        return [0] * len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    cents = [int(part) for part, _ in parts]
    largest_first = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    for place in largest_first[: total - sum(cents)]:
        cents[place] += 1
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
