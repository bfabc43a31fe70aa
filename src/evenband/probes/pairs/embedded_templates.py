"""Templates filled with every label and embedded, a few at a time so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenband.errors import RefusedTextsError
from evenband.probes.embedding import Embedded, embed
from evenband.probes.pairs.templates import Template
from evenband.probes.pairs.twins import Twins, find_twins, find_undecidable, read_texts
from evenband.types import Encoder, Readings, Role, Vectors
from evenband.types.details import LETTERS

TEXTS_PER_BATCH = 16_384
"""Largest number of texts to embed in one call; small templates are batched together up to it."""


@dataclass(frozen=True)
class EmbeddedTemplate:
    """One template, filled and embedded: n labels with k texts each.

    Attributes:
        template: with its gaps.
        texts: text a, b, c ..., n strings each.
        vectors: their vectors. Shape: (n, d) each.
        has_vector: which texts have a vector. Shape: (k, n).
        readings: what the model reads of text a, b, c ...; ``None`` if it does not tell.
    """

    template: Template
    texts: tuple[list[str], ...]
    vectors: tuple[Vectors, ...]
    has_vector: NDArray[np.bool_]
    readings: tuple[Readings, ...] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """Labels whose texts all have a vector. Shape: (n,)."""
        return np.asarray(self.has_vector.all(axis=0))

    @cached_property
    def undecidable(self) -> NDArray[np.bool_]:
        """Labels of which the model reads two texts as the same only because they are cut. Shape: (n,)."""
        return find_undecidable(len(self.texts[0]), self.readings)

    @property
    def is_complete(self) -> bool:
        """Whether all labels can be measured."""
        return bool(self.present.all() and not self.undecidable.any())

    def twins(self) -> Twins:
        """Find labels whose texts the model cannot tell apart.

        Raises:
            ModelError: if a vector is zero.
        """
        return find_twins(self.template, self.texts, self.vectors, self.readings)

    def missing_text(self, row: int) -> str:
        """Return a label's first text without a vector."""
        return self.texts[int(np.argmin(self.has_vector[:, row]))][row]


def embed_templates(
    encoder: Encoder,
    templates: Sequence[Template],
    values: Mapping[str, Sequence[str]],
    labels: Sequence[str],
    role: Callable[[int], Role],
    probe: str,
    fresh: Encoder | None = None,
) -> Iterator[list[EmbeddedTemplate]]:
    """Yield the templates with their texts and vectors, those of one call at a time.

    Args:
        encoder: may be cached.
        templates: with equally many texts each.
        values: n strings for each gap.
        labels: n labels.
        role: of each text, 0 for text a.
        probe: name of the probe, for errors.
        fresh: the same encoder uncached, which reads the texts' tokens; ``encoder`` if not given.

    Raises:
        RefusedTextsError: if the encoder cannot embed some texts, naming their labels.
        ModelError: if the encoder fails.
    """
    texts_each, n = len(templates[0].texts), len(labels)
    batch = max(1, TEXTS_PER_BATCH // (texts_each * n))
    for start in range(0, len(templates), batch):
        batched = templates[start : start + batch]
        texts = [template.fill(values) for template in batched]
        columns = [
            _embed_side(
                encoder, [text for filled in texts for text in filled[side]], role, side, labels, probe
            )
            for side in range(texts_each)
        ]
        yield [
            EmbeddedTemplate(
                template,
                texts[k],
                tuple(column.vectors[k * n : (k + 1) * n] for column in columns),
                np.stack([column.present[k * n : (k + 1) * n] for column in columns]),
                read_texts(fresh or encoder, texts[k], role),
            )
            for k, template in enumerate(batched)
        ]


def _embed_side(
    encoder: Encoder,
    texts: Sequence[str],
    role: Callable[[int], Role],
    side: int,
    labels: Sequence[str],
    probe: str,
) -> Embedded:
    """Embed text a, b ... of several templates; an error names the labels of the texts to blame."""

    def place(row: int) -> str:
        return f"text {LETTERS[side]} of label {labels[row % len(labels)]!r} in probe {probe!r}"

    try:
        return embed(encoder, texts, role(side))
    except RefusedTextsError as error:
        raise error.placed(place) from error
