"""What the law makes of demand no contract can serve; every figure is checked by hand."""

from datetime import date
from typing import Any

import pytest

from services.procurement.domain import tenders
from services.procurement.domain.tender_law import (
    Lot,
    Outlook,
    Procedure,
    Wanted,
    earliest_award,
    must_publish,
    procedure_for,
    propose,
    state_act_applies,
    value_of,
    with_small_lots,
)
from services.procurement.domain.tenders import DecidedLot, Decision, Need
from shared.refusal import Refused
from tests.builders import rules_of
from tests.procurement.builders import an_id

RULES = rules_of("procurement")
APRIL = date(2026, 4, 1)


def wanted(number: int = 1, **other: Any) -> Wanted:
    """A hundred notebooks at 899 euro for Barleben, unless told otherwise."""
    values: dict[str, Any] = {
        "demand_id": an_id(400 + number),
        "demand_reference": f"B-2026-{number:05d}",
        "member": "10002",
        "item": "NB-14",
        "name": "Notebook 14 Zoll",
        "cpv": "30213100",
        "quantity": 100,
        "monthly": False,
        "months": None,
        "unit_cents": 899_00,
        "postal_code": "39179",
        "needed_by": date(2026, 12, 31),
        "reason": "contract_exhausted",
        "explanation": "RV-2026-NB ist ausgeschöpft.",
    }
    return Wanted(**values | other)


@pytest.mark.parametrize(
    ("day", "euros", "cents", "procedure"),
    [
        # EU threshold: 221,000 in 2024-25, 216,000 in 2026-27, reached by its very value
        (date(2025, 12, 31), 220_999, 99, "restricted"),
        (date(2025, 12, 31), 221_000, 0, "eu"),
        (date(2026, 1, 1), 215_999, 99, "restricted"),
        (date(2026, 1, 1), 216_000, 0, "eu"),
        (date(2026, 1, 1), 216_000, 1, "eu"),
        (date(2025, 12, 31), 216_000, 0, "restricted"),
        (date(2023, 12, 31), 215_000, 0, "eu"),
        (date(2024, 1, 1), 215_000, 0, "public"),
        # Saxony-Anhalt's direct award: 5,000, 10,000, 15,000, 100,000, with the very value
        (date(2022, 12, 31), 1_000, 0, "direct"),
        (date(2022, 12, 31), 1_000, 1, "restricted"),
        (date(2023, 1, 1), 5_000, 0, "direct"),
        (date(2023, 12, 31), 5_000, 1, "restricted"),
        (date(2024, 1, 1), 10_000, 0, "direct"),
        (date(2024, 12, 31), 10_000, 1, "restricted"),
        (date(2025, 1, 1), 15_000, 0, "direct"),
        (date(2025, 10, 31), 15_000, 1, "restricted"),
        (date(2025, 11, 1), 15_000, 1, "direct"),
        (date(2025, 11, 1), 100_000, 0, "direct"),
        (date(2025, 11, 1), 100_000, 1, "restricted"),
        # restricted: 100,000 until October 2025, since then up to the EU threshold
        (date(2025, 10, 31), 100_000, 0, "restricted"),
        (date(2025, 10, 31), 100_000, 1, "public"),
        (date(2025, 10, 31), 220_999, 99, "public"),
        (date(2025, 11, 1), 220_999, 99, "restricted"),
        (date(2036, 1, 1), 216_000, 0, "eu"),
        (date(2026, 1, 1), 0, 0, "direct"),
    ],
)
def test_the_procedure_follows_from_the_value_and_the_day(
    day: date, euros: int, cents: int, procedure: Procedure
) -> None:
    assert procedure_for(euros * 100 + cents, RULES, day) == procedure


@pytest.mark.parametrize(
    ("one", "outlook", "cents"),
    [
        (wanted(), Outlook(), 100 * 899_00),
        (wanted(), Outlook(framework_months=48), 4 * 100 * 899_00),
        (wanted(), Outlook(framework_months=24, renewal_months=24), 4 * 100 * 899_00),
        # 7 pieces at 0.99 a year over 18 months: 693 * 18 / 12 = 1039.5, rounded up
        (wanted(quantity=7, unit_cents=99), Outlook(framework_months=18), 1040),
        # 25 users at 11.40 over the 36 months that the member states
        (
            wanted(monthly=True, months=36, quantity=25, unit_cents=11_40),
            Outlook(),
            25 * 11_40 * 36,
        ),
        # no term stated: 48 months (§ 3 (11) Nr. 2 VgV)
        (
            wanted(monthly=True, months=None, quantity=25, unit_cents=11_40),
            Outlook(),
            25 * 11_40 * 48,
        ),
        (
            wanted(monthly=True, months=36, quantity=25, unit_cents=11_40),
            Outlook(renewal_months=12),
            25 * 11_40 * 48,
        ),
        (
            wanted(monthly=True, months=36, quantity=25, unit_cents=11_40),
            Outlook(framework_months=48, renewal_months=12),
            25 * 11_40 * 60,
        ),
        (wanted(unit_cents=None), Outlook(), 0),
        (wanted(unit_cents=None), Outlook(prices=(("NB-14", 500_00),)), 100 * 500_00),
        (wanted(), Outlook(prices=(("NB-14", 500_00),)), 100 * 500_00),
    ],
)
def test_the_value_holds_the_whole_term_with_renewals_net(
    one: Wanted, outlook: Outlook, cents: int
) -> None:
    assert value_of(one, outlook, 48) == cents


