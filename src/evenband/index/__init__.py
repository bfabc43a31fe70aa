"""Indexes by reference, ``build("exact", vectors)``: arrangements of vectors that find the nearest.

A reference is ``scheme:argument?option=value``. Each scheme is a module here; an index library is imported
when an index is built with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evenband.index.document_vectors import DocumentVectors, wrapped
from evenband.index.exact import ExactIndex
from evenband.index.index_references import IndexReference, parse_index
from evenband.index.kept_indexes import KEPT_SCHEMES, kept_index
from evenband.registry import Registry
from evenband.types import Index, Similarity, Vectors

__all__ = [
    "CHECKS",
    "FACTORIES",
    "DocumentVectors",
    "ExactIndex",
    "IndexReference",
    "build",
    "check_index",
    "open_index",
    "parse_index",
]

FACTORIES: Registry[Index] = Registry(
    "index",
    {
        "exact": "evenband.index.exhaustive:build",
        "hnsw": "evenband.index.approximate:build",
        "ivf": "evenband.index.approximate:build",
    },
    group="evenband.indexes",
)
"""Factories ``(IndexReference, DocumentVectors, Similarity) -> Index`` by scheme."""

CHECKS: Registry[None] = Registry(
    "index check",
    {
        "exact": "evenband.index.exhaustive:check",
        "hnsw": "evenband.index.approximate:check",
        "ivf": "evenband.index.approximate:check",
    },
    group="evenband.index_checks",
)
"""Functions ``(IndexReference, Similarity)`` by scheme that refuse a reference before there are vectors."""

EXAMPLES = {
    "exact": "every document is compared with every query",
    "exact?quantize=int8": "a byte per number; also quantize=binary, dim=N; rescore=N scores again",
    "ivf:1024?probes=32": "clusters, of which the nearest are searched (faiss)",
    "ivf:1024?pq=96&rescore=10": "the same, with vectors as 96 bytes; candidates are scored again",
    "hnsw:16?ef=64": "a graph of near vectors (faiss); also construction=N",
}
"""References that work, and what each is."""


def check_index(ref: str, similarity: Similarity = "cosine") -> None:
    """Refuse an index that cannot be built, as far as that can be known without vectors.

    Args:
        ref: such as ``ivf:256?probes=4``.
        similarity: what is nearer.

    Raises:
        UnknownReferenceError: listing the schemes that exist, with the nearest name.
        InputError: if an option or its value does not exist, or the index does not know the similarity.
        MissingExtraError: if the index's library is not installed.
    """
    reference = parse_index(ref)
    FACTORIES.get(reference.scheme)
    if reference.scheme in CHECKS:
        CHECKS.get(reference.scheme)(reference, similarity)


def build(
    ref: str, vectors: Vectors | Sequence[Vectors] | DocumentVectors, similarity: Similarity = "cosine"
) -> Index:
    """Build the index that a reference names.

    Args:
        ref: such as ``exact``.
        vectors: of the documents, shape (n, d), in one or several arrays; they may be memory-mapped.
        similarity: what is nearer.

    Raises:
        UnknownReferenceError: listing the schemes that exist, with the nearest name.
        InputError: if the reference is malformed, or the vectors are no matrices of equal width.
        MissingExtraError: if the index's library is not installed.
    """
    reference = parse_index(ref)
    factory = FACTORIES.get(reference.scheme)
    return factory(reference, wrapped(vectors), similarity)


def open_index(
    ref: str, documents: DocumentVectors, similarity: Similarity, folder: Path, state: str
) -> Index:
    """Return the index of a reference, read from a folder if it is there, and else built and written to it.

    Args:
        ref: such as ``ivf:1024``.
        documents: what is indexed.
        similarity: what is nearer.
        folder: of the indexes.
        state: name of the documents' state; an index of another state is built anew.

    Raises:
        EvenbandError: as :func:`build`.
    """
    reference = parse_index(ref)
    if reference.scheme not in KEPT_SCHEMES or not len(documents):
        return build(ref, documents, similarity)
    return kept_index(reference, documents, similarity, folder, state)
