"""Tables of documents in the Lance format, and its errors in one line each."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evenband.corpora.documents import DIGEST_BYTES, Document
from evenband.corpora.store_headers import HEADER_KEY, StoreHeader
from evenband.corpora.store_place import StorePlace
from evenband.errors import EvenbandError, MissingExtraError
from evenband.types import Vectors

_ANSWER = re.compile("<Code>([A-Za-z0-9]+)</Code>")
_PLACE_IN_CODE = re.compile(r",? *(at )?/[^ ]*\.rs:[0-9:]+")
"""Where in Lance's own source an error was raised, which tells a user nothing."""

_SECRET_NAME = re.compile("(AWS|AZURE|GOOGLE)_.*(KEY|SECRET|TOKEN|PASSWORD)", re.IGNORECASE)


class DocumentStoreError(EvenbandError, OSError):
    """A store cannot be read or written: it is damaged, in use, or the disk is full."""


@contextlib.contextmanager
def guarded(path: object, what: str) -> Iterator[None]:
    """Context manager: turn what Lance raises into an error of one line.

    Args:
        path: of the store, or its place.
        what: ``read`` or ``written``.
    """
    try:
        yield
    except EvenbandError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        reason = _PLACE_IN_CODE.sub("", _without_keys(" ".join(str(error).split())))
        if "No space left" in reason or "os error 28" in reason or "File too large" in reason:
            raise DocumentStoreError(
                f"no space left for the store {path}; what was embedded before is kept: free some space, "
                "then repeat the command to continue"
            ) from error
        if answered := _ANSWER.search(reason):
            raise DocumentStoreError(
                f"the store {path} cannot be {what}: the storage answered {answered[1]}; check the address, "
                "and the keys in the environment"
            ) from error
        hint = "; if it is damaged, embed the corpus into a new store" if what == "read" else ""
        raise DocumentStoreError(f"the store {path} cannot be {what}: {reason[:200]}{hint}") from error


def _without_keys(reason: str) -> str:
    """Return a message without what the environment holds of keys, which a server's answer may repeat."""
    for name, value in os.environ.items():
        if value and _SECRET_NAME.fullmatch(name):
            reason = reason.replace(value, "***")
    return reason


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


def written_fragments(
    documents: Sequence[Document], vectors: Vectors, header: StoreHeader, place: StorePlace
) -> tuple[str, ...]:
    """Write documents as files of a store that no state has yet, and return what a commit needs to add them.

    Shape: n documents, vectors (n, d) -> JSON of one or more fragments.

    Raises:
        DocumentStoreError: if they cannot be written.
    """
    table = table_of_documents(documents, vectors, schema_of(header))
    fragment = import_lance().fragment
    with guarded(place, "written"):
        written = fragment.write_fragments(
            table, place.table, schema=table.schema, mode="append", storage_options=place.options
        )
    return tuple(json.dumps(one.to_json()) for one in written)


def committed(fragments: Sequence[str], version: int, place: StorePlace) -> Any:
    """Add fragments to a store in one commit, and return the table.

    Args:
        fragments: JSON of each.
        version: that the store had when the batch was read.
        place: of the store.
    """
    lance = import_lance()
    added = [lance.fragment.FragmentMetadata.from_json(one) for one in fragments]
    operation = lance.LanceOperation.Append(added)
    return lance.LanceDataset.commit(
        place.table, operation, read_version=version, storage_options=place.options
    )


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
