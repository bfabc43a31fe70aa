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
from evenband.registry import Registry
from evenband.types import Index, Similarity, Vectors

__all__ = [
    "REGISTRY",
    "DocumentVectors",
    "ExactIndex",
    "IndexReference",
    "build",
    "open_index",
    "parse_index",
]

REGISTRY: Registry[Index] = Registry(
    "index", {"exact": "evenband.index.exact:build"}, group="evenband.indexes"
)
"""Factories ``(IndexReference, DocumentVectors, Similarity) -> Index`` by scheme."""


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
    factory = REGISTRY.get(reference.scheme)
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
    del folder, state
    return build(ref, documents, similarity)