def test_all_lots_and_options_add_up_to_the_value() -> None:
    # 100 * 899 + 50 * 270 + options of 5,000 = 108,400
    both = [wanted(), wanted(2, item="MON-27", cpv="30231300", quantity=50, unit_cents=270_00)]
    proposal = propose(both, Outlook(options=5_000_00), RULES, APRIL)
    assert proposal.value == 108_400_00
    assert proposal.procedure == "restricted", "each lot alone would have been direct"
    assert [(lot.number, lot.cpv, lot.value) for lot in proposal.lots] == [
        (1, "30213000", 89_900_00),
        (2, "30231000", 13_500_00),
    ]


def test_a_large_trade_is_split_by_region_a_small_one_is_not() -> None:
    south = wanted(2, quantity=12, postal_code="06712")
    small = propose([wanted(quantity=99), south], Outlook(), RULES, APRIL)
    assert [lot.region for lot in small.lots] == [None], "111 * 899 = 99,789 is below 100,000"
    assert small.one_lot_because is not None
    large = propose([wanted(), south], Outlook(), RULES, APRIL)
    assert [(lot.region, lot.value) for lot in large.lots] == [
        ("06", 12 * 899_00),
        ("39", 100 * 899_00),
    ]
    assert large.one_lot_because is None


def lot(number: int, value: int) -> Lot:
    return Lot(number, "30213000", "Notebook", None, 1, value)


@pytest.mark.parametrize(
    ("values", "small"),
    [
        # 20 % of 300,000 are 60,000: 40,000 fits alone, with 30,000 it does not
        ([230_000_00, 40_000_00, 30_000_00], [3]),
        ([240_000_00, 60_000_00], [2]),
        ([239_999_99, 60_000_01], []),
        # below 80,000 each, not at it
        ([320_000_00, 80_000_00], []),
        ([320_000_04, 79_999_99], [2]),
    ],
)
def test_small_lots_up_to_a_fifth_may_go_below_the_threshold(
    values: list[int], small: list[int]
) -> None:
    lots = [lot(number, value) for number, value in enumerate(values, 1)]
    marked = with_small_lots(lots, sum(values), 80_000_00, 20)
    assert [each.number for each in marked if each.small] == small


@pytest.mark.parametrize(
    ("sent_on", "days", "first_day"),
    [
        (date(2026, 3, 2), 10, date(2026, 3, 13)),
        (date(2026, 3, 2), 15, date(2026, 3, 18)),
        (date(2026, 3, 4), 10, date(2026, 3, 15)),  # ends on a Saturday, which extends nothing
        (date(2026, 12, 23), 10, date(2027, 1, 3)),
        (date(2028, 2, 20), 10, date(2028, 3, 2)),  # a leap year
    ],
)
def test_the_stand_still_counts_from_the_day_after_sending_and_no_weekend_extends_it(
    sent_on: date, days: int, first_day: date
) -> None:
    assert earliest_award(sent_on, days) == first_day


@pytest.mark.parametrize(
    ("procedure", "cents", "publishes"),
    [
        ("restricted", 25_000_00, True),
        ("restricted", 24_999_99, False),
        ("public", 25_000_00, False),
        ("direct", 25_000_00, False),
    ],
)
def test_awards_without_competition_are_published_from_25000_euro_on(
    procedure: Procedure, cents: int, publishes: bool
) -> None:
    assert must_publish(procedure, cents, RULES, APRIL) is publishes


def test_what_nobody_knows_a_price_of_is_named() -> None:
    proposal = propose([wanted(), wanted(2, item="X", unit_cents=None)], Outlook(), RULES, APRIL)
    assert proposal.unpriced == ("X",)


def test_a_proposal_quotes_its_rules_with_their_sources() -> None:
    proposal = propose([wanted(quantity=300)], Outlook(), RULES, APRIL)
    quoted = {rule.name: (rule.value, rule.source) for rule in proposal.rules}
    assert proposal.procedure == "eu"
    assert quoted["eu_threshold"][0] == 216_000_00
    assert quoted["standstill_days_electronic"] == (10, "§ 134 (2) GWB")
    assert quoted["award_notice_days"] == (30, "§ 39 (1) VgV")


def a_need(*more: Wanted, day: date = APRIL) -> Need:
    return tenders.begin(
        id=an_id(11),
        reference="V-2026-0001",
        category="hardware",
        year=2026,
        wanted=more or (wanted(),),
        rules=RULES,
        today=day,
    )


