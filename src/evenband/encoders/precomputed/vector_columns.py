"""Readers of files that hold texts and vectors together: Parquet and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.precomputed.vector_rows import VectorRows, role_named, text_of
from evenband.errors import ModelError
from evenband.registry import nearest
from evenband.types import Role

TEXT, VECTOR, ROLE = "text", "vector", "role"
"""Names of the columns; the third may be missing."""

_STRING_TYPES = ("string", "large_string", "string_view", "null")
"""Arrow's types of a column of texts."""

MODEL_KEY = b"model"
"""Key of the Parquet metadata that names the model."""


def read_parquet(path: Path) -> VectorRows:
    """Read the columns text, vector and, if there is one, role.

    Raises:
        ModelError: if it is no Parquet file, a column is missing, or a value is not what it should be.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        with path.open("rb") as opened, pyarrow.parquet.ParquetFile(opened) as file:
            names = file.schema_arrow.names
            _check_columns(names, path)
            table = file.read(columns=[name for name in (TEXT, VECTOR, ROLE) if name in names])
            metadata = file.metadata.metadata or {}
    except pyarrow.ArrowException as error:
        raise ModelError(f"{path} cannot be read as Parquet: {error}") from error
    texts = [text_of(value, path, row) for row, value in enumerate(_strings(table[TEXT], TEXT, path))]
    roles = None
    if ROLE in names:
        values = _strings(table[ROLE], ROLE, path)
        roles = [role_named(value, path, row) for row, value in enumerate(values)]
    _check_lists(table[VECTOR].type, path)
    vectors = _stack(table[VECTOR].chunks, texts, path)
    model = metadata.get(MODEL_KEY, b"").decode("utf-8", "replace")
    return VectorRows(texts, roles, vectors, _format_of(table[VECTOR].type), model)


def read_json_lines(path: Path) -> VectorRows:
    """Read lines such as ``{"text": "a", "vector": [0.1, 0.2]}``, each with a ``"role"`` if it has one.

    Raises:
        ModelError: if a line is no such object, or two vectors differ in length.
    """
    texts: list[str] = []
    names: list[object] = []
    vectors: list[NDArray[np.float32]] = []
    for row, line in json_lines(path):
        if not isinstance(line, dict):
            raise ModelError(f"{path}: row {row + 1} is no object, expected text and vector")
        _check_columns(list(line), path)
        texts.append(text_of(line[TEXT], path, row))
        names.append(role_name_in(line))
        vectors.append(_numbers(line[VECTOR], texts[-1], path))
        if len(vectors[-1]) != len(vectors[0]):
            raise _ragged(texts[-1], len(vectors[-1]), len(vectors[0]), path)
    stacked = np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
    return VectorRows(texts, roles_of(names, path), stacked)


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the values of a file of JSON lines with their rows; empty lines do not count.

    Raises:
        ModelError: if a line is not UTF-8 or no JSON.
    """
    row = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                content = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                value = json.loads(content) if content else None
            except UnicodeDecodeError:
                raise ModelError(f"{path}: line {number} is not UTF-8; save the file as UTF-8") from None
            except (ValueError, RecursionError) as error:
                raise ModelError(f"{path}: line {number} is no JSON ({error})") from None
            if content:
                yield row, value
                row += 1


_UNSAID = object()
"""Stands for the role of a line that says nothing of roles."""


def roles_of(names: Sequence[object], path: Path) -> list[Role] | None:
    """Return the roles that lines of JSON name; ``None`` if no line names one."""
    if all(name is _UNSAID for name in names):
        return None
    return [role_named(None if name is _UNSAID else name, path, row) for row, name in enumerate(names)]


def role_name_in(line: dict[str, Any]) -> object:
    """Return what a line of JSON names as the role, for :func:`roles_of`."""
    return line.get(ROLE, _UNSAID)


def _check_columns(names: Sequence[str], path: Path) -> None:
    for name in (TEXT, VECTOR):
        if name not in names:
            raise ModelError(
                f"{path} has no column {name!r}{nearest(name, names)} (there are: {', '.join(names)}); "
                f"expected {TEXT}, {VECTOR} and, where texts have roles, {ROLE}"
            )
    for name in (TEXT, VECTOR, ROLE):
        if list(names).count(name) > 1:
            raise ModelError(f"{path} has several columns called {name!r}, expected one")


def _strings(column: Any, name: str, path: Path) -> list[object]:
    """Return the values of a column of texts."""
    import pyarrow

    kind = column.type.value_type if pyarrow.types.is_dictionary(column.type) else column.type
    if str(kind) not in _STRING_TYPES:
        raise ModelError(f"{path}: the column {name!r} holds {column.type}, expected texts")
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        raise ModelError(f"{path}: the column {name!r} holds bytes that are not UTF-8") from None


def _stack(chunks: Sequence[Any], texts: Sequence[str], path: Path) -> NDArray[Any]:
    """Return the vectors of a column. Shape: (n, d)."""
    import pyarrow
    import pyarrow.compute

    blocks: list[NDArray[Any]] = []
    start, dim = 0, -1
    for chunk in filter(len, chunks):
        lengths = pyarrow.compute.fill_null(pyarrow.compute.list_value_length(chunk), -1).to_numpy()
        dim = int(lengths[0]) if dim < 0 else dim
        values = chunk.flatten()
        if (lengths != dim).any() or dim < 0:
            row = int(np.argmax((lengths != dim) | (lengths < 0)))
            raise _ragged(texts[start + row], int(lengths[row]), dim, path)
        if values.null_count:
            row = int(np.argmin(values.is_valid().to_numpy(zero_copy_only=False))) // dim
            raise ModelError(f"{path}: the vector of {texts[start + row]!r} has no value in a place")
        blocks.append(values.to_numpy(zero_copy_only=False).reshape(len(chunk), dim))
        start += len(chunk)
    return np.concatenate(blocks) if blocks else np.zeros((0, 0), np.float32)


def _check_lists(kind: Any, path: Path) -> None:
    """Refuse a column of something else than lists of floats."""
    import pyarrow

    is_list = (
        pyarrow.types.is_list(kind)
        or pyarrow.types.is_large_list(kind)
        or pyarrow.types.is_fixed_size_list(kind)
    )
    if not is_list or not pyarrow.types.is_floating(kind.value_type):
        raise ModelError(
            f"{path}: the column {VECTOR!r} holds {kind}, expected lists of float16, float32 or float64"
        )


def _format_of(kind: Any) -> str:
    return "float16" if str(kind.value_type) == "halffloat" else "float32"


def _numbers(value: object, text: str, path: Path) -> NDArray[np.float32]:
    """Return a vector of a line of JSON. Shape: (d,)."""
    try:
        numbers = np.asarray(value)
    except (ValueError, OverflowError):  # lists of several lengths
        numbers = np.zeros((), dtype=object)
    if numbers.ndim != 1 or numbers.dtype.kind not in "fiu" or not len(numbers):
        raise ModelError(f"{path}: the vector of {text!r} is no list of numbers, expected such as [0.1, 0.2]")
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def _ragged(text: str, length: int, expected: int, path: Path) -> ModelError:
    if length < 0:
        return ModelError(f"{path}: the text {text!r} has no vector; leave its row out")
    return ModelError(
        f"{path}: the vector of {text!r} has {length} numbers, expected {expected} as in the first row"
    )
