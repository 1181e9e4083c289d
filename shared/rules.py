"""Dated rules as data: what law, statute or ordinance says from one day to another, and where.

A service keeps its rules in `rules.toml` beside its code; an operator may replace that file by
the setting `KITU_<SERVICE>_RULES_FILE`:

    [[rule]]
    name = "notice_months"
    value = 3
    valid_from = 2010-01-01
    valid_until = 2015-12-31  # the last day; left out until another rule is known
    source = "§ 65 (2) GenG"
    note = "The statute asks for no longer period."

A value is a whole number, a text, a day, true or false, a decimal number, or a list of these, or
a table, whose content its reader checks; money is whole cents. The entries of one name follow each
other without gap or overlap.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

KEYS = ("name", "value", "valid_from", "valid_until", "source", "note")
OPTIONAL = {"valid_until", "note"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KINDS = {
    bool: "true or false",
    int: "a whole number",
    Decimal: "a decimal number",
    str: "a text",
    date: "a day",
    tuple: "a list",
    dict: "a table",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds from `valid_from` to `valid_until` (the last day; None: until further notice).

    `source` is the paragraph, paper or decision it stands in; `note` tells where sources conflict.
    """

    name: str
    value: Any
    valid_from: date
    valid_until: date | None
    source: str
    note: str | None = None

    def holds(self, day: date) -> bool:
        """Whether it is the rule of that day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class InvalidRules(ValueError):
    """A file of rules that cannot be used, with everything that is wrong in it."""

    def __init__(self, origin: str, problems: Iterable[str]) -> None:
        super().__init__("\n".join(f"{origin}: {problem}" for problem in problems))


class NoRule(LookupError):
    """No rule of that name holds on that day."""


class Rules:
    """All rules of a service. `Rules(())` has none."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_name: dict[str, tuple[Rule, ...]] = {}
        for rule in sorted(rules, key=lambda rule: (rule.name, rule.valid_from)):
            self._by_name[rule.name] = (*self._by_name.get(rule.name, ()), rule)

    @property
    def names(self) -> list[str]:
        """The names of all rules."""
        return list(self._by_name)

    def history(self, name: str) -> tuple[Rule, ...]:
        """Everything a rule ever said or is known to say, oldest first.

        Raises:
            NoRule: there is none of that name.
        """
        if name not in self._by_name:
            raise NoRule(f"no rule {name}; known are {', '.join(self.names) or 'none'}")
        return self._by_name[name]

    def at(self, name: str, day: date) -> Rule:
        """The rule that holds on a day.

        Raises:
            NoRule: there is none of that name, or none on that day.
        """
        history = self.history(name)
        for rule in history:
            if rule.holds(day):
                return rule
        until = history[-1].valid_until or "on"
        raise NoRule(f"no rule {name} on {day}; known from {history[0].valid_from} {until}")


def load(packaged: Path, replacement: Path | None = None) -> Rules:
    """Read a service's rules, or the operator's in their place.

    Raises:
        InvalidRules: a file breaks the form, or the replacement lacks a rule that the service
            needs or gives it another kind of value.
        OSError: a file cannot be read.
    """
    rules = parse(packaged.read_text(encoding="utf-8"), str(packaged))
    if replacement is None:
        return rules
    other = parse(replacement.read_text(encoding="utf-8"), str(replacement))
    if problems := [problem for name in rules.names for problem in _differs(rules, other, name)]:
        raise InvalidRules(str(replacement), problems)
    return other


def parse(text: str, origin: str) -> Rules:
    """Rules from TOML; `origin` tells in errors where it stands.

    Raises:
        InvalidRules: with everything that is wrong.
    """
    try:
        whole = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRules(origin, [f"must be TOML: {error}"]) from None
    entries = whole.pop("rule", [])
    problems = [f"{key}: unknown; every entry begins with [[rule]]" for key in whole]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidRules(origin, [*problems, "rule: every entry begins with [[rule]]"])
    for number, entry in enumerate(entries, start=1):
        where = f"rule {number} ({entry.get('name', 'without name')})"
        problems += [f"{where}: {problem}" for problem in _wrong(entry)]
    if problems:
        raise InvalidRules(origin, problems)
    rules = Rules(
        Rule(**{**entry, "value": _value(entry["value"])}) for entry in map(_whole, entries)
    )
    if problems := [problem for name in rules.names for problem in _broken(rules.history(name))]:
        raise InvalidRules(origin, problems)
    return rules


def _whole(entry: Mapping[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(OPTIONAL) | dict(entry)


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _wrong(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with one entry by itself."""
    wrong = [f"{key}: unknown; known are {', '.join(KEYS)}" for key in entry if key not in KEYS]
    wrong += [f"{key}: is missing" for key in KEYS if key not in entry and key not in OPTIONAL]
    for key in ("name", "source", "note"):
        text = entry.get(key, "present")
        if not isinstance(text, str) or not text.strip():
            wrong.append(f"{key} = {text!r}: must be a text")
    if isinstance(entry.get("name"), str) and not _NAME.fullmatch(entry["name"]):
        wrong.append(f"name = {entry['name']!r}: must be small letters, digits and _")
    days = {key: entry[key] for key in ("valid_from", "valid_until") if key in entry}
    wrong += [
        f"{key} = {day!r}: must be a day such as 2026-01-01"
        for key, day in days.items()
        if not _is_day(day)
    ]
    if len(days) == 2 and all(map(_is_day, days.values())):
        begins, ends = days.values()
        if ends < begins:
            wrong.append(f"valid_until = {ends}: must not be before valid_from = {begins}")
    value = entry.get("value", 0)
    elements = value if isinstance(value, list) else [value]
    if not all(_kind(element) in _KINDS for element in elements):
        wrong.append(f"value = {value!r}: must be {', '.join(_KINDS.values())}")
    elif len(set(map(_kind, elements))) > 1:
        wrong.append(f"value = {value!r}: a list must hold one kind of value")
    return wrong


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _kind(value: object) -> type:
    """A value's own type; `bool` is an `int` to `isinstance`."""
    return type(value)


def _broken(history: tuple[Rule, ...]) -> list[str]:
    """What is wrong between the entries of one name."""
    broken = []
    for earlier, later in pairwise(history):
        until = earlier.valid_until
        if until is None or until >= later.valid_from:
            broken.append(
                f"{later.name}: what holds from {later.valid_from} overlaps with what holds from "
                f"{earlier.valid_from}; let that end on {later.valid_from - timedelta(days=1)}"
            )
        elif until + timedelta(days=1) != later.valid_from:
            broken.append(f"{later.name}: nothing holds between {until} and {later.valid_from}")
        if _kind(earlier.value) is not _kind(later.value):
            broken.append(f"{later.name}: {later.value!r}: must be {_KINDS[_kind(earlier.value)]}")
    return broken


def _differs(rules: Rules, other: Rules, name: str) -> list[str]:
    """What a replacement lacks."""
    if name not in other.names:
        return [f"{name}: is missing; the service needs it"]
    wanted, found = rules.history(name)[0], other.history(name)[0]
    if _kind(wanted.value) is not _kind(found.value):
        return [f"{name}: its value must be {_KINDS[_kind(wanted.value)]}"]
    if found.valid_from > wanted.valid_from:
        return [f"{name}: must hold from {wanted.valid_from} on, as the service looks back so far"]
    return []
