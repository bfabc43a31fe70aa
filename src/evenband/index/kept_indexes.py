"""Indexes that are kept in files beside what they index, and built anew where that has changed."""

from __future__ import annotations

import json
from pathlib import Path

from evenband.errors import InputError
from evenband.index.approximate import ApproximateIndex, built_name
from evenband.index.document_vectors import DocumentVectors
from evenband.index.faiss_engines import import_faiss
from evenband.index.index_references import IndexReference
from evenband.storage import replace_file
from evenband.types import Similarity

KEPT_SCHEMES = ("hnsw", "ivf")
"""Schemes whose indexes are worth a file."""

KEPT_FORMAT = 1


def kept_index(
    reference: IndexReference, documents: DocumentVectors, similarity: Similarity, folder: Path, state: str
) -> ApproximateIndex:
    """Return the index that a folder holds, or build it and write it there.

    A small file beside the index says which documents it was built from. The index is written first, so that
    it is never taken for another's.

    Args:
        reference: of an index whose scheme is one of :data:`KEPT_SCHEMES`.
        documents: what is indexed.
        similarity: what is nearer.
        folder: of the indexes.
        state: name of the documents' state.

    Raises:
        InputError: if the reference is wrong, or the index cannot be written.
        MissingExtraError: without faiss.
    """
    file = folder / f"{built_name(reference)}.faiss"
    note = file.with_suffix(".json")
    about = {"format": KEPT_FORMAT, "state": state, "similarity": similarity, "documents": len(documents)}
    if _read(note) == about and file.exists():
        try:
            engine = import_faiss().read_index(str(file))
        except RuntimeError:  # not whole: built anew
            engine = None
        if engine is not None and engine.ntotal == len(documents):
            return ApproximateIndex(reference, documents, similarity, engine)
    index = ApproximateIndex(reference, documents, similarity)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        index.write(file)
        replace_file(note, json.dumps(about).encode())
    except (OSError, RuntimeError) as error:
        file.unlink(missing_ok=True)
        raise InputError(f"the index cannot be written to {folder}: {error}; free some space") from error
    return index


def _read(note: Path) -> object:
    try:
        return json.loads(note.read_bytes())
    except (OSError, ValueError):
        return None
