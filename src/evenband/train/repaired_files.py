"""Files of vectors that were embedded by an unrepaired model, corrected without embedding them again."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenband.encoders.precomputed.vector_columns import VECTOR
from evenband.errors import InputError, RunError
from evenband.storage import replace_file, why_not_written
from evenband.train.repair_folder import apply_repair
from evenband.types import Vectors

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 65_536
"""Rows that are mapped at a time."""


def repair_file(source: str | Path, folder: str | Path, target: str | Path, column: str = VECTOR) -> int:
    """Map the vectors of a file into another file, and return how many there are.

    Args:
        source: an .npy file with a matrix of vectors, or a .parquet file with a column of lists of numbers.
        folder: what ``evenband repair -o`` wrote.
        target: file to write, of the same kind; other columns of a Parquet file stay as they are.
        column: of the vectors, in a Parquet file.

    Raises:
        InputError: if the file cannot be read, or holds no vectors of the repair's model.
        RunError: if the target cannot be written.
    """
    origin, goal = Path(source).expanduser(), Path(target).expanduser()
    kinds = {".npy": _repair_array, ".parquet": _repair_table}
    if origin.suffix not in kinds or goal.suffix != origin.suffix:
        raise InputError(
            f"got {origin.name} and {goal.name}, expected two .npy files or two .parquet files of vectors"
        )
    content, count = kinds[origin.suffix](origin, Path(folder), column)
    try:
        replace_file(goal, content)
    except OSError as error:
        raise RunError(why_not_written(goal, error)) from error
    return count


def _repair_array(path: Path, folder: Path, column: str) -> tuple[bytes, int]:
    del column
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path}: cannot be read as an .npy file of vectors: {error}") from None
    buffer = BytesIO()
    np.save(buffer, _mapped(vectors, folder), allow_pickle=False)
    return buffer.getvalue(), len(vectors)


def _repair_table(path: Path, folder: Path, column: str) -> tuple[bytes, int]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet: {error}") from None
    if column not in table.column_names:
        raise InputError(f"{path}: has no column {column!r} (there are: {', '.join(table.column_names)})")
    mapped = _mapped(_matrix(table[column], path, column), folder)
    values = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(mapped.ravel()), mapped.shape[1])
    place = table.column_names.index(column)
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table.set_column(place, column, values), sink)
    return sink.getvalue().to_pybytes(), len(mapped)


def _matrix(cells: pyarrow.ChunkedArray, path: Path, column: str) -> Vectors:
    """Return a column of lists as a matrix. Shape: -> (n, d).

    Raises:
        InputError: if a cell is no list of numbers, or they differ in length.
    """
    rows = cells.to_pylist()
    try:
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), -1)
    except (TypeError, ValueError):
        raise InputError(
            f"{path}: the column {column!r} holds something else than lists of numbers of one length"
        ) from None


def _mapped(vectors: Vectors, folder: Path) -> Vectors:
    """Map vectors some rows at a time. Shape: (n, d) -> (n, d) float32."""
    starts = range(0, max(len(vectors), 1), AT_ONCE)
    return np.concatenate([apply_repair(vectors[start : start + AT_ONCE], folder) for start in starts])
