"""What a member, and all of them, pay for a round in the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.procurement.domain.money import apportion
from services.procurement.domain.orders import OrderLine


@dataclass(frozen=True, slots=True)
class Share:
    """What a member is to pay by a round's plan, in net cents.

    Its parts of the orders plus `balance` make `share`; the balances of a round's members sum
    to zero and see to it that nobody pays more than alone.
    """

    member: str
    share: int
    alone: int
    list_price: int
    balance: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Sums in cents. `net` has the balance in it; `saving` may be negative."""

    net: int
    vat: int
    alone: int

    @property
    def gross(self) -> int:
        """What is paid."""
        return self.net + self.vat

    @property
    def saving(self) -> int:
        """What joining was worth."""
        return self.alone - self.net


def costs(lines: Iterable[OrderLine], balance: int = 0) -> Costs:
    """The sums of settled lines; those that KID refused cost nothing."""
    net, vat, alone = balance, 0, 0
    for line in lines:
        net += line.charged or 0
        vat += line.vat or 0
        alone += line.accepted_alone
    return Costs(net, vat, alone)


def final_balances(balances: Mapping[str, int], kept: Mapping[str, Fraction]) -> dict[str, int]:
    """What of the agreed balances remains after KID's answers; still sums to zero.

    Each balance shrinks with the part of the member's orders that was accepted; then the larger
    of the two sides, paying in or being paid, shrinks to the smaller. So nobody pays for what
    it does not get, and where all was accepted all stays as agreed.

    Args:
        balances: cents per member, positive where it pays in; the sum is zero.
        kept: per member the accepted part of its shares, from 0 to 1.
    """
    sides = [
        {m: abs(cents) * kept[m] for m, cents in balances.items() if cents * sign > 0 and kept[m]}
        for sign in (1, -1)
    ]
    moved = int(min(sum(side.values()) for side in sides))
    final = dict.fromkeys(balances, 0)
    for side, sign in zip(sides, (1, -1), strict=True):
        if moved:
            final |= {member: sign * cents for member, cents in apportion(moved, side).items()}
    return final
