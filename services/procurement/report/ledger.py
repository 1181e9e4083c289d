"""A year of procurement: what `/show?kind=ledger&id=2026` tells, typed. Money in net cents."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.procurement.domain.terms import Terms


class Part(BaseModel):
    """A piece of the ledger."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Item(Part):
    """An item of KID's catalogue."""

    name: str
    category: str
    unit: str
    cpv: str


class Contract(Part):
    """A framework contract as it is now."""

    id: str
    reference: str
    version: int
    registered_at: datetime
    called_cents: int
    terms: Terms


class Share(Part):
    """What a member was to pay for a round, by its plan."""

    member: str
    share: int
    alone: int
    list_price: int
    balance: int


class Round(Part):
    """A bundling round that was open or ordered from in the year."""

    id: str
    reference: str
    title: str
    categories: list[str]
    cut_off: datetime
    opened_at: datetime
    closed_at: datetime | None
    state: str
    demands: int | None
    pieces: int | None
    shares: list[Share]


class Line(Part):
    """A member's piece of an order; see `domain.orders.OrderLine`."""

    line: int
    member: str
    item: str
    name: str
    unit: str
    quantity: int
    months: int | None
    unit_cents: int
    share: int
    alone: int
    list_price: int
    accepted: int | None
    charged: int | None
    delivered: int


class Delivery(Part):
    """What came on a day: line numbers with pieces."""

    delivered_on: date
    pieces: list[tuple[int, int]]


class Order(Part):
    """A call-off that was placed in the year."""

    id: str
    reference: str
    round_id: str
    contract_id: str
    contract_reference: str
    placed_at: datetime
    placed_on: date
    fees: int
    state: str
    deliver_on: date | None
    lines: list[Line]
    deliveries: list[Delivery]

    @property
    def net(self) -> int:
        """What it comes to; without what KID refused, once it answered."""
        return sum(line.share if line.charged is None else line.charged for line in self.lines)


class Ledger(Part):
    """Everything of a year, `all` for all years. Names of members by number."""

    year: str
    members: dict[str, str]
    items: dict[str, Item]
    contracts: list[Contract]
    rounds: list[Round]
    orders: list[Order]

    def contract_of(self, order: Order) -> Contract:
        """The contract that an order calls from."""
        return next(each for each in self.contracts if each.id == order.contract_id)


def read(state: Any) -> Ledger:
    """The ledger as a service answered it."""
    return Ledger.model_validate(state)
