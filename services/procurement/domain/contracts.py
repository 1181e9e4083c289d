"""Framework contracts: what has been called from them, and when they are full."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from services.procurement.domain.terms import Terms
from shared.refusal import refuse

LOW_PERCENT = 90
"""From this share of its maximum on a contract is reported as running low."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as it stands: newest terms, calls so far, and what was last said about it.

    `in_force` is what the published catalogue rests on, `stated` the highest warning given.
    """

    id: UUID
    version: int
    terms: Terms
    called_pieces: int = 0
    called_cents: int = 0
    in_force: bool = False
    stated: Literal["nothing", "low", "exhausted"] = "nothing"

    @property
    def remaining_pieces(self) -> int | None:
        """Pieces that may still be called; None without a maximum."""
        maximum = self.terms.maximum_quantity
        return None if maximum is None else maximum - self.called_pieces

    @property
    def remaining_cents(self) -> int | None:
        """Net cents that may still be called; None without a maximum."""
        maximum = self.terms.maximum_value
        return None if maximum is None else maximum - self.called_cents


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of a maximum is called, in pieces or cents."""

    measure: Literal["quantity", "value"]
    called: int
    maximum: int

    @property
    def percent(self) -> str:
        """The share called, cut off after two decimals so that only a full contract says 100.

        >>> Capacity("quantity", 4999999, 5000000).percent
        '99.99'
        """
        hundredths = self.called * 10_000 // self.maximum if self.maximum else 10_000
        return f"{hundredths // 100}.{hundredths % 100:02d}"


class CallExceedsMaximum(Exception):
    """A call would go above what the contract still allows (ECJ C-23/20); nothing was called."""


def change(contract: Contract, terms: Terms) -> Contract:
    """The contract under new terms; what was called stays called.

    A raised maximum lets the warnings be given anew.

    Raises:
        Refused: the new maximum is below what is already called.
    """
    for field, called, maximum in (
        ("maximum_quantity", contract.called_pieces, terms.maximum_quantity),
        ("maximum_value", contract.called_cents, terms.maximum_value),
    ):
        if maximum is not None and maximum < called:
            raise refuse(field, maximum, f"must not be below what is called already ({called})")
    changed = replace(contract, version=contract.version + 1, terms=terms)
    return replace(changed, stated=min(changed.stated, _level(changed), key=_LEVELS.index))


def call(contract: Contract, pieces: int, cents: int) -> Contract:
    """The contract after a call-off.

    Raises:
        CallExceedsMaximum: it would go above the maximum in pieces or net cents.
    """
    called = replace(
        contract,
        called_pieces=contract.called_pieces + pieces,
        called_cents=contract.called_cents + cents,
    )
    for left in (called.remaining_pieces, called.remaining_cents):
        if left is not None and left < 0:
            raise CallExceedsMaximum(f"{contract.terms.reference}: {-left} above its maximum")
    return called


def release(contract: Contract, pieces: int, cents: int) -> Contract:
    """The contract after KID gave a call-off back, wholly or in part."""
    return replace(
        contract,
        called_pieces=contract.called_pieces - pieces,
        called_cents=contract.called_cents - cents,
    )


def capacity(contract: Contract) -> Capacity | None:
    """How full a contract is by the maximum that binds first; None without a maximum."""
    terms = contract.terms
    measures = []
    if terms.maximum_quantity is not None:
        measures.append(Capacity("quantity", contract.called_pieces, terms.maximum_quantity))
    if terms.maximum_value is not None:
        measures.append(Capacity("value", contract.called_cents, terms.maximum_value))
    return max(
        measures, key=lambda each: each.called / each.maximum if each.maximum else 1, default=None
    )


_LEVELS = ("nothing", "low", "exhausted")


def _level(contract: Contract) -> Literal["nothing", "low", "exhausted"]:
    full = capacity(contract)
    if full is None or full.called * 100 < full.maximum * LOW_PERCENT:
        return "nothing"
    return "exhausted" if full.called >= full.maximum else "low"


def warned(contract: Contract) -> Contract:
    """The contract with the warning that its calls ask for; each level is stated once."""
    return replace(contract, stated=max(contract.stated, _level(contract), key=_LEVELS.index))


def is_in_force(contract: Contract, day: date) -> bool:
    """Whether something can be called on a day: within its term and below its maximum."""
    terms = contract.terms
    return (
        terms.valid_from <= day <= terms.valid_until
        and contract.remaining_pieces != 0
        and contract.remaining_cents != 0
    )
