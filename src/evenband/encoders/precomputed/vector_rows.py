"""Texts with their vectors, as files hold them, checked: one text one vector, finite, none of them ragged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.errors import ModelError
from evenband.types import Role, Vectors
from evenband.wording import counted

ROWS_PER_STEP = 65_536
"""Rows that are converted or checked at a time."""

KNOWN_ROLES = ", ".join(role.value for role in Role)


@dataclass(frozen=True)
class VectorRows:
    """What a file holds, unchecked.

    Attributes:
        texts: n texts.
        roles: of the texts, n; ``None`` if the file says nothing of roles, so that its vectors are for all.
        vectors: of float16, float32 or float64. Shape: (n, d).
        dtype: number format that the values had in the file, such as ``bfloat16``.
        model: name of the model that made them, as the file says; empty if it does not.
    """

    texts: Sequence[str]
    roles: Sequence[Role] | None
    vectors: NDArray[Any]
    dtype: str = "float32"
    model: str = ""


@dataclass(frozen=True)
class VectorTable:
    """Texts that are looked up, and their vectors.

    Attributes:
        rows: row of each text, by role; by ``None`` where the vectors are for all roles.
        vectors: read-only, finite. Shape: (n, d) float32.
        dtype: as in :class:`VectorRows`.
        model: likewise.
    """

    rows: Mapping[Role | None, Mapping[str, int]]
    vectors: Vectors
    dtype: str
    model: str

    def of_role(self, role: Role) -> Mapping[str, int]:
        """Return the row of every text that has a vector in a role."""
        return self.rows.get(None if None in self.rows else role, {})


def build_table(content: VectorRows, path: Path) -> VectorTable:
    """Check what a file holds, and index it.

    Raises:
        ModelError: if there is nothing, a number is not finite, or a text has two vectors.
    """
    if content.vectors.ndim != 2 or 0 in content.vectors.shape:
        raise ModelError(
            f"{path}: got vectors of shape {content.vectors.shape}, expected (texts, dimensions), "
            "one or more of each"
        )
    if len(content.texts) != len(content.vectors):
        raise ModelError(
            f"{path}: got {counted(len(content.vectors), 'vector')} for "
            f"{counted(len(content.texts), 'text')}, expected one for each, in the same order"
        )
    vectors = _as_float32(content.vectors)
    _check_finite(vectors, content.texts, path)
    return VectorTable(_index(content, vectors, path), vectors, content.dtype, content.model)


def role_named(name: object, path: Path, row: int) -> Role:
    """Return the role of a row; none where the file has no value.

    Raises:
        ModelError: if there is no such role.
    """
    if name is None or name == "":
        return Role.NONE
    if isinstance(name, str) and name in tuple(Role):
        return Role(name)
    raise ModelError(f"{path}: got the role {name!r} in row {row + 1}, expected one of {KNOWN_ROLES}")


def text_of(value: object, path: Path, row: int) -> str:
    """Return the text of a row.

    Raises:
        ModelError: if it is something else.
    """
    if isinstance(value, str):
        return value
    raise ModelError(f"{path}: got {_short(value)} in row {row + 1}, expected a text")


def _as_float32(vectors: NDArray[Any]) -> Vectors:
    """Return the vectors in float32; those that are stay where they are, mapped or not."""
    if vectors.dtype == np.dtype("<f4") and vectors.flags.c_contiguous:
        return vectors
    converted = np.empty(vectors.shape, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(vectors), ROWS_PER_STEP):
            converted[start : start + ROWS_PER_STEP] = vectors[start : start + ROWS_PER_STEP]
    return converted


def _check_finite(vectors: Vectors, texts: Sequence[str], path: Path) -> None:
    for start in range(0, len(vectors), ROWS_PER_STEP):
        is_finite = np.isfinite(vectors[start : start + ROWS_PER_STEP]).all(axis=1)
        if not is_finite.all():
            text = texts[start + int(np.argmin(is_finite))]
            raise ModelError(
                f"{path}: the vector of {_short(text)} holds NaN, infinity or a number beyond float32, "
                "expected finite numbers"
            )


def _index(content: VectorRows, vectors: Vectors, path: Path) -> dict[Role | None, dict[str, int]]:
    """Return the row of every text by role; a text that is repeated with the same vector counts once."""
    rows: dict[Role | None, dict[str, int]] = {}
    for row, text in enumerate(content.texts):
        role = None if content.roles is None else content.roles[row]
        first = rows.setdefault(role, {}).setdefault(text, row)
        if first != row and not np.array_equal(vectors[first], vectors[row]):
            where = "" if role is None else f" in the role {role.value}"
            raise ModelError(
                f"{path}: the text {_short(text)} has two different vectors{where}, in rows {first + 1} and "
                f"{row + 1}; expected one"
            )
    return rows


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
