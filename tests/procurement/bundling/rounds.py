"""Small rounds to try the optimiser on; a test names only what matters to it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.procurement.bundling import Contract, Line, Tier

TODAY = date(2026, 3, 31)


def a_line(number: int = 1, member: str = "10001", quantity: int = 10, **other: Any) -> Line:
    """Demand for notebooks at the member's own place."""
    values: dict[str, Any] = {"item": "NB", "place": f"Rathaus {member}"}
    return Line(id=f"L{number:03}", member=member, quantity=quantity, **(values | other))


def a_contract(
    number: int = 1, steps: Sequence[tuple[int, int]] = ((1, 100),), **o: Any
) -> Contract:
    """A contract over notebooks, with (threshold, unit price) steps."""
    tiers = tuple(Tier(lo, {"NB": cents}) for lo, cents in steps)
    return Contract(**({"id": f"RV-{number}", "tiers": tiers} | o))
