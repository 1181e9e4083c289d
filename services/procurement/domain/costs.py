"""What a member, and all of them, pay for a round in the end."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.procurement.domain.orders import OrderLine


@dataclass(frozen=True, slots=True)
class Costs:
    """Sums in cents. `saving` is net against buying alone, and may be negative."""

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


def costs(lines: Iterable[OrderLine]) -> Costs:
    """The sums of settled lines; those that KID refused cost nothing."""
    net = vat = alone = 0
    for line in lines:
        net += line.charged or 0
        vat += line.vat or 0
        alone += line.accepted_alone
    return Costs(net, vat, alone)
