"""Rows to domain objects and back, where their fields have the same names."""

from dataclasses import asdict, fields
from typing import Any, TypeVar

T = TypeVar("T")


def read(kind: type[T], row: Any, **other: Any) -> T:
    """A dataclass from a row's columns of the same names; `other` fields are given."""
    names = (field.name for field in fields(kind) if field.name not in other)  # type: ignore[arg-type]  # T is a dataclass
    return kind(**{name: getattr(row, name) for name in names}, **other)


def columns(state: Any, *leave_out: str) -> dict[str, Any]:
    """A dataclass's fields as columns."""
    return {name: value for name, value in asdict(state).items() if name not in leave_out}
