"""What a sound `demand.submitted.v1` is, told a second time and without any code of the gate's."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.messaging.gate import Arrival

Check = Callable[[Any], bool]
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)


def is_sound(arrival: Arrival) -> bool:
    """Whether a demand may count as submitted by the member that it names."""
    if arrival.headers.keys() & {"CC", "BCC"} or len(arrival.body) > 262_144:
        return False
    said = re.fullmatch(r"demand\.submitted\.v1\.([1-9][0-9]{4})", arrival.routing_key, re.ASCII)
    if arrival.exchange != "cooperative.incoming" or said is None:
        return False
    member = said[1]
    if arrival.user not in {f"member-{member}", "operator"}:
        return False
    try:
        whole = json.loads(arrival.body.decode(), object_pairs_hook=unambiguous)
    except (ValueError, RecursionError):
        return False
    if not isinstance(whole, dict) or not matches(whole, HEADER, HEADER_NEEDS):
        return False
    data = whole["data"]
    return (
        whole["party"] == member == data["member"]
        and whole["type"] == "demand.submitted.v1"
        and whole.get("subject") in (None, str(UUID(data["demand_id"])))
    )


def unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless it names a key twice."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key is named twice")
    return dict(pairs)


def matches(found: Any, fields: dict[str, Check], needs: set[str]) -> bool:
    """Whether an object has what it needs, nothing unknown, and every value is right."""
    return (
        isinstance(found, dict)
        and needs <= found.keys() <= fields.keys()
        and all(fields[key](value) for key, value in found.items())
    )


def code(pattern: str) -> Check:
    """A text that matches as a whole."""
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value, re.ASCII))


def line(longest: int) -> Check:
    """A readable line of text."""
    return lambda value: (
        isinstance(value, str)
        and 1 <= len(value) <= longest
        and not HIDDEN.search(value)
        and "=?" not in value
        and value == value.strip()
    )


def whole_number(least: int, most: int) -> Check:
    """An integer, which a truth value and a fraction are not."""
    return lambda value: type(value) is int and least <= value <= most


def is_uuid(value: Any) -> bool:
    """A UUID in any of its spellings."""
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def is_day(value: Any) -> bool:
    """A day of this or the next century."""
    try:
        return isinstance(value, str) and FIRST <= date.fromisoformat(value) <= LAST
    except ValueError:
        return False


def is_moment(value: Any) -> bool:
    """A moment in UTC."""
    try:
        return isinstance(value, str) and value[-1] == "Z" and bool(datetime.fromisoformat(value))
    except (ValueError, IndexError):
        return False


def nothing_or(check: Check) -> Check:
    """What may be left empty."""
    return lambda value: value is None or check(value)


WORD = code(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}")
PLACE: dict[str, Check] = {
    "name": line(200),
    "street": line(200),
    "postal_code": code("[0-9]{5}"),
    "city": line(200),
}
PERSON: dict[str, Check] = {"role": code("staff|it|finance|management"), "name": line(200)}
CATEGORIES = (
    "operations|personnel|finance|registration|documents|real_estate|council|hardware"
    "|hotline_115|de_mail|cloud"
)
ATTRIBUTE = code("[a-z][a-z0-9_]{0,39}")


def is_answer(value: Any) -> bool:
    """What a category's question may be answered by."""
    return type(value) is bool or whole_number(0, 1_000_000_000)(value) or line(200)(value)


def are_attributes(value: Any) -> bool:
    """Answers by the name of what they tell."""
    return (
        isinstance(value, dict)
        and len(value) <= 30
        and all(ATTRIBUTE(name) and is_answer(answer) for name, answer in value.items())
    )


DATA: dict[str, Check] = {
    "demand_id": is_uuid,
    "member": code("[1-9][0-9]{4}"),
    "item": nothing_or(WORD),
    "requirement": nothing_or(line(2000)),
    "quantity": whole_number(1, 1_000_000),
    "unit": code("[A-Z0-9]{2,3}"),
    "place": lambda value: matches(value, PLACE, set(PLACE)),
    "needed_from": nothing_or(is_day),
    "needed_by": is_day,
    "round_id": nothing_or(is_uuid),
    "term_months": nothing_or(whole_number(1, 120)),
    "price_ceiling": nothing_or(code(r"-?0\.00|(0|[1-9][0-9]{0,9})\.[0-9]{2}")),
    "equivalents": lambda value: (
        isinstance(value, list) and len(value) < 11 and all(map(WORD, value))
    ),
    "minimum_quantity": nothing_or(whole_number(1, 1_000_000)),
    "maximum_quantity": nothing_or(whole_number(1, 1_000_000)),
    "cost_centre": nothing_or(WORD),
    "reference": nothing_or(line(200)),
    "category": nothing_or(code(CATEGORIES)),
    "attributes": are_attributes,
    "stated_by": nothing_or(lambda value: matches(value, PERSON, set(PERSON))),
}
DATA_NEEDS = {"demand_id", "member", "quantity", "unit", "place", "needed_by"}
HEADER: dict[str, Check] = {
    "specversion": lambda value: value == "1.0",
    "id": is_uuid,
    "source": code("[a-z0-9][a-z0-9._/-]{0,59}"),
    "type": code(r"[a-z]+\.[a-z_]+\.v[1-9][0-9]?"),
    "time": is_moment,
    "party": code("[1-9][0-9]{4}|kid|coop"),
    "subject": nothing_or(WORD),
    "datacontenttype": lambda value: value == "application/json",
    "correlationid": nothing_or(is_uuid),
    "causationid": nothing_or(is_uuid),
    "sequence": nothing_or(whole_number(1, 2**31 - 1)),
    "data": lambda value: matches(value, DATA, DATA_NEEDS),
}
HEADER_NEEDS = {"id", "source", "type", "time", "party", "data"}
