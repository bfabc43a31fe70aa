"""Protocols that encoders and progress displays implement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenband.types.arrays import Scores, Vectors
from evenband.types.rankings import Ranking
from evenband.types.specs import ModelSpec, Role


class Progress(Protocol):
    """A display of how far a long job is, such as a bar in a terminal."""

    def start(self, what: str, total: int) -> None:
        """Begin a job of ``total`` items."""

    def advance(self, items: int) -> None:
        """Count so many more items as done."""

    def finish(self) -> None:
        """End the job."""


@runtime_checkable
class Encoder(Protocol):
    """A model that turns texts into vectors; ``spec`` holds everything that decides them.

    Further abilities of an encoder are protocols of their own, in ``evenband.encoders.capabilities``.
    """

    @property
    def spec(self) -> ModelSpec:
        """Identity of the vectors: everything that changes them."""

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order.

        Shape: n texts -> (n, d) float32, C-contiguous, finite; (0, d) for none.

        Raises:
            ModelError: if the model fails or returns anything else.
        """


@runtime_checkable
class Reranker(Protocol):
    """A model that reads a query and a document together and says how well the document answers the query.

    It has no vectors, so no text has a distance from another: only scores of one query can be put in order.
    """

    @property
    def spec(self) -> ModelSpec:
        """Identity of the scores: everything that changes them; its similarity is ``relevance``."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        """Score pairs of a query and a document, in input order; higher is better.

        Shape: n pairs -> (n,) float64, finite; (0,) for none.

        Raises:
            ModelError: if the model fails or returns anything else.
        """


Auditable: TypeAlias = Encoder | Reranker
"""Whatever can be measured on minimal pairs."""


class Vocabulary(Protocol):
    """A list of n words and a vector for each, in the order of the list."""

    @property
    def words(self) -> Sequence[str]:
        """The words, all different."""

    @property
    def vectors(self) -> Vectors:
        """Their vectors, of any length. Shape: (n, d)."""

    @property
    def norms(self) -> NDArray[np.float32]:
        """Length of each vector. Shape: (n,)."""

    def row(self, word: str) -> int | None:
        """Return the row of a word, exactly as it is written; ``None`` if the list lacks it."""


@runtime_checkable
class Index(Protocol):
    """n documents' vectors, arranged so that the nearest to a query are found."""

    def __len__(self) -> int:
        """Return the number of documents."""

    @property
    def nbytes(self) -> int:
        """Bytes that a search works on: vectors or codes, lists, links; vectors to score candidates with."""

    def search(self, queries: Vectors, k: int, within: NDArray[np.bool_] | None = None) -> Ranking:
        """Find the k nearest documents of each query.

        Shape: queries (q, d) -> ranking (q, k).

        Args:
            queries: vectors of the same model as the documents'.
            k: number of documents to find, 1 or more.
            within: which documents may be found, shape (n,); all if not given.

        Raises:
            InputError: if k is below 1, or a shape does not fit.
            ModelError: if a query has no direction although cosines are compared.
        """


@runtime_checkable
class Rescoring(Protocol):
    """An index that scores its candidates again with the whole vectors, beside what it searches."""

    @property
    def rescored_nbytes(self) -> int:
        """Bytes of :attr:`Index.nbytes` that only candidates are read of, and that may lie on disk."""


@runtime_checkable
class Releasing(Protocol):
    """A list of words that lies in a file, of which only what is being read need be in memory."""

    def prefetch(self, start: int, stop: int) -> None:
        """Bring the vectors of rows ``start`` to ``stop - 1`` into memory at once, which are read next."""

    def release(self) -> None:
        """Let go of the vectors that were read; they are read again where they are wanted again."""
