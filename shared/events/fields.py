"""The field types of every message: bounded, free of control characters, exact.

On the wire money is a string of euros, in Python an integer of cents; quantities are integers;
times are UTC. Everything has a bound, so that no message can grow without one.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import core_schema
from stdnum.de import leitweg
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as StdnumError

# Bidirectional overrides and isolates can make a text read differently from what it says.
_HIDDEN = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_MONEY = re.compile(r"-?(0|[1-9][0-9]{0,9})\.[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?Z")
_HIGHEST = 1_000_000_000
_ONE_LINE = rf"^(?!\s)(?!.*=\?)[^{_HIDDEN.pattern[1:-1]}]*(?<!\s)$"


def _in_schema(**keywords: str) -> Any:
    """What JSON Schema would not know of a rule that Python checks."""
    return Field(json_schema_extra=dict(keywords))


def _plain(text: str) -> str:
    if _HIDDEN.search(text):
        raise ValueError("must not hold control or text-direction characters")
    if "=?" in text:
        raise ValueError("must not hold '=?', which starts an encoded word in a mail header")
    if text != text.strip():
        raise ValueError("must not begin or end with a space")
    composed = unicodedata.normalize("NFC", text)
    if len(composed) > len(text):
        raise ValueError("must be in Unicode's composed form (NFC)")
    return composed


def _cents(value: object) -> int:
    if isinstance(value, str):
        if not _MONEY.fullmatch(value):
            raise ValueError('must be euros as a string with two decimals, such as "1234.56"')
        return int(value.replace(".", ""))
    raise ValueError('must be a string such as "1234.56", never a number')


def euros(cents: int) -> str:
    """Cents as the wire's text.

    >>> euros(123456), euros(5), euros(-250)
    ('1234.56', '0.05', '-2.50')
    """
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _money_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    """Text on the wire, cents in Python: a JSON number must not pass for cents."""
    return core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_plain_validator_function(_cents),
        python_schema=core_schema.int_schema(strict=True, ge=-(10**12), le=10**12),
        serialization=core_schema.plain_serializer_function_ser_schema(euros, when_used="json"),
    )


def _not_negative(cents: int) -> int:
    if cents < 0:
        raise ValueError("must not be negative")
    return cents


def _written_in_utc(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _INSTANT.fullmatch(value):
        raise ValueError("must be UTC with a final Z, such as 2026-03-31T10:00:00Z")
    return datetime.fromisoformat(value)


def _utc(value: datetime) -> datetime:
    if value.utcoffset() != timedelta(0):
        raise ValueError("must be UTC")
    if not 2000 <= value.year <= 2199:
        raise ValueError("must be in the years 2000 to 2199")
    return value.astimezone(UTC)


def _mail_address(value: str) -> str:
    if "=?" in value:
        raise ValueError("must not hold '=?', which starts an encoded word in a mail header")
    try:
        checked = validate_email(
            value, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise ValueError(f"must be a mail address: {error}") from None
    if len(checked.local_part) > 64:
        raise ValueError("must have at most 64 characters before the @")
    return checked.normalized


def _leitweg_id(value: str) -> str:
    try:
        leitweg.validate(value)
    except InvalidChecksum:
        raise ValueError("must be a Leitweg-ID; its last two digits do not fit the rest") from None
    except StdnumError as error:
        raise ValueError(f"must be a Leitweg-ID: {error}") from None
    return value


def _answer(value: object) -> bool | int | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and 0 <= value <= _HIGHEST:
        return value
    if isinstance(value, str) and 1 <= len(value) <= 200:
        return _plain(value)
    raise ValueError(
        f"must be true, false, a whole number from 0 to {_HIGHEST} or a text of 1 to 200 characters"
    )


Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$")]
"""A code such as an item number: letters, digits and ._/- only."""
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_plain),
    _in_schema(pattern=_ONE_LINE),
]
"""A name or title of one line."""
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    AfterValidator(_plain),
    _in_schema(pattern=_ONE_LINE),
]
"""A paragraph of one line."""
MemberNumber = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{4}$")]
"""The five-digit number under which the cooperative keeps a member."""
Party = Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{4}|kid|coop)$")]
"""Whom a message concerns: a member's number, `kid` or `coop`."""
Ags = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
"""Amtlicher Gemeindeschlüssel, eight digits."""
LeitwegId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{2,12}(-[0-9A-Z]{1,30})?-[0-9]{2}$"),
    AfterValidator(_leitweg_id),
]
"""Where public bodies receive electronic invoices (KoSIT, Leitweg-ID), with right check digits."""
PostalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
MailAddress = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_mail_address),
    _in_schema(format="email", pattern=r"^(?!.*=\?)[^\s@]+@[^\s@]+$"),
]
Unit = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
"""UN/ECE Recommendation 20, such as C62 (piece) or MON (month)."""
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Signed = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
"""How many more, or fewer."""
Months = Annotated[int, Field(ge=1, le=120)]
Day = Annotated[
    date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31)), _in_schema(pattern=r"^2[01][0-9]{2}-")
]
"""A local date in Europe/Berlin, where the law counts days."""
Instant = Annotated[
    datetime,
    BeforeValidator(_written_in_utc),
    AfterValidator(_utc),
    _in_schema(pattern=r"^2[01][0-9]{2}-.*T.*Z$"),
]
"""A moment in UTC."""
Id = UUID
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest in hexadecimal."""
_Cents = Annotated[int, GetPydanticSchema(_money_schema)]
_EUROS = {"type": "string", "description": "Euro"}
Money = Annotated[
    _Cents, WithJsonSchema({**_EUROS, "pattern": r"^-?(0|[1-9][0-9]{0,9})\.[0-9]{2}$"})
]
"""Integer cents in Python, a string of euros with two decimals on the wire; may be negative."""
Price = Annotated[
    _Cents,
    AfterValidator(_not_negative),
    WithJsonSchema({**_EUROS, "pattern": r"^(0|[1-9][0-9]{0,9})\.[0-9]{2}$"}),
]
"""Money that nobody gets back: at least 0.00."""
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""The name of something that a category's demand tells, such as `users`."""
Answer = Annotated[
    bool | int | str,
    PlainValidator(_answer),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "integer", "minimum": 0, "maximum": _HIGHEST},
                {"type": "string", "minLength": 1, "maxLength": 200, "pattern": _ONE_LINE},
            ]
        }
    ),
]
"""What an attribute's value may be; its question says which of these."""
Percent = Annotated[str, StringConstraints(pattern=r"^(100\.00|[0-9]{1,2}\.[0-9]{2})$")]
