"""Protocols that encoders and progress displays implement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenband.types.arrays import Vectors
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
class Releasing(Protocol):
    """A list of words that lies in a file, of which only what is being read need be in memory."""

    def prefetch(self, start: int, stop: int) -> None:
        """Bring the vectors of rows ``start`` to ``stop - 1`` into memory at once, which are read next."""

    def release(self) -> None:
        """Let go of the vectors that were read; they are read again where they are wanted again."""
