"""What an encoder may offer beside its vectors, as protocols to ask for with ``isinstance``.

An encoder has a capability if it has the protocol's methods and attributes; nothing is
registered. Wrappers such as the cache pass capabilities on: see :mod:`evenband.encoders.wrapping`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenband.types import Readings, Role, Similarity, Tokens, Vectors, Vocabulary

if TYPE_CHECKING:
    from evenband.types import Inspection


@runtime_checkable
class Tokenizing(Protocol):
    """An encoder that shows what a text becomes before the model sees it."""

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the tokens of each text, prompt and special tokens included."""

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the exact final text and token ids of one text."""


@runtime_checkable
class Reading(Protocol):
    """An encoder that says which texts are the same to its model, and which are longer than its limit."""

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        """Return what the model reads of each text; ``None`` if its inputs are no tokens in a row."""


@runtime_checkable
class Inspecting(Protocol):
    """An encoder whose layers can be looked at while it reads two texts."""

    def inspect(
        self,
        text_a: str,
        text_b: str,
        role: Role = Role.NONE,
        *,
        passes: int = 256,
        rng: np.random.Generator | None = None,
    ) -> Inspection:
        """Find where inside the model, and because of which tokens, two texts diverge.

        Args:
            text_a: one text.
            text_b: the other.
            role: of both.
            passes: texts that may go through the model to attribute the difference to tokens.
            rng: draws orders of tokens where not all can be tried; fixed ones if not given.

        Raises:
            ModelError: if the model cannot be inspected or fails.
        """


@runtime_checkable
class Recomputing(Protocol):
    """An encoder with a second way to its vectors; the two differ by numerical noise only."""

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors along the second way.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: as ``encode``.
        """


@runtime_checkable
class SelfChecking(Protocol):
    """An encoder that compared its own computation with its model library's when it was loaded."""

    def largest_difference(self) -> float | None:
        """Return the largest difference in a component of a unit vector, on a few sample texts.

        ``None`` if the model library itself computes the vectors, so that nothing was compared.
        """


@runtime_checkable
class Batching(Protocol):
    """An encoder that knows how many texts it should be given at a time."""

    @property
    def slice_size(self) -> int:
        """Number of texts per call, 1 or more: what a killed run can lose."""


@runtime_checkable
class Piecewise(Protocol):
    """An encoder whose vectors arrive one after another, such as answers of a server that are paid for."""

    def encode_pieces(
        self, texts: Sequence[str], keep: Callable[[Sequence[int], Vectors], None], role: Role = Role.NONE
    ) -> None:
        """Compute the vectors of the texts, and hand them over as they arrive, in any order.

        Args:
            texts: to embed.
            keep: called with rows of the texts and their vectors, until every row had its turn.
            role: of all texts.

        Raises:
            ModelError: as ``encode``, after everything that did arrive was handed over.
        """


@runtime_checkable
class Versioned(Protocol):
    """An encoder whose vectors depend on the versions of libraries, which its spec does not hold."""

    @property
    def libraries(self) -> Mapping[str, str]:
        """Version of each library, by its name; part of the cache key."""


@runtime_checkable
class Comparing(Protocol):
    """An encoder whose model names the similarity that it was made for, whether or not it matters here."""

    @property
    def declared_similarity(self) -> Similarity:
        """Similarity that the model's configuration names; unlike its spec's, also of unit vectors."""


@runtime_checkable
class Stored(Protocol):
    """An encoder whose vectors were computed elsewhere and are only looked up here.

    Embedding a text again tells nothing of how exact they are, so that the noise floor is not known.
    """

    def stored_in(self) -> str:
        """Return where the vectors come from, such as the name of a file."""


@runtime_checkable
class Listing(Protocol):
    """An encoder that has a list of words with a vector for each, which word arithmetic can search."""

    def vocabulary(self) -> Vocabulary:
        """Return the list."""


@runtime_checkable
class Covering(Protocol):
    """An encoder that has no vector for some texts, such as words that a file of word vectors lacks.

    Its ``encode`` is asked for covered texts only, and raises a ModelError for any other.
    """

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Say which texts have a vector.

        Shape: n texts -> (n,).
        """
