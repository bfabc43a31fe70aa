"""Indexes that are kept in files beside what they index, and built anew where that has changed."""

from __future__ import annotations

import logging
from pathlib import Path

from evenband.digests import digest_of
from evenband.index.approximate import ApproximateIndex, built_name
from evenband.index.document_vectors import DocumentVectors
from evenband.index.faiss_engines import import_faiss
from evenband.index.index_references import IndexReference
from evenband.storage import scratch_folder
from evenband.types import Similarity

logger = logging.getLogger(__name__)

KEPT_SCHEMES = ("hnsw", "ivf")
"""Schemes whose indexes are worth a file."""

KEPT_FORMAT = 2
STATE_DIGITS = 16


def kept_index(
    reference: IndexReference, documents: DocumentVectors, similarity: Similarity, folder: Path, state: str
) -> ApproximateIndex:
    """Return the index that a folder holds, or build it and write it there.

    The name of the file says what it was built from, so an index is never taken for another's. What another
    state or another version of faiss left is removed. A folder that cannot be written is no hindrance: the
    index is built, and a warning says that it is not kept.

    Args:
        reference: of an index whose scheme is one of :data:`KEPT_SCHEMES`.
        documents: what is indexed.
        similarity: what is nearer.
        folder: of the indexes.
        state: name of the documents' state.

    Raises:
        InputError: if the reference is wrong.
        MissingExtraError: without faiss.
    """
    name, faiss = built_name(reference), import_faiss()
    about = [KEPT_FORMAT, state, similarity, len(documents), faiss.__version__]
    file = folder / f"{name}-{digest_of(about)[:STATE_DIGITS]}.faiss"
    if file.exists():
        try:
            engine = faiss.read_index(str(file))
        except RuntimeError:  # not whole: built anew
            engine = None
        if engine is not None and engine.ntotal == len(documents):
            return ApproximateIndex(reference, documents, similarity, engine)
    index = ApproximateIndex(reference, documents, similarity)
    try:
        with scratch_folder(folder) as scratch:
            index.write(scratch / file.name)
            (scratch / file.name).replace(file)
        for old in folder.glob(f"{name}[-.]*"):
            if old != file:
                old.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        logger.warning("the index %s is not kept in %s: %s", reference.text, folder, reason)
    return index
