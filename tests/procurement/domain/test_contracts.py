"""What a contract's terms have to satisfy, and how full it is."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.procurement.domain import contracts
from services.procurement.domain.terms import Item, Lot, Terms, Tier, check
from shared.refusal import Refused
from tests.builders import rules_of
from tests.procurement.builders import (
    CATALOGUE,
    a_contract,
    a_tier,
    an_item,
    some_terms,
)

RULES = rules_of("procurement")
LEVELS = (70, 90)


def refused_fields(terms: Terms, **more: Item) -> list[str]:
    """The fields that `check` names, in its order."""
    with pytest.raises(Refused) as refusal:
        check(terms, CATALOGUE | more, RULES)
    return [reason.field for reason in refusal.value.reasons]


def test_ordinary_terms_are_accepted() -> None:
    check(some_terms(), CATALOGUE, RULES)


def test_tiers_by_turnover_are_accepted() -> None:
    tiers = (
        Tier(None, 0, (("NB-14", 89_900),)),
        Tier(None, 1_000_000, (("NB-14", 85_000),)),
    )
    check(some_terms(basis="turnover", tiers=tiers), CATALOGUE, RULES)


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"valid_until": date(2025, 12, 31)}, ["valid_until"]),
        ({"minimum_quantity": 6000}, ["minimum_quantity"]),
        ({"minimum_value": 200, "maximum_value": 100}, ["minimum_value"]),
        ({"estimated_quantity": 5001}, ["estimated_quantity"]),
        ({"estimated_value": 101, "maximum_value": 100}, ["estimated_value"]),
        ({"lot": Lot(1, "Notebooks")}, ["lot"]),
        ({"law": "vgv"}, ["estimated_quantity"]),
        (
            {"law": "vgv", "maximum_quantity": None, "estimated_value": 1},
            ["maximum_quantity"],
        ),
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


def test_incremental_tiers_of_monthly_items_count_turnover() -> None:
    tiers = (a_tier(1, DMS=3), a_tier(10, DMS=2))
    terms = some_terms(tiers=tiers, mode="incremental")
    monthly = {"DMS": an_item("DMS", billing="monthly")}
    assert refused_fields(terms, **monthly) == ["mode"]
    check(replace(terms, mode="all_units"), CATALOGUE | monthly, RULES)
    check(terms, CATALOGUE | {"DMS": an_item("DMS")}, RULES)


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
    full = contracts.capacity(contract, "maximum")
    assert full is not None
    assert (full.measure, full.percent) == ("value", "95.00")


def test_a_contract_without_maximum_is_never_full() -> None:
    contract = a_contract(maximum_quantity=None, called_pieces=10**6)
    assert contracts.capacity(contract, "maximum") is None
    assert contracts.warned(contract, LEVELS) == (contract, [])


def told(contract: contracts.Contract) -> list[tuple[str, int]]:
    """The warnings that a contract asks for."""
    return [(each.limit, each.level) for each in contracts.warned(contract, LEVELS)[1]]


@pytest.mark.parametrize(
    ("called", "levels"),
    [
        (3499, []),
        (3500, [("maximum", 70)]),
        (4499, [("maximum", 70)]),
        (4500, [("maximum", 90)]),
        (4999, [("maximum", 90)]),
        (5000, [("maximum", 100)]),
    ],
)
def test_passing_a_level_of_the_maximum_is_worth_a_warning(
    called: int, levels: list[tuple[str, int]]
) -> None:
    assert told(a_contract(called_pieces=called)) == levels


@pytest.mark.parametrize(
    ("called", "levels"),
    [
        (1399, []),
        (1400, [("estimate", 70)]),
        (1800, [("estimate", 90)]),
        (2600, [("estimate", 90)]),
    ],
)
def test_passing_a_level_of_the_estimate_is_worth_a_warning_too(
    called: int, levels: list[tuple[str, int]]
) -> None:
    assert told(a_contract(called_pieces=called, estimated_quantity=2000)) == levels


def test_each_level_is_told_once_also_when_calls_are_given_back() -> None:
    contract, _ = contracts.warned(a_contract(called_pieces=4500), LEVELS)
    assert told(contract) == []
    assert told(contracts.call(contracts.release(contract, 1000, 0), 1000, 0)) == []
    assert told(contracts.call(contract, 500, 0)) == [("maximum", 100)]


def test_an_exceeded_estimate_says_a_hundred_percent() -> None:
    contract = a_contract(called_pieces=2600, estimated_quantity=2000)
    full = contracts.capacity(contract, "estimate")
    assert full is not None
    assert (full.called, full.maximum, full.percent) == (2600, 2000, "100.00")


def test_a_raised_maximum_lets_the_warnings_be_given_anew() -> None:
    contract, _ = contracts.warned(a_contract(called_pieces=5000), LEVELS)
    changed = contracts.change(contract, some_terms(maximum_quantity=9000), "Nachtrag 1")
    assert (changed.version, changed.warned_maximum) == (2, 0)
    assert told(contracts.call(changed, 1300, 0)) == [("maximum", 70)]


def test_a_maximum_below_what_is_called_is_refused() -> None:
    with pytest.raises(Refused, match="maximum_quantity"):
        contracts.change(a_contract(called_pieces=60), some_terms(maximum_quantity=59), None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"maximum_quantity": 5001}),
        ({}, {"maximum_quantity": None}),
        ({}, {"valid_until": date(2030, 1, 1)}),
        ({"named_buyers": ("10001",)}, {"named_buyers": ("10001", "10002")}),
        ({"named_buyers": ("10001",)}, {"named_buyers": ()}),
        ({"awarded_on": date(2025, 12, 1)}, {"awarded_on": date(2026, 3, 1)}),
    ],
)
def test_what_widens_a_contract_needs_a_reason(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="reason"):
        contracts.change(a_contract(**before), some_terms(**before | after), None)
    wider = contracts.change(a_contract(**before), some_terms(**before | after), "§ 132 (2) Nr. 1")
    assert wider.version == 2


def test_what_narrows_a_contract_needs_none() -> None:
    narrower = some_terms(maximum_quantity=4000, valid_until=date(2028, 12, 31))
    assert contracts.change(a_contract(), narrower, None).terms == narrower


@pytest.mark.parametrize(
    ("terms", "is_too_long"),
    [
        ({"valid_until": date(2029, 12, 31)}, False),
        ({"valid_until": date(2030, 1, 1)}, True),
        ({"valid_until": date(2030, 1, 1), "term_reason": "Abschreibung über 6 Jahre"}, False),
        ({"law": "uvgo", "valid_until": date(2031, 12, 31)}, False),
        ({"law": "uvgo", "valid_until": date(2032, 1, 1)}, True),
        ({"law": "uvgo", "valid_from": date(2024, 2, 29), "valid_until": date(2030, 2, 28)}, False),
        ({"law": "uvgo", "valid_from": date(2024, 2, 29), "valid_until": date(2030, 3, 1)}, True),
    ],
)
def test_a_term_beyond_the_law_needs_its_reason(terms: dict[str, Any], is_too_long: bool) -> None:
    checked = some_terms(**terms)
    if is_too_long:
        assert refused_fields(checked) == ["valid_until"]
    else:
        check(checked, CATALOGUE, RULES)


def test_only_named_buyers_may_call_off() -> None:
    joined = {"10001": date(2020, 1, 1), "10002": date(2026, 2, 1)}
    named = some_terms(named_buyers=("10001",), awarded_on=date(2026, 3, 1))
    assert contracts.buyers(named, joined) == frozenset({"10001"})


@pytest.mark.parametrize(
    ("joined_on", "may_call"),
    [(date(2026, 1, 31), True), (date(2026, 2, 1), True), (date(2026, 2, 2), False)],
)
def test_without_names_those_may_call_off_who_were_members_at_the_award(
    joined_on: date, may_call: bool
) -> None:
    allowed = contracts.buyers(some_terms(awarded_on=date(2026, 2, 1)), {"10002": joined_on})
    assert allowed == frozenset({"10002"} if may_call else ())


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
