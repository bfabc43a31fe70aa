"""Vectors of the texts that a repair is learned from, and the pass rates that a map would give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenband import slots
from evenband.probes import MinimalPairs
from evenband.randomness import named_stream
from evenband.stats.linear_repair import Matrix, mapped
from evenband.stats.ordering import passes
from evenband.types import Encoder, ProbeType, Role

Rows: TypeAlias = NDArray[np.intp]

TIE = 1e-9
"""Difference of two cosines of float64 that is rounding."""

GLOSS_TABLES = ("table:gloss-everyday", "table:gloss-legal", "table:gloss-medical")
"""Shipped tables of terms with their definitions."""

GUARD_DEPTH = 10
"""Depth at which the guard's definitions must find their terms."""


@dataclass(frozen=True)
class FamilyVectors:
    """The vectors of one family's learned texts.

    Attributes:
        name: of the family.
        type: INV, DIFF or ORDER.
        templates: for each sentence the unit vectors of its texts a, b ...; (n, d) each, float64.
    """

    name: str
    type: ProbeType
    templates: tuple[tuple[Matrix, ...], ...]

    def halves(self) -> tuple[FamilyVectors, FamilyVectors]:
        """Return two parts without a label in common, nor a sentence if there are two or more.

        The first is learned from while the strength is chosen, which the second decides.
        """
        count = len(self.templates)
        middle = (count + 1) // 2
        labels = len(self.templates[0][0]) // 2
        first = tuple(tuple(one[:labels] for one in texts) for texts in self.templates[:middle])
        last = self.templates[middle:] or self.templates
        second = tuple(tuple(one[labels:] for one in texts) for texts in last)
        return replace(self, templates=first), replace(self, templates=second)

    @property
    def displacements(self) -> Matrix:
        """From each text b to its text a. Shape: (n x t, d)."""
        return np.concatenate([texts[0] - texts[1] for texts in self.templates])

    @property
    def rewordings(self) -> Matrix:
        """From each paraphrase to its text a; of INV, the displacements. Shape: (m, d)."""
        if self.type == "INV":
            return self.displacements
        return np.concatenate([texts[0] - one for texts in self.templates for one in texts[2:]])

    @property
    def between_labels(self) -> Matrix:
        """Differences between two labels in one sentence, each label taken once. Shape: (n x t, d)."""
        return np.concatenate([texts[0] - np.roll(texts[0], 1, axis=0) for texts in self.templates])

    def displacement(self, matrix: Matrix | None = None) -> float:
        """Return the mean squared displacement relative to that between two labels, under a map."""
        far = near = 0.0
        for texts in self.templates:
            first, second, *others = (one if matrix is None else mapped(one, matrix) for one in texts)
            moved = [second] if self.type == "INV" else others
            near += float(np.mean([np.mean((first - one) ** 2) for one in moved]))
            far += float(np.mean((first - np.roll(first, 1, axis=0)) ** 2))
        return near / far if far else 0.0

    def passing(self, matrix: Matrix | None = None) -> Matrix:
        """Return which cells behave as the type demands, under a map. Shape: -> (n, t) in [0, 1]."""
        return np.stack([_passing(self.type, texts, matrix) for texts in self.templates], axis=1)


@dataclass(frozen=True)
class GuardVectors:
    """Definitions and the terms they define: a small search that every repair must leave as it is.

    Attributes:
        queries: vectors of n definitions. Shape: (n, d).
        documents: vectors of their terms, in the same order. Shape: (n, d).
    """

    queries: Matrix
    documents: Matrix

    @property
    def unrelated(self) -> Matrix:
        """Differences between unrelated texts, of every second definition and term. Shape: (m, d)."""
        texts = np.concatenate([self.queries[::2], self.documents[::2]])
        return np.asarray(texts - np.roll(texts, 1, axis=0))

    def recall(self, matrix: Matrix | None = None) -> float:
        """Return the share of the other definitions that find their term among the first ten of all."""
        scores = self._scores(matrix)
        nearer = (scores > np.diag(scores)[:, None] + TIE).sum(axis=1)
        return float(np.mean(nearer[1::2] < GUARD_DEPTH))

    def nearest(self, matrix: Matrix | None = None) -> Rows:
        """Return the rows of the other definitions' ten nearest terms, in no order. Shape: -> (m, 10)."""
        return np.argpartition(-self._scores(matrix)[1::2], GUARD_DEPTH - 1, axis=1)[:, :GUARD_DEPTH]

    def _scores(self, matrix: Matrix | None) -> Matrix:
        """Return the cosine of each definition and each term. Shape: -> (n, n)."""
        queries, documents = (
            one if matrix is None else mapped(one, matrix) for one in (self.queries, self.documents)
        )
        return queries @ documents.T


def embed_family(probe: MinimalPairs, encoder: Encoder) -> FamilyVectors:
    """Embed the texts of a probe, and scale the vectors to length one.

    Raises:
        ModelError: if the encoder fails.
    """
    templates = tuple(
        tuple(
            unit_vectors(encoder, texts, probe.role(place))
            for place, texts in enumerate(probe.texts(template))
        )
        for template in probe.templates
    )
    return FamilyVectors(probe.family or probe.name, probe.type, templates)


def embed_guard(encoder: Encoder) -> GuardVectors:
    """Embed the shipped definitions and terms.

    Raises:
        ModelError: if the encoder fails.
    """
    tables = [slots.load(reference, named_stream(reference)) for reference in GLOSS_TABLES]
    glosses = [str(gloss) for table in tables for gloss in table.columns["gloss"]]
    terms = [term for table in tables for term in table.values]
    return GuardVectors(
        unit_vectors(encoder, glosses, Role.QUERY), unit_vectors(encoder, terms, Role.DOCUMENT)
    )


def unit_vectors(encoder: Encoder, texts: Sequence[str], role: Role = Role.NONE) -> Matrix:
    """Return vectors scaled to length one, in float64. Shape: n texts -> (n, d).

    Raises:
        ModelError: if the encoder fails.
    """
    vectors = encoder.encode(texts, role).astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1.0, lengths))


def _passing(type_: ProbeType, texts: Sequence[Matrix], matrix: Matrix | None) -> Matrix:
    """Return which labels of one sentence pass: INV by all other labels' text a. Shape: -> (n,)."""
    first, *others = (one if matrix is None else mapped(one, matrix) for one in texts)
    scores = [np.einsum("nd,nd->n", first, other) for other in others]
    if type_ != "INV":
        return passes(type_, scores, TIE)
    among = first @ first.T
    np.fill_diagonal(among, -np.inf)
    rival = among.max(axis=1)
    return np.where(scores[0] > rival + TIE, 1.0, np.where(scores[0] < rival - TIE, 0.0, 0.5))
