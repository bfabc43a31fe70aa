"""Canary files: a few pinned texts and their vectors, as JSON or Parquet.

A Parquet canary has the columns text, role and vector, so that it can be read as precomputed vectors, too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evenband.errors import InputError
from evenband.storage import replace_file, why_not_written
from evenband.types import ModelSpec, Role, Vectors

CANARY_FORMAT = 1
"""Version of the format; fields are added, never renamed."""

CANARY_SUFFIXES = (".json", ".parquet")
"""Endings of a canary's file name."""

_PARQUET_KEY = b"evenband_canary"


@dataclass(frozen=True)
class Canary:
    """Texts whose vectors must not drift.

    Attributes:
        spec: of the model when it was saved, without secrets.
        texts: n texts.
        roles: of the texts, n.
        vectors: of the texts. Shape: (n, d) float32.
        saved: when, in ISO 8601.
        version: of evenband.
    """

    spec: ModelSpec
    texts: tuple[str, ...]
    roles: tuple[Role, ...]
    vectors: Vectors
    saved: str
    version: str

    def __post_init__(self) -> None:
        n = len(self.texts)
        if not n or len(self.roles) != n or self.vectors.shape != (n, self.spec.dim):
            raise InputError(
                f"canary: got {n} texts, {len(self.roles)} roles and vectors of shape {self.vectors.shape}, "
                f"expected one or more texts with a role and {self.spec.dim} numbers each"
            )
        if not np.isfinite(self.vectors).all() or not self.vectors.any(axis=1).all():
            raise InputError("canary: a vector is zero or holds NaN or infinity, expected finite numbers")


def write_canary(canary: Canary, path: Path) -> None:
    """Write a canary whole or not at all.

    Raises:
        InputError: if the ending of the file's name is unknown, or the file cannot be written.
    """
    check_suffix(path)
    head = {
        "format": CANARY_FORMAT,
        "evenband": canary.version,
        "saved": canary.saved,
        "spec": canary.spec.to_dict(),
    }
    content = _parquet(canary, head) if path.suffix.lower() == ".parquet" else _json(canary, head)
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(why_not_written(path, error)) from error


def read_canary(path: Path) -> Canary:
    """Read a canary.

    Raises:
        InputError: if the file is missing or damaged, is no canary, or was written by a newer version.
    """
    check_suffix(path)
    try:
        read = _read_parquet if path.suffix.lower() == ".parquet" else _read_json
        return _canary_of(*read(path))
    except OSError as error:
        raise InputError(f"cannot read the canary {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"{path} is no canary, or damaged ({reason}); expected what `evenband canary save` wrote"
        ) from error


def check_suffix(path: Path) -> None:
    """Refuse a file name with another ending than those of canaries.

    Raises:
        InputError: naming them.
    """
    if path.suffix.lower() not in CANARY_SUFFIXES:
        raise InputError(
            f"canary {str(path)!r}: got a file that ends in {path.suffix!r}, expected one of "
            f"{', '.join(CANARY_SUFFIXES)}"
        )


def _canary_of(head: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> Canary:
    if head["format"] != CANARY_FORMAT:
        raise ValueError(f"its format is {head['format']!r}, this evenband reads {CANARY_FORMAT}")
    return Canary(
        spec=ModelSpec.from_dict(head["spec"]),
        texts=tuple(str(row["text"]) for row in rows),
        roles=tuple(Role(row["role"]) for row in rows),
        vectors=np.array([row["vector"] for row in rows], dtype=np.float32),
        saved=str(head["saved"]),
        version=str(head["evenband"]),
    )


def _json(canary: Canary, head: Mapping[str, Any]) -> bytes:
    """Return JSON with a line for each text; numbers have as many digits as tell float32 apart."""
    lines = [
        json.dumps({"text": text, "role": role.value, "vector": [float(str(number)) for number in vector]})
        for text, role, vector in zip(canary.texts, canary.roles, canary.vectors, strict=True)
    ]
    body = json.dumps(head, indent=1)[:-2]
    listed = ",\n  ".join(lines)
    return f'{body},\n "texts": [\n  {listed}\n ]\n}}\n'.encode()


def _read_json(path: Path) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    return data, data["texts"]


def _parquet(canary: Canary, head: Mapping[str, Any]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    dim = canary.spec.dim
    columns = {
        "text": list(canary.texts),
        "role": [role.value for role in canary.roles],
        "vector": pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(canary.vectors.ravel()), dim),
    }
    facts = {_PARQUET_KEY: json.dumps(head).encode(), b"model": canary.spec.ref.encode()}
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns).replace_schema_metadata(facts), file)
    return file.getvalue()


def _read_parquet(path: Path) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        with path.open("rb") as opened, pyarrow.parquet.ParquetFile(opened) as file:
            table = file.read()
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error
    return json.loads((table.schema.metadata or {})[_PARQUET_KEY]), table.to_pylist()
