"""Rows to domain objects and back, where their fields have the same names."""

from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement

T = TypeVar("T")


def read(kind: type[T], row: Any, **other: Any) -> T:
    """A dataclass from a row's columns of the same names; `other` fields are given."""
    names = (field.name for field in fields(kind) if field.name not in other)  # type: ignore[arg-type]  # T is a dataclass
    return kind(**{name: getattr(row, name) for name in names}, **other)


def columns(state: Any, *leave_out: str) -> dict[str, Any]:
    """A dataclass's fields as columns; one inside it becomes a dictionary.

    Not `asdict` throughout, which would copy every line of a large order in depth.
    """
    values = {each.name: getattr(state, each.name) for each in fields(state)}
    return {
        name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        for name, value in values.items()
        if name not in leave_out
    }


def named(table: Any, key: str) -> ColumnElement[bool]:
    """The row that people call so: by its id or its reference."""
    try:
        found: ColumnElement[bool] = table.id == UUID(key)
    except ValueError:
        found = table.reference == key
    return found
