"""Readers of JSON files: a list, or a value a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evenband.slots.decoding import read_text, split_lines
from evenband.slots.rows import Fault, Table, check_header, shown


def read_json(path: Path) -> Table:
    """Read a JSON list of values, or of objects that all have the same keys.

    Raises:
        ValueError: if it is not JSON, naming the line and the column, or no list.
    """
    text = read_text(path)
    try:
        items = _parse(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # a value a line, under the other ending
            return _read_lines(text)
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}; expected JSON") from error
    if not isinstance(items, list):
        raise ValueError(f"got a JSON {type(items).__name__}, expected a list of values or of objects")
    return _arrange(items, range(1, len(items) + 1), "row")


def read_json_lines(path: Path) -> Table:
    """Read a file that has one JSON value or object a line; empty lines are skipped.

    A file that is a single JSON list of objects is read as one.

    Raises:
        ValueError: if it has no rows that can be used.
    """
    text = read_text(path)
    if text.lstrip().startswith("["):
        try:
            items = _parse(text)
        except ValueError:
            return _read_lines(text)
        if isinstance(items, list) and any(isinstance(item, dict) for item in items):
            return _arrange(items, range(1, len(items) + 1), "row")
    return _read_lines(text)


def _read_lines(text: str) -> Table:
    items, lines, faults = [], [], []
    for number, line in enumerate(split_lines(text), start=1):
        if not line.strip():
            continue
        try:
            items.append(_parse(line))
            lines.append(number)
        except json.JSONDecodeError as error:
            faults.append(Fault(number, f"line {number}, column {error.colno}: {error.msg}; expected JSON"))
        except ValueError as error:
            faults.append(Fault(number, f"line {number}: {error}"))
    return _arrange(items, lines, "line", faults)


def _parse(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: if it is none, or is nested too deeply, or an object has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("its lists and objects are nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object has the key {repeated!r} twice, expected unique keys")
    return item


def _arrange(items: Sequence[Any], lines: Iterable[int], unit: str, faults: Sequence[Fault] = ()) -> Table:
    """Return a table of values (one column without a name) or of objects (a column for each key)."""
    lines = tuple(lines)
    objects = [item for item in items if isinstance(item, dict)]
    if not objects:
        return Table({"": tuple(items)}, lines, unit, tuple(faults))
    names = list(objects[0])
    check_header(names)
    bad, rows = list(faults), []
    for line, item in zip(lines, items, strict=True):
        if isinstance(item, dict) and item.keys() == objects[0].keys():
            rows.append((line, item))
            continue
        content = ", ".join(item) if isinstance(item, dict) else shown(item)
        text = f"{unit} {line} has {content or 'no keys'}, expected the keys {', '.join(names)}"
        bad.append(Fault(line, text))
    columns = {name: tuple(item[name] for _, item in rows) for name in names}
    return Table(columns, tuple(line for line, _ in rows), unit, tuple(bad))
