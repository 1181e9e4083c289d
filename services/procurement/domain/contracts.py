"""Framework contracts: who may call from them, what has been called, and when they are full."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from services.procurement.domain.terms import Terms
from shared.refusal import refuse

Limit = Literal["estimate", "maximum"]
LIMITS: tuple[Limit, Limit] = ("estimate", "maximum")
FULL = 100


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as it stands: newest terms, calls so far, and what was last said about it.

    `in_force` is what the published catalogue rests on. `warned_*` are the highest percentages
    of estimate and maximum whose passing was told.
    """

    id: UUID
    version: int
    terms: Terms
    called_pieces: int = 0
    called_cents: int = 0
    in_force: bool = False
    warned_estimate: int = 0
    warned_maximum: int = 0

    @property
    def remaining_pieces(self) -> int | None:
        """Pieces that may still be called; None without a maximum."""
        maximum = self.terms.maximum_quantity
        return None if maximum is None else maximum - self.called_pieces

    @property
    def remaining_cents(self) -> int | None:
        """Net cents that may still be called; None without a maximum."""
        maximum = self.terms.maximum_value
        return None if maximum is None else max(0, maximum - self.called_cents)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of an estimate or a maximum is called, in pieces or cents."""

    measure: Literal["quantity", "value"]
    called: int
    maximum: int

    @property
    def percent(self) -> str:
        """The share called, at most 100, cut off so that only what is full says 100.

        >>> Capacity("quantity", 4999999, 5000000).percent
        '99.99'
        """
        hundredths = min(self.called * 10_000 // self.maximum, 10_000) if self.maximum else 10_000
        return f"{hundredths // 100}.{hundredths % 100:02d}"

    def has_reached(self, level: int) -> bool:
        """Whether at least so many percent are called."""
        return self.called * 100 >= self.maximum * level


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - what the cooperative calls it
    """That a percentage of a contract's estimate or maximum was passed."""

    limit: Limit
    level: int
    capacity: Capacity


class CallExceedsMaximum(Exception):
    """A call would go above what the contract still allows (ECJ C-23/20); nothing was called."""


def buyers(
    terms: Terms, joined: Mapping[str, date], successors: Mapping[str, str] = MappingProxyType({})
) -> frozenset[str] | None:
    """Who may call off: whom the contract names, else who was a member when it was awarded.

    Who stands in the place of a member that ceased to exist has its right.

    Args:
        joined: the day on which each member joined.
        successors: who stands in whose place.

    Returns:
        Member numbers; None means everybody (a contract registered without its day of award).

    Source: § 21 (2) VgV, § 15 (3) UVgO; ECJ C-23/20; § 77a GenG.
    """
    if terms.named_buyers:
        allowed = set(terms.named_buyers)
    elif terms.awarded_on is None:
        return None
    else:
        allowed = {member for member, day in joined.items() if day <= terms.awarded_on}
    while more := {successors[each] for each in allowed & successors.keys()} - allowed:
        allowed |= more
    return frozenset(allowed)


def change(contract: Contract, terms: Terms, reason: str | None) -> Contract:
    """The contract under new terms; what was called stays called.

    A raised estimate or maximum lets their warnings be given anew.

    Raises:
        Refused: the new maximum is below what is already called, or the contract gets wider
            without a reason (§ 132 GWB).
    """
    for field, called, maximum in (
        ("maximum_quantity", contract.called_pieces, terms.maximum_quantity),
        ("maximum_value", contract.called_cents, terms.maximum_value),
    ):
        if maximum is not None and maximum < called:
            raise refuse(field, maximum, f"must not be below what is called already ({called})")
    if reason is None and (wider := _wider(contract.terms, terms)):
        raise refuse("reason", "", f"is needed where {wider} (§ 132 GWB)")
    changed = replace(contract, version=contract.version + 1, terms=terms)
    return replace(
        changed,
        warned_estimate=_still_holds(changed, "estimate", changed.warned_estimate),
        warned_maximum=_still_holds(changed, "maximum", changed.warned_maximum),
    )


