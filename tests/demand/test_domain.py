"""When a wish counts, and what may still be done with a demand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.demand import domain
from services.demand.domain import Demand, Item, Known, Offer, Round, Status, Wish
from shared.refusal import Refused
from tests.builders import NOON, an_id, rules_of

TODAY = NOON.date()
CUT_OFF = datetime(2026, 3, 31, 10, tzinfo=UTC)
PLACE = {"name": "Rathaus", "street": "Markt 1", "postal_code": "39179", "city": "Barleben"}
ITEMS = {
    item.item: item
    for item in (
        Item("NB-14", "Notebook 14 Zoll", "hardware", "C62", monthly=False, orderable=True),
        Item("NB-15", "Notebook 15 Zoll", "hardware", "C62", monthly=False, orderable=True),
        Item("OLD", "Röhrenmonitor", "hardware", "C62", monthly=False, orderable=False),
        Item(
            "OWN",
            "Notebook nur für Barleben",
            "hardware",
            "C62",
            monthly=False,
            orderable=True,
            offers=(Offer("RV-OWN", "quantity", "all_units", ((1, 900_00),), ("10002",)),),
        ),
        Item("DMS", "Digitale Akte", "documents", "C62", monthly=True, orderable=True),
        Item("PAPER", "Papier", "hardware", "KG", monthly=False, orderable=True),
    )
}
RULES = rules_of("demand")
SPRING = Round(an_id(2), "R-2026-0001", frozenset({"hardware"}), CUT_OFF)
OTHER = Round(an_id(3), "R-2026-0002", frozenset({"documents"}), CUT_OFF)


def a_wish(**other: Any) -> Wish:
    """Barleben wants twelve notebooks."""
    values: dict[str, Any] = dict.fromkeys(Wish.__dataclass_fields__)
    values |= {
        "member": "10002",
        "item": "NB-14",
        "quantity": 12,
        "unit": "C62",
        "place": PLACE,
        "needed_by": date(2026, 6, 30),
        "equivalents": (),
        "attributes": {},
    }
    return Wish(**values | other)


def in_words(**other: Any) -> Wish:
    """Barleben wants something that it can only describe."""
    return a_wish(item=None, requirement="Digitale Akte für 25 Arbeitsplätze", **other)


def a_world(**other: Any) -> Known:
    """A world with a member, a catalogue and no round."""
    values: dict[str, Any] = {
        "member_is_active": True,
        "items": ITEMS,
        "round": None,
        "now": NOON,
        "today": TODAY,
        "rules": RULES,
        "approval_above_cents": RULES.at("approval_above_cents", TODAY).value,
    }
    return Known(**values | other)


def a_demand(wish: Wish | None = None, **other: Any) -> Demand:
    """A demand that counts."""
    wish = wish or a_wish()
    values: dict[str, Any] = {
        "id": an_id(4),
        "reference": "B-2026-00001",
        "status": Status.OPEN if wish.item else Status.CONSULTATION,
        "submitted_at": NOON,
        "name": ITEMS[wish.item].name if wish.item else None,
    }
    return Demand(wish=wish, **values | other)


def fields(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    """The fields that a refusal names."""
    return [reason.field for reason in refused.value.reasons]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minimum_quantity": 13}, "minimum_quantity"),
        ({"maximum_quantity": 11}, "maximum_quantity"),
        ({"category": "documents"}, "category"),
        ({"attributes": {"workplaces": 12}}, "category"),
        ({"category": "hardware", "attributes": {"users": 12}}, "attributes.users"),
        ({"category": "hardware", "attributes": {"workplaces": 0}}, "attributes.workplaces"),
        ({"category": "hardware", "attributes": {"cost_centre": "1"}}, "attributes.cost_centre"),
        ({"needed_by": TODAY}, "needed_by"),
        ({"needed_by": date(2031, 2, 4)}, "needed_by"),
        ({"needed_from": date(2026, 7, 1)}, "needed_from"),
        ({"item": None}, "item"),
        ({"requirement": "oder in Worten"}, "item"),
        ({"item": "NB-99"}, "item"),
        ({"unit": "KG"}, "unit"),
        ({"item": "DMS"}, "term_months"),
        ({"term_months": 12}, "term_months"),
        ({"equivalents": ("NB-99",)}, "equivalents.0"),
        ({"equivalents": ("NB-14",)}, "equivalents.0"),
        ({"equivalents": ("NB-15", "NB-15")}, "equivalents.1"),
        ({"equivalents": ("PAPER",)}, "equivalents.0"),
        ({"equivalents": ("DMS",)}, "equivalents.0"),
        ({"round_id": an_id(9)}, "round_id"),
    ],
)
def test_a_wish_that_breaks_one_rule_is_refused_with_its_field(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        domain.check(a_wish(**changes), a_world())
    assert fields(refused) == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"minimum_quantity": 12},
        {"needed_by": TODAY + timedelta(days=1)},
        {"needed_by": date(2031, 2, 3)},
        {"needed_from": date(2026, 6, 30)},
        {"item": "DMS", "term_months": 36},
        {"equivalents": ("NB-15", "OLD")},
        {"item": "OLD"},
        {"item": "PAPER", "unit": "KG"},
    ],
)
def test_a_wish_that_breaks_no_rule_counts(changes: dict[str, Any]) -> None:
    assert domain.submitted(an_id(4), "B-2026-00001", a_wish(**changes), a_world())


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, False),
        ({"item": "OLD"}, True),
        ({"item": "OLD", "equivalents": ("NB-15",)}, False),
        ({"item": "OWN"}, False),
        ({"item": "OWN", "member": "10007"}, True),
        ({"item": "OWN", "member": "10007", "equivalents": ("OLD",)}, True),
    ],
)
def test_what_no_contract_prices_for_the_member_counts_and_says_so(
    changes: dict[str, Any], lacks: bool
) -> None:
    made = domain.submitted(an_id(4), "B-2026-00001", a_wish(**changes), a_world())
    assert (made.status, made.without_contract) == (Status.OPEN, lacks)


def test_what_no_contract_prices_is_worth_what_the_member_would_pay_at_most() -> None:
    wish = a_wish(item="OLD", price_ceiling_cents=100_000_00, stated_by={"role": "it", "name": "a"})
    made = domain.submitted(an_id(4), "B-2026-00001", wish, a_world())
    assert (made.status, made.value_cents) == (Status.AWAITING, 1_200_000_00)


def test_every_broken_rule_is_told_at_once() -> None:
    wish = a_wish(needed_by=TODAY, unit="KG", minimum_quantity=99, round_id=an_id(9))
    with pytest.raises(Refused) as refused:
        domain.check(wish, a_world(member_is_active=False))
    assert fields(refused) == ["member", "minimum_quantity", "needed_by", "unit", "round_id"]


def test_a_leap_day_is_no_trouble_for_the_farthest_day() -> None:
    leap = date(2028, 2, 29)
    domain.check(a_wish(needed_by=date(2033, 2, 28)), a_world(today=leap))
    with pytest.raises(Refused):
        domain.check(a_wish(needed_by=date(2033, 3, 1)), a_world(today=leap))


@pytest.mark.parametrize(
    ("round_", "now"),
    [
        (replace(SPRING, closed=True), NOON),
        (SPRING, CUT_OFF),
        (OTHER, NOON),
    ],
)
def test_a_named_round_takes_demand_of_its_categories_until_its_cut_off(
    round_: Round, now: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        domain.check(a_wish(round_id=round_.id), a_world(round=round_, now=now))
    assert fields(refused) == ["round_id"]


def test_a_named_round_takes_demand_until_the_last_moment() -> None:
    last = CUT_OFF - timedelta(microseconds=1)
    wish = a_wish(round_id=SPRING.id)
    made = domain.submitted(an_id(4), "B-1", wish, a_world(round=SPRING, now=last))
    assert made.wish.round_id == SPRING.id


@pytest.mark.parametrize(
    ("round_", "joins"),
    [(SPRING, SPRING.id), (OTHER, None), (replace(SPRING, closed=True), None), (None, None)],
)
def test_demand_that_names_no_round_joins_the_one_that_takes_it_or_waits(
    round_: Round | None, joins: object
) -> None:
    made = domain.submitted(an_id(4), "B-1", a_wish(), a_world(round=round_))
    assert made.wish.round_id == joins
    assert made.status is Status.OPEN
    assert made.name == "Notebook 14 Zoll"


def test_a_wish_in_words_opens_a_consultation_and_joins_no_round_by_itself() -> None:
    made = domain.submitted(an_id(4), "B-1", in_words(unit="XYZ"), a_world(round=SPRING))
    assert made.status is Status.CONSULTATION
    assert made.wish.round_id is None
    assert made.name is None


def test_a_change_counts_instead_with_the_next_revision() -> None:
    changed = domain.changed(a_demand(), a_wish(quantity=15), None, a_world(round=SPRING))
    assert (changed.wish.quantity, changed.revision) == (15, 2)
    assert changed.wish.round_id == SPRING.id
    assert changed.reference == "B-2026-00001"


def test_a_wish_in_words_may_become_an_item_by_a_change_but_not_the_other_way() -> None:
    made = domain.changed(a_demand(in_words()), a_wish(), None, a_world())
    assert made.status is Status.OPEN
    with pytest.raises(Refused) as refused:
        domain.changed(a_demand(), in_words(), None, a_world())
    assert fields(refused) == ["requirement"]


@pytest.mark.parametrize("present", [replace(SPRING, closed=True), replace(SPRING, cut_off=NOON)])
def test_a_demand_whose_round_is_over_is_neither_changed_nor_withdrawn(present: Round) -> None:
    with pytest.raises(Refused) as refused:
        domain.changed(a_demand(), a_wish(), present, a_world())
    assert fields(refused) == ["demand_id"]
    with pytest.raises(Refused) as refused:
        domain.withdrawn(a_demand(), "10002", present, NOON)
    assert fields(refused) == ["demand_id"]


def test_a_consultation_goes_on_though_its_round_is_over() -> None:
    over = replace(SPRING, closed=True)
    talking = a_demand(in_words(round_id=over.id))
    assert domain.withdrawn(talking, "10002", over, NOON).status is Status.WITHDRAWN
    assert domain.changed(talking, a_wish(), over, a_world()).status is Status.OPEN


@pytest.mark.parametrize(
    "status", [Status.WITHDRAWN, Status.ORDERED, Status.PARTLY_ORDERED, Status.UNFILLED]
)
def test_what_is_done_is_neither_changed_nor_withdrawn(status: Status) -> None:
    done = a_demand(status=status)
    with pytest.raises(Refused) as refused:
        domain.changed(done, a_wish(), None, a_world())
    assert fields(refused) == ["demand_id"]
    with pytest.raises(Refused) as refused:
        domain.withdrawn(done, "10002", None, NOON)
    assert fields(refused) == ["demand_id"]


def test_nobody_learns_of_anothers_demand_not_even_that_there_is_one() -> None:
    with pytest.raises(Refused) as anothers:
        domain.withdrawn(a_demand(), "10007", None, NOON)
    assert anothers.value.reasons == domain.no_such_demand(an_id(4)).reasons
    with pytest.raises(Refused):
        domain.changed(a_demand(), a_wish(member="10007"), None, a_world())


def test_a_talk_grows_and_every_question_is_answered_once() -> None:
    question = {"kind": "question", "id": str(an_id(5)), "question": "Wie viele?"}
    asked = domain.talked(a_demand(in_words()), question)
    assert domain.said(asked, "question", an_id(5), TODAY) == question
    for wrong in ((asked, "question", an_id(6)), (asked, "proposal", an_id(5))):
        with pytest.raises(Refused):
            domain.said(*wrong, TODAY)
    answered = domain.talked(asked, {"kind": "answer", "to": str(an_id(5)), "answer": "25"})
    assert len(answered.talk) == 2
    with pytest.raises(Refused) as refused:
        domain.said(answered, "question", an_id(5), TODAY)
    assert fields(refused) == ["question_id"]


def test_two_proposals_do_not_share_an_id() -> None:
    proposal = {"kind": "proposal", "id": str(an_id(6)), "item": "DMS"}
    talking = domain.talked(a_demand(in_words()), proposal)
    with pytest.raises(Refused) as refused:
        domain.talked(talking, proposal | {"item": "NB-14"})
    assert fields(refused) == ["proposal_id"]


def test_nobody_talks_about_what_is_no_consultation() -> None:
    with pytest.raises(Refused) as refused:
        domain.talked(a_demand(), {"kind": "question", "id": "1"})
    assert fields(refused) == ["demand_id"]


@pytest.mark.parametrize(
    ("present", "kept"),
    [(OTHER, OTHER.id), (replace(OTHER, closed=True), None), (SPRING, None), (None, None)],
)
def test_a_wish_becomes_what_was_proposed_and_stays_in_a_round_that_takes_it(
    present: Round | None, kept: object
) -> None:
    wish = in_words(
        round_id=present and present.id, unit="XYZ", equivalents=("NB-14",), minimum_quantity=3
    )
    proposed = domain.Proposed("DMS", 25, 36)
    (became,) = domain.as_proposed(wish, [(proposed, ITEMS["DMS"])], present, NOON)
    assert became == a_wish(
        item="DMS", quantity=25, term_months=36, round_id=kept, category="documents"
    )
    domain.check(became, a_world(round=present if kept else None))


def test_orders_add_up_until_all_is_ordered() -> None:
    part = domain.ordered(a_demand(), 5)
    assert (part.status, part.ordered) == (Status.PARTLY_ORDERED, 5)
    assert domain.unfilled(part).status is Status.PARTLY_ORDERED
    assert domain.ordered(part, 7).status is Status.ORDERED
    assert domain.unfilled(a_demand()).status is Status.UNFILLED