def decided(need: Need, procedure: Procedure = "direct", **other: Any) -> Need:
    """The need as a person decides on it on 20 April 2026, unless told otherwise."""
    about = ("information_on", "electronic", "award_on", "today")
    told: dict[str, Any] = {"information_on": None, "electronic": True, "award_on": None}
    told |= {"today": date(2026, 4, 20)} | {k: other.pop(k) for k in about if k in other}
    values: dict[str, Any] = {"by": "M. Muster", "role": "Vorstand", "on": date(2026, 4, 20)}
    values |= {"lots": ()} | other
    return tenders.decide(need, Decision(procedure=procedure, **values), rules=RULES, **told)


def refused(need: Need, procedure: Procedure = "direct", **other: Any) -> str:
    with pytest.raises(Refused) as refusal:
        decided(need, procedure, **other)
    return refusal.value.reasons[0].field


def test_more_demand_is_gathered_and_the_same_counts_once() -> None:
    need = tenders.gather(a_need(), [wanted(quantity=40), wanted(2)], RULES, APRIL)
    assert (need.revision, need.proposal.value) == (2, 140 * 899_00)


def test_a_decision_as_proposed_needs_no_reason() -> None:
    need = decided(a_need())
    assert need.state == "decided"
    assert need.decision is not None
    assert need.decision.lots == (DecidedLot("Notebook 14 Zoll", (1,)),)


def test_a_decision_that_differs_needs_its_reason_which_is_kept() -> None:
    assert refused(a_need(), "restricted") == "reason"
    need = decided(a_need(), "restricted", reason="Markt soll erkundet werden")
    assert need.decision is not None
    assert (need.proposal.procedure, need.decision.procedure) == ("direct", "restricted")
    assert need.decision.reason == "Markt soll erkundet werden"
    assert need.decision.publish_months == 3, "89,900 is above 25,000"


def test_lots_are_put_together_only_with_a_reason() -> None:
    both = a_need(wanted(), wanted(2, item="MON-27", cpv="30231300", quantity=10))
    whole = (DecidedLot("Alles", (1, 2)),)
    assert refused(both, lots=whole) == "not_split_because"
    assert refused(both, lots=(DecidedLot("Notebooks", (1,)),)) == "lots"
    assert refused(both, lots=(*whole, DecidedLot("Doppelt", (2,)))) == "lots"
    need = decided(both, lots=whole, not_split_because="Ein Wartungsvertrag für beides")
    assert need.decision is not None
    assert need.decision.lots == whole


def test_a_decision_is_held_against_the_rules_of_its_own_day() -> None:
    # 240 * 899 + 1 * 1,240 = 217,000: below 221,000 in December, above 216,000 in January
    lines = (wanted(quantity=240), wanted(2, item="S", quantity=1, unit_cents=1_240_00))
    december = a_need(*lines, day=date(2025, 12, 30))
    assert december.proposal.value == 217_000_00
    assert december.proposal.procedure == "restricted"
    january = {"on": date(2026, 1, 2), "today": date(2026, 1, 2)}
    assert refused(december, "restricted", **january) == "reason"
    assert decided(december, "eu", **january).proposal.procedure == "eu"


def test_the_award_waits_for_the_stand_still_and_its_notice_has_thirty_days() -> None:
    need = a_need(wanted(quantity=300))
    told = {"information_on": date(2026, 7, 1), "award_on": date(2026, 7, 11)}
    assert refused(need, "eu", **told) == "award_on"
    in_time = decided(need, "eu", **told | {"award_on": date(2026, 7, 12)})
    assert in_time.decision is not None
    assert in_time.decision.earliest_award_on == date(2026, 7, 12)
    assert in_time.decision.notice_by == date(2026, 8, 11)
    assert refused(need, "eu", **told | {"electronic": False, "award_on": date(2026, 7, 16)}) == (
        "award_on"
    )
    assert refused(need, "eu", award_on=date(2026, 7, 12)) == "award_on", "nobody was informed"


def test_what_is_decided_stays_so() -> None:
    need = decided(a_need())
    assert refused(need) == "tender_id"
    with pytest.raises(Refused, match=r"M\. Muster decided on 2026-04-20"):
        tenders.plan(need, Outlook(), RULES, APRIL)


def test_a_decision_of_tomorrow_is_refused() -> None:
    assert refused(a_need(), on=date(2026, 4, 21)) == "decided_on"


@pytest.mark.parametrize(
    ("outlook", "field"),
    [
        (Outlook(prices=(("DOCK", 1),)), "unit_prices.0.item"),
        (Outlook(renewal_months=12), "renewal_months"),
    ],
)
def test_plans_that_do_not_fit_the_need_are_refused(outlook: Outlook, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        tenders.plan(a_need(), outlook, RULES, APRIL)
    assert refusal.value.reasons[0].field == field


@pytest.mark.parametrize(
    ("euros", "day", "applies"),
    [
        (24_999, date(2023, 2, 28), False),
        (25_000, date(2023, 2, 28), True),
        (39_999, date(2023, 3, 1), False),
        (40_000, date(2023, 3, 1), True),
        (215_999, date(2026, 1, 1), True),
        (216_000, date(2026, 1, 1), False),
    ],
)
def test_the_states_act_applies_from_its_value_up_to_the_eu_threshold(
    euros: int, day: date, applies: bool
) -> None:
    assert state_act_applies(euros * 100, RULES, day) is applies