def _wider(before: Terms, after: Terms) -> str | None:
    """In which way a contract allows more than before."""
    if set(after.named_buyers) - set(before.named_buyers) and before.named_buyers:
        return "a buyer is added"
    if before.named_buyers and not after.named_buyers:
        return "buyers are no longer named"
    if before.awarded_on and after.awarded_on and after.awarded_on > before.awarded_on:
        return "awarded_on becomes later, which lets more members call off"
    for kind in ("quantity", "value"):
        old, new = getattr(before, f"maximum_{kind}"), getattr(after, f"maximum_{kind}")
        if old is not None and (new is None or new > old):
            return f"maximum_{kind} is raised"
    return "the term becomes longer" if after.valid_until > before.valid_until else None


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
    for now, maximum in (
        (called.called_pieces, contract.terms.maximum_quantity),
        (called.called_cents, contract.terms.maximum_value),
    ):
        if maximum is not None and now > maximum:
            above = now - maximum
            raise CallExceedsMaximum(f"{contract.terms.reference}: {above} above its maximum")
    return called


def run_on(contract: Contract, cents: int) -> Contract:
    """The contract after a month of solutions that ran beyond their ordered terms.

    What was used is called whatever the maximum says: it can no longer be stopped. At the maximum
    nothing else may be called (ECJ C-23/20).
    """
    return replace(contract, called_cents=contract.called_cents + cents)


def release(contract: Contract, pieces: int, cents: int) -> Contract:
    """The contract after KID gave a call-off back, wholly or in part."""
    return replace(
        contract,
        called_pieces=contract.called_pieces - pieces,
        called_cents=contract.called_cents - cents,
    )


def capacity(contract: Contract, limit: Limit) -> Capacity | None:
    """How full a contract is by the measure that is fuller; None without such a limit."""
    terms = contract.terms
    quantity, value = (
        (terms.maximum_quantity, terms.maximum_value)
        if limit == "maximum"
        else (terms.estimated_quantity, terms.estimated_value)
    )
    measures = []
    if quantity is not None:
        measures.append(Capacity("quantity", contract.called_pieces, quantity))
    if value is not None:
        measures.append(Capacity("value", contract.called_cents, value))
    return max(
        measures, key=lambda each: each.called / each.maximum if each.maximum else 1, default=None
    )


def _still_holds(contract: Contract, limit: Limit, level: int) -> int:
    """A level that was told, unless the contract's new terms put it off."""
    full = capacity(contract, limit)
    return level if full and full.has_reached(level) else 0


def warned(contract: Contract, levels: Sequence[int]) -> tuple[Contract, list[Warning]]:
    """The contract after the warnings its calls ask for, and these; each level is told once.

    Where calls pass several levels at once, only the highest is told.

    Args:
        levels: percentages of estimate and maximum that are worth a warning.
    """
    told: dict[Limit, int] = {
        "estimate": contract.warned_estimate,
        "maximum": contract.warned_maximum,
    }
    warnings = []
    for limit in LIMITS:
        full = capacity(contract, limit)
        worth = levels if limit == "estimate" else (*levels, FULL)
        reached = [each for each in worth if full and each > told[limit] and full.has_reached(each)]
        if full and reached:
            told[limit] = max(reached)
            warnings.append(Warning(limit, told[limit], full))
    now = replace(contract, warned_estimate=told["estimate"], warned_maximum=told["maximum"])
    return now, warnings


def is_in_force(contract: Contract, day: date) -> bool:
    """Whether something can be called on a day: within its term and below its maximum."""
    terms = contract.terms
    return (
        terms.valid_from <= day <= terms.valid_until
        and contract.remaining_pieces != 0
        and contract.remaining_cents != 0
    )


def first_of_cascades(contracts: Iterable[Contract], item: str) -> list[Contract]:
    """The contracts that price an item, by reference; of a cascade only the first in rank."""
    found: dict[str, Contract] = {}
    for contract in sorted(
        contracts, key=lambda each: (each.terms.rank or 0, each.terms.reference)
    ):
        if item in contract.terms.items:
            found.setdefault(contract.terms.cascade or f"/{contract.id}", contract)
    return sorted(found.values(), key=lambda each: each.terms.reference)
