"""Contents that a store's model has no vector for, noted so that they are not embedded again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evenband.corpora.documents import DIGEST_BYTES, Document
from evenband.corpora.lance_tables import guarded

WITHOUT_VECTOR = "without_vector.bin"
"""File in a store's folder: the digests, one behind the other."""


def noted_without_vector(path: Path) -> set[bytes]:
    """Return the digests of contents that were noted in a store.

    Raises:
        DocumentStoreError: if the file cannot be read.
    """
    with guarded(path, "read"):
        file = path / WITHOUT_VECTOR
        noted = file.read_bytes() if file.exists() else b""
    whole = len(noted) - len(noted) % DIGEST_BYTES  # a killed process may have written half of one
    return {noted[start : start + DIGEST_BYTES] for start in range(0, whole, DIGEST_BYTES)}


def note_without_vector(path: Path, documents: Sequence[Document]) -> None:
    """Note documents that the model of a store has no vector for.

    Raises:
        DocumentStoreError: if that cannot be written.
    """
    with guarded(path, "written"), (path / WITHOUT_VECTOR).open("ab") as file:
        file.truncate(file.tell() - file.tell() % DIGEST_BYTES)
        file.write(b"".join(one.digest for one in documents))
