"""Tables of documents in the Lance format, and its errors in one line each."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evenband.corpora.documents import DIGEST_BYTES, Document
from evenband.corpora.store_headers import HEADER_KEY, StoreHeader
from evenband.errors import EvenbandError, InputError, MissingExtraError
from evenband.types import Vectors

_STORAGE_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


class DocumentStoreError(EvenbandError, OSError):
    """A store cannot be read or written: it is damaged, in use, or the disk is full."""


@contextlib.contextmanager
def guarded(path: Path, what: str) -> Iterator[None]:
    """Context manager: turn what Lance raises into an error of one line.

    Args:
        path: of the store.
        what: ``read`` or ``written``.
    """
    try:
        yield
    except EvenbandError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        if "No space left" in reason or "os error 28" in reason or "File too large" in reason:
            raise DocumentStoreError(
                f"no space left for the store {path}; what was embedded before is kept: free some space, "
                "then repeat the command to continue"
            ) from error
        hint = "; if it is damaged, embed the corpus into a new store" if what == "read" else ""
        raise DocumentStoreError(f"the store {path} cannot be {what}: {reason[:200]}{hint}") from error


def check_local(path: Path) -> None:
    """Refuse an address of object storage, which would otherwise be taken for a folder's name.

    Raises:
        InputError: if it is one.
    """
    if _STORAGE_ADDRESS.match(str(path)):
        raise InputError(f"the store {str(path)!r} is an address, expected a folder on this machine")


def schema_of(header: StoreHeader) -> Any:
    """Return the Arrow schema of a store's table."""
    import pyarrow as pa

    fields = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("columns", pa.string(), nullable=False),
        pa.field("digest", pa.binary(DIGEST_BYTES), nullable=False),
        pa.field("vector", pa.list_(pa.float32(), header.model.dim), nullable=False),
    ]
    return pa.schema(fields, metadata={HEADER_KEY: header.to_json()})


def table_of_documents(documents: Sequence[Document], vectors: Vectors, schema: Any) -> Any:
    """Return documents with their vectors, shape (n, d), as an Arrow table."""
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
    arrays = [
        pa.array([one.id for one in documents], pa.string()),
        pa.array([one.text for one in documents], pa.string()),
        pa.array([one.columns for one in documents], pa.string()),
        pa.array([one.digest for one in documents], pa.binary(DIGEST_BYTES)),
        pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def matrix_of(column: Any, dim: int) -> Vectors:
    """Return a column of vectors as a matrix. Shape: -> (n, d)."""
    flat: Vectors = column.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, dim)


def sql_text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def import_lance() -> Any:
    """Import Lance.

    Raises:
        MissingExtraError: without it.
    """
    try:
        import lance
    except ImportError:
        raise MissingExtraError("Stores of documents", "search") from None
    return lance
