"""Factory of exact search, over whole vectors or smaller ones."""

from __future__ import annotations

from evenband.errors import InputError
from evenband.index.document_vectors import DocumentVectors
from evenband.index.exact import ExactIndex
from evenband.index.index_references import IndexReference
from evenband.index.reduced import FORMATS, REDUCTIONS, ReducedIndex
from evenband.types import Index, Similarity


def check(reference: IndexReference, similarity: Similarity) -> None:
    """Refuse a reference ``exact`` with an argument, or with an option or value that does not exist.

    Raises:
        InputError: naming it.
    """
    del similarity
    reference.check_options(REDUCTIONS)
    if reference.argument:
        raise InputError(f"index {reference.text!r}: exact search has no argument; expected 'exact'")
    reference.choice("quantize", FORMATS)
    for key in ("dim", "rescore"):
        reference.integer(key, 1)


def build(reference: IndexReference, documents: DocumentVectors, similarity: Similarity) -> Index:
    """Return the index of a reference ``exact``, with options that make its vectors smaller.

    Raises:
        InputError: if the reference has an argument, or an option or value that does not exist.
    """
    check(reference, similarity)
    if not reference.options:
        return ExactIndex(documents, similarity)
    return ReducedIndex(reference, documents, similarity)
