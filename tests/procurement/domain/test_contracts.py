"""What a contract's terms have to satisfy, and how full it is."""

from datetime import date
from typing import Any

import pytest

from services.procurement.domain import contracts
from services.procurement.domain.terms import Item, Terms, Tier, check
from shared.refusal import Refused
from tests.procurement.builders import (
    CATALOGUE,
    a_contract,
    a_tier,
    an_item,
    some_terms,
)


def refused_fields(terms: Terms, **more: Item) -> list[str]:
    """The fields that `check` names, in its order."""
    with pytest.raises(Refused) as refusal:
        check(terms, CATALOGUE | more)
    return [reason.field for reason in refusal.value.reasons]


def test_ordinary_terms_are_accepted() -> None:
    check(some_terms(), CATALOGUE)


def test_tiers_by_turnover_are_accepted() -> None:
    tiers = (
        Tier(None, 0, (("NB-14", 89_900),)),
        Tier(None, 1_000_000, (("NB-14", 85_000),)),
    )
    check(some_terms(basis="turnover", tiers=tiers), CATALOGUE)


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"valid_until": date(2025, 12, 31)}, ["valid_until"]),
        ({"minimum_quantity": 6000}, ["minimum_quantity"]),
        ({"minimum_value": 200, "maximum_value": 100}, ["minimum_value"]),
        ({"rank": 1}, ["rank"]),
        ({"cascade": "server"}, ["cascade"]),
        (
            {"basis": "turnover"},
            [
                "tiers.0.from_value",
                "tiers.0.from_quantity",
                "tiers.1.from_value",
                "tiers.1.from_quantity",
            ],
        ),
        ({"tiers": (a_tier(2, NB_14=1),)}, ["tiers.0.from_quantity"]),
        ({"tiers": (a_tier(1, NB_14=2), a_tier(1, NB_14=1))}, ["tiers.1.from_quantity"]),
        ({"tiers": (a_tier(1, NB_14=2), a_tier(5, DOCK=1))}, ["tiers.1.prices"]),
        ({"tiers": (a_tier(1, NB_14=2), a_tier(5, NB_14=3))}, ["tiers.1.prices.0.unit_price"]),
        ({"tiers": (a_tier(1, UNKNOWN=2),)}, ["tiers.0.prices.0.item"]),
        (
            {"tiers": (Tier(1, None, (("NB-14", 2), ("NB-14", 1))),)},
            ["tiers.0.prices"],
        ),
        ({"packs": (("DOCK", 5),)}, ["packs.0.item"]),
        ({"packs": (("NB-14", 5), ("NB-14", 4))}, ["packs.1.item"]),
    ],
)
def test_terms_that_contradict_themselves_are_refused_by_field(
    terms: dict[str, Any], fields: list[str]
) -> None:
    assert refused_fields(some_terms(**terms)) == fields


def test_every_broken_rule_is_named_at_once() -> None:
    terms = some_terms(valid_until=date(2025, 1, 1), rank=1)
    assert refused_fields(terms) == ["valid_until", "rank"]


def test_items_paid_once_and_monthly_need_separate_contracts() -> None:
    terms = some_terms(tiers=(a_tier(1, NB_14=2, DMS=3),))
    assert refused_fields(terms, DMS=an_item("DMS", billing="monthly")) == ["tiers.0.prices"]


def test_a_call_up_to_the_maximum_is_possible_and_one_above_is_not() -> None:
    contract = contracts.call(a_contract(called_pieces=4990), 10, 1)
    assert contract.remaining_pieces == 0
    with pytest.raises(contracts.CallExceedsMaximum):
        contracts.call(contract, 1, 1)


def test_a_call_above_the_maximum_value_is_not_possible() -> None:
    contract = a_contract(maximum_value=100_00)
    assert contracts.call(contract, 1, 100_00).remaining_cents == 0
    with pytest.raises(contracts.CallExceedsMaximum):
        contracts.call(contract, 1, 100_01)


def test_what_is_given_back_can_be_called_again() -> None:
    contract = contracts.call(a_contract(), 5000, 70)
    assert contracts.release(contract, 12, 30).remaining_pieces == 12
    assert contracts.release(contract, 12, 30).called_cents == 40


def test_the_maximum_that_binds_first_tells_how_full_a_contract_is() -> None:
    contract = a_contract(called_pieces=4000, called_cents=95_00, maximum_value=100_00)
    full = contracts.capacity(contract)
    assert full is not None
    assert (full.measure, full.percent) == ("value", "95.00")


def test_a_contract_without_maximum_is_never_full() -> None:
    contract = a_contract(maximum_quantity=None, called_pieces=10**6)
    assert contracts.capacity(contract) is None
    assert contracts.warned(contract).stated == "nothing"


@pytest.mark.parametrize(
    ("called", "stated"), [(4499, "nothing"), (4500, "low"), (4999, "low"), (5000, "exhausted")]
)
def test_a_warning_is_due_from_ninety_percent_on(called: int, stated: str) -> None:
    assert contracts.warned(a_contract(called_pieces=called)).stated == stated


def test_a_warning_once_stated_stays_stated_when_calls_are_given_back() -> None:
    contract = contracts.warned(a_contract(called_pieces=5000))
    assert contracts.warned(contracts.release(contract, 1000, 0)).stated == "exhausted"


def test_a_raised_maximum_lets_the_warning_be_given_anew() -> None:
    contract = contracts.warned(a_contract(called_pieces=5000))
    changed = contracts.change(contract, some_terms(maximum_quantity=9000))
    assert (changed.version, changed.stated) == (2, "nothing")


def test_a_maximum_below_what_is_called_is_refused() -> None:
    with pytest.raises(Refused, match="maximum_quantity"):
        contracts.change(a_contract(called_pieces=60), some_terms(maximum_quantity=59))


@pytest.mark.parametrize(
    ("day", "called", "in_force"),
    [
        (date(2025, 12, 31), 0, False),
        (date(2026, 1, 1), 0, True),
        (date(2029, 12, 31), 0, True),
        (date(2030, 1, 1), 0, False),
        (date(2026, 1, 1), 5000, False),
    ],
)
def test_a_contract_is_in_force_within_its_term_until_it_is_exhausted(
    day: date, called: int, in_force: bool
) -> None:
    assert contracts.is_in_force(a_contract(called_pieces=called), day) is in_force
