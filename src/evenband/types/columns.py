"""Cells of a measurement's columns, which may be of any type, and the names that they have in a file."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

APART = "slot_"
"""Prefix that tells a column of the user's from one of evenband's that has the same name."""

MOST_NESTED = 8
"""Depth of lists and objects in a cell up to which a column is not turned into text."""

_PLAIN_TYPES: tuple[type, ...] = (type(None), bool, float)


def free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with ``slot_`` before it as often as it takes to be none of those taken."""
    while name in taken:
        name = f"{APART}{name}"
    return name


def is_whole(text: str) -> bool:
    """Return whether a text can be written as UTF-8: it has no lone surrogate, half of a character."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(cells: Sequence[Any]) -> tuple[Any, ...]:
    """Return the cells as they are if a Parquet file can hold them as a column, else as texts.

    Integers beyond 64 bits, values of several types, and half characters are some that it cannot hold.
    ``None`` stays ``None``.
    """
    kinds = set(map(type, cells))
    if len(kinds - {type(None)}) <= 1 and kinds <= {*_PLAIN_TYPES, str}:
        is_stored = all(is_whole(cell) for cell in cells if isinstance(cell, str))
    else:
        is_stored = _survives(cells)
    return tuple(cells) if is_stored else tuple(None if cell is None else _text_of(cell) for cell in cells)


def column_array(cells: Sequence[Any], times: int) -> pyarrow.Array:
    """Return an Arrow array of a column's cells, each repeated; texts where Parquet cannot hold the cells.

    Shape: n cells -> (n * times,).
    """
    return _array([cell for cell in storable(cells) for _ in range(times)])


def _array(cells: Sequence[Any]) -> pyarrow.Array:
    """Return an Arrow array of cells; integers from 2**63 on are unsigned."""
    import pyarrow as pa

    try:
        return pa.array(cells)
    except OverflowError:
        return pa.array(cells, pa.uint64())


def _survives(cells: Sequence[Any]) -> bool:
    """Return whether a column can be written as Parquet and read again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if any(_depth(cell) > MOST_NESTED for cell in cells):
        return False
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(pa.table({"column": _array(cells)}), sink)
        return len(pq.read_table(pa.BufferReader(sink.getvalue()))["column"].to_pylist()) == len(cells)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, RecursionError):
        return False


def _depth(cell: Any) -> int:
    """Return how deeply lists and objects are nested in a cell, up to one more than may be."""
    level, depth = [cell], 0
    while depth <= MOST_NESTED:
        level = [
            part
            for value in level
            if isinstance(value, (dict, list, tuple))
            for part in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return depth
        depth += 1
    return depth


def _text_of(cell: Any) -> str:
    """Return a cell as text: JSON of lists and objects, and an escape for half a character."""
    if isinstance(cell, (dict, list, tuple, bool)):
        try:
            text = json.dumps(cell, ensure_ascii=False, default=str)
        except (TypeError, ValueError, RecursionError):
            text = f"a {type(cell).__name__}"
    else:
        text = cell if isinstance(cell, str) else _written(cell)
    return text.encode("utf-8", "backslashreplace").decode()


def _written(cell: Any) -> str:
    """Return a single value as text; an integer too long for decimal digits in hexadecimal ones."""
    try:
        return str(cell)
    except ValueError:
        return hex(cell) if isinstance(cell, int) else f"a {type(cell).__name__}"
