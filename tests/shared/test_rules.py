"""Dated rules: each day has one, and a file that breaks the form is told so by name."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services
from shared.rules import InvalidRules, NoRule, Rule, Rules, load, parse

LIMITS = """
[[rule]]
name = "direct_award_cents"
value = 1_500_000
valid_from = 2025-01-01
valid_until = 2025-10-31
source = "AwVO 2025"

[[rule]]
name = "direct_award_cents"
value = 10_000_000
valid_from = 2025-11-01
source = "TVergG LSA"
note = "Sources conflict."
"""
PACKAGED = sorted(Path(services.__file__).parent.glob("*/rules.toml"))


def problems(text: str) -> list[str]:
    """What is said to be wrong with a file."""
    with pytest.raises(InvalidRules) as invalid:
        parse(text, "rules.toml")
    return [line.removeprefix("rules.toml: ") for line in str(invalid.value).splitlines()]


def an_entry(**other: str) -> str:
    """One entry, with other lines of TOML."""
    lines = {
        "name": '"x"',
        "value": "1",
        "valid_from": "2020-01-01",
        "source": '"a law"',
    } | other
    return "\n[[rule]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value)


def test_each_day_has_the_rule_that_holds_then() -> None:
    rules = parse(LIMITS, "rules.toml")
    assert rules.names == ["direct_award_cents"]
    assert rules.at("direct_award_cents", date(2025, 10, 31)).value == 1_500_000
    assert rules.at("direct_award_cents", date(2199, 1, 1)) == Rule(
        name="direct_award_cents",
        value=10_000_000,
        valid_from=date(2025, 11, 1),
        valid_until=None,
        source="TVergG LSA",
        note="Sources conflict.",
    )


def test_a_rule_that_nobody_knows_is_told_with_those_that_are_known() -> None:
    rules = parse(LIMITS, "rules.toml")
    with pytest.raises(NoRule, match="no rule threshold; known are direct_award_cents"):
        rules.at("threshold", date(2025, 1, 1))
    with pytest.raises(NoRule, match="on 2024-12-31; known from 2025-01-01 on"):
        rules.at("direct_award_cents", date(2024, 12, 31))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("0.25", Decimal("0.25")),
        ('"a text"', "a text"),
        ("true", True),
        ("2026-01-01", date(2026, 1, 1)),
        ('["a", "b"]', ("a", "b")),
        ("[]", ()),
    ],
)
def test_a_value_is_read_exactly(value: str, read: object) -> None:
    found = parse(an_entry(value=value), "rules.toml").at("x", date(2020, 1, 1)).value
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rule = 1", "rule: every entry begins with [[rule]]"),
        ("[rules]", "rules: unknown; every entry begins with [[rule]]"),
        (an_entry(valid_to="2020-01-01"), "rule 1 (x): valid_to: unknown; known are name, value, "),
        (an_entry(source=""), "rule 1 (x): source: is missing"),
        (an_entry(source='" "'), "rule 1 (x): source = ' ': must be a text"),
        (an_entry(name='"Big X"'), "rule 1 (Big X): name = 'Big X': must be small letters"),
        (an_entry(valid_from='"2020"'), "rule 1 (x): valid_from = '2020': must be a day such as"),
        (an_entry(valid_from="2020-01-01T00:00:00Z"), "rule 1 (x): valid_from = datetime"),
        (an_entry(valid_until="2019-12-31"), "rule 1 (x): valid_until = 2019-12-31: must not be"),
        (an_entry(value="07:32:00"), "rule 1 (x): value = datetime.time(7, 32): must be true or "),
        (an_entry(value="[1, true]"), "rule 1 (x): value = [1, True]: a list must hold one kind"),
        (
            an_entry(valid_until="2020-06-30") + an_entry(valid_from="2020-07-02"),
            "x: nothing holds between 2020-06-30 and 2020-07-02",
        ),
        (
            an_entry(valid_until="2020-06-30") + an_entry(valid_from="2020-06-30"),
            "x: what holds from 2020-06-30 overlaps with what holds from 2020-01-01; let that end",
        ),
        (an_entry() + an_entry(valid_from="2021-01-01"), "x: what holds from 2021-01-01 overlaps"),
        (
            an_entry(valid_until="2020-12-31") + an_entry(valid_from="2021-01-01", value="true"),
            "x: True: must be a whole number",
        ),
        ("[[rule", "must be TOML: "),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text: str, problem: str) -> None:
    (found,) = problems(text)
    assert found.startswith(problem)


def test_everything_that_is_wrong_in_a_file_is_told_at_once() -> None:
    assert len(problems(an_entry(source="", value="") + an_entry(name="1"))) == 3


def test_a_replacement_takes_the_place_of_the_whole_file(tmp_path: Path) -> None:
    packaged, own = tmp_path / "rules.toml", tmp_path / "own.toml"
    packaged.write_text(an_entry(), encoding="utf-8")
    own.write_text(an_entry(value="7", valid_from="2019-01-01"), encoding="utf-8")
    assert load(packaged).at("x", date(2020, 1, 1)).value == 1
    assert load(packaged, own).at("x", date(2020, 1, 1)).value == 7


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        (an_entry(name='"y"'), "x: is missing; the service needs it"),
        (an_entry(value='"1"'), "x: its value must be a whole number"),
        (an_entry(valid_from="2020-01-02"), "x: must hold from 2020-01-01 on"),
    ],
)
def test_a_replacement_that_lacks_what_the_service_needs_is_refused(
    own: str, problem: str, tmp_path: Path
) -> None:
    packaged, replacement = tmp_path / "rules.toml", tmp_path / "own.toml"
    packaged.write_text(an_entry(), encoding="utf-8")
    replacement.write_text(own, encoding="utf-8")
    with pytest.raises(InvalidRules) as invalid:
        load(packaged, replacement)
    assert str(invalid.value).startswith(f"{replacement}: {problem}")


@pytest.mark.parametrize("file", PACKAGED, ids=lambda file: file.parent.name)
def test_the_packaged_rules_are_valid(file: Path) -> None:
    assert load(file).names


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.lists(st.integers(1, 2000), min_size=1, max_size=8),
    st.booleans(),
    st.integers(-500, 12_000),
)
def test_a_day_has_the_rule_whose_time_it_lies_in_or_none(
    begins: date, lengths: list[int], ends: bool, offset: int
) -> None:
    by_day: dict[date, int] = {}
    rules, day = [], begins
    for number, length in enumerate(lengths):
        until = day + timedelta(days=length - 1)
        by_day |= {day + timedelta(days=step): number for step in range(length)}
        rules.append(Rule("x", number, day, until, "a law"))
        day = until + timedelta(days=1)
    if not ends:
        by_day |= {day + timedelta(days=step): len(lengths) for step in range(13_000)}
        rules.append(Rule("x", len(lengths), day, None, "a law"))
    asked = begins + timedelta(days=offset)
    if asked in by_day:
        assert Rules(reversed(rules)).at("x", asked).value == by_day[asked]
    else:
        with pytest.raises(NoRule):
            Rules(rules).at("x", asked)
