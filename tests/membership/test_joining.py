"""From the declaration to the decision, by the rules of the GenG."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from services.membership.domain import joining
from services.membership.domain.joining import Step, Transfer
from services.membership.domain.members import next_number
from services.membership.domain.people import check_person
from services.membership.domain.register import standing
from shared.refusal import Refused
from tests.builders import an_id
from tests.membership.people import (
    CONTACT,
    JOINED,
    RULES,
    STEPS,
    TODAY,
    a_person,
    an_application,
    field,
    stated,
)

COUNCIL, CONSENT, DECLARATION = STEPS


def admitted(application: joining.Application, **other: date | None) -> object:
    """The board admits an applicant on 12 January."""
    values = {"decided_on": JOINED, "joins_on": None} | other
    return joining.admitted(
        application,
        "10002",
        values["decided_on"] or JOINED,
        values["joins_on"],
        stated(),
        TODAY,
        RULES,
    )


@pytest.mark.parametrize("declared_on", [TODAY, date(2026, 1, 1)])
def test_an_application_is_taken_as_it_is(declared_on: date) -> None:
    application = an_application(steps=(COUNCIL, CONSENT, Step("declaration", declared_on)))
    assert joining.applied(application, TODAY, RULES) == application


@pytest.mark.parametrize(
    ("step", "named"),
    [("declaration", "declared_on"), ("council_resolution", "council_resolution_on")],
)
def test_a_step_of_the_future_is_refused(step: str, named: str) -> None:
    tomorrow = Step(step, TODAY + timedelta(days=1))
    with pytest.raises(Refused) as refused:
        joining.applied(an_application(steps=(DECLARATION, tomorrow)), TODAY, RULES)
    assert field(refused) == named


def test_a_consent_does_not_come_before_the_resolution_that_it_is_to() -> None:
    early = Step("supervisory_consent", COUNCIL.taken_on - timedelta(days=1))
    with pytest.raises(Refused) as refused:
        joining.applied(an_application(steps=(COUNCIL, early, DECLARATION)), TODAY, RULES)
    assert field(refused) in ("council_resolution_on", "supervisory_consent_on")
    with pytest.raises(Refused) as refused:
        joining.stepped(an_application(steps=(COUNCIL, DECLARATION)), early, TODAY)
    assert field(refused) == "taken_on"


@pytest.mark.parametrize(
    ("kind", "ags"),
    [
        ("municipality", "15003000"),
        ("municipality", "15001000"),
        ("municipality", "15083040"),
        ("municipality", "15091375"),
        ("municipality", "14713000"),
        ("municipality", "09162000"),
        ("district", None),
        ("association", None),
        ("foundation", None),
        ("public_law_institution", None),
        ("company", None),
        ("university", None),
    ],
)
def test_each_kind_states_the_keys_that_exist_for_it(kind: str, ags: str | None) -> None:
    check_person(a_person(kind=kind, ags=ags), RULES, TODAY)


@pytest.mark.parametrize(
    ("kind", "ags"),
    [
        ("municipality", None),
        ("municipality", "15083000"),
        ("municipality", "15003001"),
        ("municipality", "15000000"),
        ("municipality", "17003000"),
        ("municipality", "00003000"),
        ("district", "15083000"),
        ("company", "15003000"),
    ],
)
def test_a_key_that_does_not_exist_for_a_kind_is_refused(kind: str, ags: str | None) -> None:
    with pytest.raises(Refused) as refused:
        check_person(a_person(kind=kind, ags=ags), RULES, TODAY)
    assert field(refused) == "ags"


@pytest.mark.parametrize(
    ("kind", "steps", "lacking"),
    [
        ("municipality", (DECLARATION,), ["council_resolution", "supervisory_consent"]),
        ("municipality", (COUNCIL, DECLARATION), ["supervisory_consent"]),
        ("municipality", STEPS, []),
        ("district", (CONSENT, DECLARATION), ["council_resolution"]),
        ("association", (DECLARATION,), ["council_resolution"]),
        ("foundation", (DECLARATION,), []),
        ("company", (DECLARATION,), []),
        ("university", (DECLARATION,), []),
    ],
)
def test_what_lacks_before_an_admission_depends_on_the_kind(
    kind: str, steps: tuple[Step, ...], lacking: list[str]
) -> None:
    person = a_person(kind=kind, ags="15083040" if kind == "municipality" else None)
    application = an_application(person=person, steps=steps)
    assert joining.lacks(application, RULES, TODAY) == lacking
    if not lacking:
        assert admitted(application)
        return
    with pytest.raises(Refused) as refused:
        admitted(application)
    assert [reason.field for reason in refused.value.reasons] == lacking
    assert all("must be stated before an admission" in r.rule for r in refused.value.reasons)


def test_an_admitted_applicant_is_in_the_register_with_all_it_declared() -> None:
    member = joining.admitted(
        an_application(shares=3), "10002", JOINED, None, stated(), TODAY, RULES
    )
    now = standing(member.entries, TODAY)
    assert now is not None
    assert (now.number, now.person, now.shares) == ("10002", a_person(), 3)
    assert (now.joined_on, now.leaves_on) == (JOINED, None)
    assert member.contacts == (CONTACT,)


def test_who_is_decided_on_earlier_may_join_on_a_later_day() -> None:
    member = joining.admitted(
        an_application(), "10002", JOINED, date(2026, 5, 1), stated(), TODAY, RULES
    )
    assert member.joined_on == date(2026, 5, 1)
    assert standing(member.entries, date(2026, 4, 30)) is None


@pytest.mark.parametrize("joins_on", [JOINED - timedelta(days=1), TODAY + timedelta(days=1)])
def test_nobody_joins_before_the_decision_or_in_the_future(joins_on: date) -> None:
    with pytest.raises(Refused) as refused:
        admitted(an_application(), joins_on=joins_on)
    assert field(refused) == "joins_on"


@pytest.mark.parametrize("decided_on", [date(2026, 1, 4), TODAY + timedelta(days=1)])
def test_a_decision_lies_between_the_last_step_and_today(decided_on: date) -> None:
    with pytest.raises(Refused) as refused:
        admitted(an_application(), decided_on=decided_on)
    assert field(refused) == "decided_on"
    with pytest.raises(Refused) as refused:
        joining.refused(an_application(), decided_on, TODAY, an_id(2))
    assert field(refused) == "decided_on"


def test_a_fixed_term_ends_after_it_begins() -> None:
    with pytest.raises(Refused) as refused:
        joining.applied(an_application(ends_on=DECLARATION.taken_on), TODAY, RULES)
    assert field(refused) == "ends_on"
    with pytest.raises(Refused) as refused:
        admitted(an_application(ends_on=date(2026, 1, 11)))
    assert field(refused) == "joins_on"


def test_a_refused_application_takes_nothing_more() -> None:
    refusal = joining.refused(an_application(), JOINED, TODAY, an_id(2))
    attempts: tuple[Callable[[], object], ...] = (
        lambda: joining.stepped(refusal, CONSENT, TODAY),
        lambda: joining.with_transfer(refusal, Transfer("10007", 1, JOINED)),
        lambda: admitted(refusal),
        lambda: joining.refused(refusal, JOINED, TODAY, an_id(3)),
    )
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert field(refused) == "application_id"


def test_a_transfer_is_of_as_many_shares_as_were_declared_and_of_one_member() -> None:
    with pytest.raises(Refused) as refused:
        joining.with_transfer(an_application(shares=2), Transfer("10007", 1, JOINED))
    assert field(refused) == "shares"
    promised = joining.with_transfer(an_application(), Transfer("10007", 1, JOINED))
    with pytest.raises(Refused) as refused:
        joining.with_transfer(promised, Transfer("10008", 1, JOINED))
    assert field(refused) == "application_id"


def test_what_is_left_of_a_refused_applicant_names_nobody_and_fits_only_its_declaration() -> None:
    refusal = joining.refused(an_application(), JOINED, TODAY, an_id(2))
    erasure = joining.erased(refusal, refusal_sent=True)
    told = repr(erasure)
    for personal in ("Barleben", "15083040", CONTACT.name, CONTACT.email, ADDRESS_TEXT):
        assert personal not in told
    assert (erasure.contacts, erasure.refused_on) == (1, JOINED)
    assert erasure.digest == joining.digest(an_application())
    assert erasure.digest != joining.digest(an_application(shares=2))
    assert erasure.digest == joining.digest(an_application(contacts=()))


ADDRESS_TEXT = "Ernst-Thälmann"


@pytest.mark.parametrize(
    ("taken", "free"),
    [(set(), "10001"), ({"10001", "10003"}, "10004"), ({"10999"}, "11000"), ({"20000"}, "20001")],
)
def test_a_number_is_never_given_again(taken: set[str], free: str) -> None:
    assert next_number(taken) == free
