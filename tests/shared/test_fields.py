"""The field types take what is exact, bounded and readable, and nothing else."""

import json
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.events.fields import (
    Ags,
    Count,
    Day,
    Instant,
    MailAddress,
    MemberNumber,
    Money,
    Name,
    Party,
    Percent,
    PostalCode,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
    euros,
)

HIDDEN = [*"\x00\x1f\x7f\x9f\n\r\t\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"]


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads and writes a kind of field."""
    return TypeAdapter(kind)


def read(kind: Any, value: object) -> Any:
    """A value from the wire, as strictly as from an outside system."""
    return adapter(kind).validate_json(json.dumps(value), strict=True)


def refuses(kind: Any, value: object) -> bool:
    """Whether a value from the wire is refused."""
    try:
        read(kind, value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("wire", "cents"),
    [("0.00", 0), ("0.05", 5), ("1234.56", 123_456), ("9999999999.99", 999_999_999_999)],
)
def test_money_is_text_of_euros_on_the_wire_and_cents_in_python(wire: str, cents: int) -> None:
    assert read(Money, wire) == read(Price, wire) == cents
    assert adapter(Money).dump_json(cents) == f'"{wire}"'.encode()


@given(st.integers(-(10**12) + 1, 10**12 - 1))
def test_every_amount_of_cents_survives_the_wire(cents: int) -> None:
    assert read(Money, euros(cents)) == cents


@pytest.mark.parametrize(
    "wrong",
    [
        *(1, 1.0, True, None, "", "1", "1.0", "1.000", "1,00", "01.00", "+1.00", " 1.00", "1.00 "),
        *("1.00\n", "1e2", "1_000.00", "１.00", "NaN", "Infinity", "10000000000.00", "--1.00"),
    ],
)
def test_money_that_is_not_exact_euros_is_refused(wrong: object) -> None:
    assert refuses(Money, wrong)
    assert refuses(Price, wrong)


def test_only_money_that_may_be_given_back_is_negative() -> None:
    assert read(Money, "-2.50") == -250
    assert refuses(Price, "-0.01")


@pytest.mark.parametrize("wrong", [-1, 1_000_000_001, 10**30, 1.0, "1", True, None, 1e300])
def test_a_count_is_a_bounded_integer(wrong: object) -> None:
    assert refuses(Count, wrong)
    assert refuses(Quantity, wrong)


def test_a_quantity_is_from_one_to_a_million() -> None:
    assert (read(Quantity, 1), read(Quantity, 1_000_000)) == (1, 1_000_000)
    assert refuses(Quantity, 0)
    assert refuses(Quantity, 1_000_001)


def test_a_day_is_a_date_of_two_centuries() -> None:
    assert read(Day, "2024-02-29") == date(2024, 2, 29)
    assert read(Day, "2199-12-31") == date(2199, 12, 31)


@pytest.mark.parametrize(
    "wrong",
    [
        *("2026-02-30", "2025-02-29", "1999-12-31", "2200-01-01", "9999-12-31", "2026-6-1"),
        *("31.03.2026", "2026-03-31T00:00:00Z", "20260331", "20000", 20_000, None),
    ],
)
def test_what_is_no_day_is_refused(wrong: object) -> None:
    assert refuses(Day, wrong)


@pytest.mark.parametrize(
    ("wire", "moment"),
    [
        ("2026-03-31T10:00:00Z", datetime(2026, 3, 31, 10, tzinfo=UTC)),
        ("2026-03-31T10:00:00.5Z", datetime(2026, 3, 31, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_utc_with_a_final_z(wire: str, moment: datetime) -> None:
    assert read(Instant, wire) == moment
    assert json.loads(adapter(Instant).dump_json(moment)).endswith("Z")


@pytest.mark.parametrize(
    "wrong",
    [
        *("2026-03-31T10:00:00", "2026-03-31T10:00:00+02:00", "2026-03-31T10:00:00+00:00"),
        *("2026-03-31", "2026-03-31 10:00:00Z", "2026-03-31T24:00:00Z", "2026-03-31T10:00:60Z"),
        *("2026-02-29T10:00:00Z", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        *("1700000000", 1_700_000_000, None),
    ],
)
def test_an_instant_elsewhere_or_nowhen_is_refused(wrong: object) -> None:
    assert refuses(Instant, wrong)


def test_a_time_of_another_zone_is_refused_in_python_too() -> None:
    with pytest.raises(ValidationError, match="must be UTC"):
        adapter(Instant).validate_python(datetime.fromisoformat("2026-03-31T10:00:00+02:00"))


@pytest.mark.parametrize("character", HIDDEN)
def test_text_with_a_hidden_character_is_refused(character: str) -> None:
    for place in (f"{character}Rathaus", f"Rat{character}haus", f"Rathaus{character}"):
        assert refuses(Name, place)
        assert refuses(Text, place)


@pytest.mark.parametrize("wrong", ["", " ", " Rathaus", "Rathaus ", "=?utf-8?q?x?=", "a =? b", 7])
def test_text_that_is_empty_padded_or_encoded_is_refused(wrong: object) -> None:
    assert refuses(Name, wrong)


def test_text_is_kept_in_its_composed_form() -> None:
    assert read(Name, "Thälmann-Straße") == "Thälmann-Straße"


def test_text_does_not_grow_beyond_its_bound_by_being_composed() -> None:
    assert refuses(Name, "\ufb2c" * 200)
    assert refuses(Text, "x" * 2001)
    assert len(read(Name, "ä" * 200)) == 200


@given(st.text())
def test_text_that_passes_is_one_visible_bounded_line(text: str) -> None:
    try:
        kept = read(Name, text)
    except (ValidationError, UnicodeError):
        return
    assert 1 <= len(kept) <= 200
    assert not set(HIDDEN) & set(kept)
    assert len(kept.splitlines()) == 1
    assert read(Name, kept) == kept


@pytest.mark.parametrize(
    ("wire", "kept"),
    [("it@barleben.example", "it@barleben.example"), ("IT+1@Barleben.Example", None)],
)
def test_a_mail_address_is_kept_with_a_lower_case_domain(wire: str, kept: str | None) -> None:
    assert read(MailAddress, wire) == (kept or "IT+1@barleben.example")


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "it", "it@", "@c.example", "it@localhost", "it@[127.0.0.1]", "a..b@c.example"),
        *("IT <it@c.example>", '"a b"@c.example', "it@c.example\n", "a\r\nBcc:x@c.example"),
        *("it@c.example,x@c.example", "ü@c.example", "=?utf-8?q?x?=@c.example", "it@c.invalid"),
        *("x" * 65 + "@c.example", "x@" + "a." * 130 + "example", None, 7),
    ],
)
def test_what_is_no_single_plain_mail_address_is_refused(wrong: object) -> None:
    assert refuses(MailAddress, wrong)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (
            MemberNumber,
            ["10001", "99999"],
            ["01001", "1000", "100010", "1000a", "１0001", "10001\n"],
        ),
        (Party, ["10001", "kid", "coop"], ["KID", "coop\n", "board", "", "*", "#", "10001.kid"]),
        (Ags, ["15083040"], ["1508304", "150830400", "1508304x", "15083040\n"]),
        (PostalCode, ["39179", "01067"], ["3917", "391790", "D-39179"]),
        (Unit, ["C62", "MON", "KG"], ["c62", "PIECE", "", "C", "C62\n"]),
        (Word, ["NB-14", "RV-2026/1.a_b"], ["-NB", "NB 14", "N" * 61, "NB\n", "Ä", "=1+1", ""]),
        (Percent, ["0.00", "19.00", "100.00"], ["100.01", "19", "19.0", "-1.00", "19.00\n"]),
    ],
)
def test_a_code_is_of_its_alphabet_and_length(
    kind: Any, right: list[str], wrong: list[str]
) -> None:
    assert [read(kind, value) for value in right] == right
    assert all(refuses(kind, value) for value in wrong)
