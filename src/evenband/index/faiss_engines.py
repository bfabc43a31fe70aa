"""Indexes of faiss, built: clusters with their lists, codes, and graphs."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenband.errors import InputError, MissingExtraError
from evenband.index.clusters import POINTS_PER_CENTRE, find_centres, nearest_centres
from evenband.index.document_vectors import DocumentVectors
from evenband.index.index_references import IndexReference
from evenband.types import Similarity, Vectors

LINKS, CONSTRUCTION = 16, 100
"""Usual numbers of a graph: links of a vector, and vectors looked at to find them."""

FEWEST_TO_LEARN = 256
"""Documents below which codes cannot be learned: a byte has that many values."""

ENGINE_ROWS = 16_384
"""Documents that are added at a time."""

ENGINE_SEED = 0
"""Seed of the clusters, so that the same vectors give the same index."""


def build_engine(reference: IndexReference, documents: DocumentVectors, similarity: Similarity) -> Any:
    """Build faiss's index for a reference ``ivf`` or ``hnsw``.

    Raises:
        InputError: if its options do not fit the documents.
        MissingExtraError: without faiss.
    """
    faiss = import_faiss()
    metric = faiss.METRIC_L2 if similarity == "euclidean" else faiss.METRIC_INNER_PRODUCT
    dim = min(reference.integer("dim", documents.dim), documents.dim)
    if reference.scheme == "hnsw":
        engine = faiss.IndexHNSWFlat(dim, reference.argument_integer(LINKS), metric)
        engine.hnsw.efConstruction = reference.integer("construction", CONSTRUCTION)
        for _, block in documents.blocks(ENGINE_ROWS):
            engine.add(as_indexed(block, dim, similarity))
        return engine
    return _build_lists(faiss, reference, documents, similarity, metric, dim)


def as_indexed(vectors: Vectors, dim: int, similarity: Similarity) -> Vectors:
    """Return vectors as they are indexed: truncated, and of length one where cosines are compared.

    Shape: (n, d) -> (n, dim).
    """
    reduced = np.ascontiguousarray(vectors[:, :dim])
    if similarity == "cosine":
        lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
        reduced = np.asarray(reduced / np.where(lengths == 0, 1, lengths), dtype=np.float32)
    return reduced


def _build_lists(
    faiss: Any,
    reference: IndexReference,
    documents: DocumentVectors,
    similarity: Similarity,
    metric: int,
    dim: int,
) -> Any:
    n = len(documents)
    count = min(reference.argument_integer(default_lists(n)), max(n, 1))
    rng = np.random.default_rng(ENGINE_SEED)
    rows = np.sort(rng.choice(n, min(n, count * POINTS_PER_CENTRE), replace=False))
    sample = as_indexed(documents.take(rows), dim, similarity)
    centres = find_centres(sample, count, rng, directions=similarity == "cosine")
    quantizer = faiss.IndexFlat(dim, metric)
    quantizer.add(centres)
    if "pq" in reference.options:
        engine = _learn_codes(faiss, reference, quantizer, count, metric, sample)
    else:
        engine = faiss.IndexIVFFlat(quantizer, dim, count, metric)
        engine.is_trained = True
    engine.own_fields = True
    quantizer.this.disown()
    for start, block in documents.blocks(ENGINE_ROWS):
        vectors = as_indexed(block, dim, similarity)
        owners = nearest_centres(vectors, centres, 1, products=similarity == "dot")[:, 0]
        ids = np.arange(start, start + len(block))
        pointers = [faiss.swig_ptr(array) for array in (vectors, ids, owners)]
        engine.add_core(len(block), *pointers)
    return engine


def _learn_codes(
    faiss: Any, reference: IndexReference, quantizer: Any, count: int, metric: int, sample: Vectors
) -> Any:
    """Return an empty index whose codes of some bytes are learned from a sample."""
    size, dim = reference.integer("pq", 1), sample.shape[1]
    if dim % size:
        raise InputError(
            f"index {reference.text!r}: got pq={size}, expected a divisor of the {dim} numbers of a vector"
        )
    if len(sample) < FEWEST_TO_LEARN:
        raise InputError(
            f"index {reference.text!r}: pq learns from {FEWEST_TO_LEARN} documents or more, got "
            f"{len(sample):,}; use ivf without pq, or exact"
        )
    engine = faiss.IndexIVFPQ(quantizer, dim, count, size, 8, metric)
    engine.pq.cp.niter = 10
    engine.pq.cp.max_points_per_centroid = 64
    engine.train(sample)
    return engine


def default_lists(n: int) -> int:
    """Return the number of clusters for n documents: about four times the root, a power of two."""
    if n < 1024:
        return max(1, n // 64)
    return int(2 ** np.clip(np.round(np.log2(4 * n**0.5)), 0, 16))


def import_faiss() -> Any:
    """Import faiss.

    Raises:
        MissingExtraError: without it.
    """
    try:
        import faiss
    except ImportError:
        raise MissingExtraError("Approximate search", "search") from None
    return faiss
