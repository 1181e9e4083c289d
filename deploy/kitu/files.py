"""Files of messages: JSON (one, a list, or one per line) and CSV, read into drafts.

In CSV a column is a field's name; a dot leads into it (`place.city`, `contacts.0.email`), `|`
parts a list, an empty cell is a field left out, a column that starts with `#` is a remark.
A column `id` is the message's own id. In bare data (no whole CloudEvent) a date may be written
as days from today: `+30d`.
"""

import csv
import functools
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from deploy.kitu.failure import MISUSED, Failure
from shared.events import CATALOGUE

_DAYS = re.compile(r"[+-][0-9]{1,5}d")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as a file has it. `where` is file and row; `whole` tells a whole CloudEvent
    from bare data; `id` is the message's, where the file gives one."""

    where: str
    type: str
    content: Any
    whole: bool = False
    id: str | None = None


def read(file: Path, message_type: str | None, today: date) -> list[Draft]:
    """All messages of a file; `-` is JSON from standard input.

    Raises:
        Failure: the file cannot be read, or bare data came without a type.
    """
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {file}: {error}", MISUSED) from None
    if file.suffix.lower() == ".csv":
        return list(_from_csv(file, text, message_type, today))
    return [
        _from_json(f"{file}:{row}", content, message_type, today)
        for row, content in _json_values(file, text)
    ]


def _json_values(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    try:
        content = json.loads(text)
    except ValueError:
        yield from _json_lines(file, text)
        return
    if isinstance(content, list):
        yield from enumerate(content, 1)
    else:
        yield 1, content


def _json_lines(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    for row, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield row, json.loads(line)
            except ValueError as error:
                raise Failure(f"{file}:{row}: is not JSON: {error}") from None


def _from_json(where: str, content: Any, message_type: str | None, today: date) -> Draft:
    if isinstance(content, dict) and "specversion" in content:
        return Draft(where, str(content.get("type", "")), content, whole=True)
    if message_type is None:
        raise Failure(f"{where}: is bare data, so --type must tell what it is", MISUSED)
    if isinstance(content, dict):
        schema = _schema(message_type)
        content = {
            name: _days(value, today) if _is_date(_at(schema, [name])) else value
            for name, value in content.items()
        }
    return Draft(where, message_type, content)


def _from_csv(file: Path, text: str, message_type: str | None, today: date) -> Iterator[Draft]:
    if message_type is None:
        raise Failure(f"{file}: a CSV file is bare data, so --type must tell what it is", MISUSED)
    dialect = csv.Sniffer().sniff(text.partition("\n")[0], ",;\t") if text.strip() else csv.excel
    rows = csv.reader(io.StringIO(text, newline=""), dialect)
    names = next(rows, [])
    steps = {name: _at(_schema(message_type), name.split(".")) for name in names}
    for row in rows:
        where = f"{file}:{rows.line_num}"
        if len(row) > len(names):
            raise Failure(f"{where}: has {len(row)} cells for {len(names)} columns")
        cells = {name: cell for name, cell in zip(names, row, strict=False) if cell.strip()}
        given_id = cells.pop("id", None)
        data: dict[str, Any] = {}
        for name, cell in cells.items():
            if not name.startswith("#"):
                _put(data, name.split("."), _value(cell.strip(), steps[name], today))
        if cells:
            yield Draft(where, message_type, _with_lists(data), id=given_id)


def _value(cell: str, schema: list[dict[str, Any]], today: date) -> Any:
    """A cell as its field wants it; what does not fit stays text, for validation to name."""
    kinds = {alternative.get("type") for alternative in schema}
    if "array" in kinds:
        return [part.strip() for part in cell.split("|")]
    if "integer" in kinds and _WHOLE_NUMBER.fullmatch(cell):
        return int(cell)
    return _days(cell, today) if _is_date(schema) else cell


def _is_date(schema: list[dict[str, Any]]) -> bool:
    return any(alternative.get("format") == "date" for alternative in schema)


def _days(value: Any, today: date) -> Any:
    if isinstance(value, str) and _DAYS.fullmatch(value):
        return (today + timedelta(days=int(value[:-1]))).isoformat()
    return value


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        inner = data.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Failure(f"column {'.'.join(path)} leads into a field that has a value of its own")
        data = inner
    data[path[-1]] = value


def _with_lists(data: Any) -> Any:
    """Numbered steps become lists."""
    if not isinstance(data, dict):
        return data
    inner = {step: _with_lists(value) for step, value in data.items()}
    if inner and all(step.isdigit() for step in inner):
        return [inner[step] for step in sorted(inner, key=int)]
    return inner


@functools.cache
def _schema(message_type: str) -> dict[str, Any]:
    model = CATALOGUE.get(message_type)
    return model.model_json_schema() if model else {}


def _at(schema: dict[str, Any], path: list[str]) -> list[dict[str, Any]]:
    """The alternatives that a field's JSON Schema allows."""
    found = [schema]
    for step in path:
        found = [
            alternative
            for outer in found
            for alternative in _alternatives(
                outer.get("items", {})
                if step.isdigit()
                else outer.get("properties", {}).get(step, {}),
                schema,
            )
        ]
    return found


def _alternatives(part: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in part:
        yield from _alternatives(root["$defs"][part["$ref"].rpartition("/")[2]], root)
    elif "anyOf" in part:
        for one in part["anyOf"]:
            yield from _alternatives(one, root)
    else:
        yield part
