"""Texts of one template that a model cannot tell apart, and texts that it does not read to the end.

Two labels with the same text, or with texts that the model reads as the same tokens, are twins: a model
cannot prefer one to the other. Two texts of one label that differ only behind the model's limit say nothing
of the change between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evenband.encoders import Reading
from evenband.probes.pairs.templates import Template, gaps
from evenband.stats.duplicates import find_duplicates
from evenband.stats.groups import Groups, group, join
from evenband.types import Encoder, Readings, Role, Scores, Vectors

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Twins:
    """The texts of n labels in one template, k each, as a model reads them.

    Attributes:
        same_a: labels whose text a is the same to the model.
        same_b: likewise for text b.
        clusters: labels that share a text a or b which has a gap, so that they are one draw. A text without
            a gap is the same for all labels by design.
        b_varies: whether text b has a gap.
    """

    same_a: Groups
    same_b: Groups
    clusters: Groups
    b_varies: bool = True

    def tables(self) -> dict[str, Scores]:
        """Return the first label of each label's twins, by text, and of its cluster. Shape: (n,) each."""
        return {
            "twin_of": self.same_a.first[self.same_a.of].astype(np.float64),
            "twin_of_b": self._first_of_b().astype(np.float64),
            "drawn_with": self.clusters.first[self.clusters.of].astype(np.float64),
        }

    def _first_of_b(self) -> NDArray[np.intp]:
        """Return the first label with the same text b where texts a differ; else the label's own row."""
        of_a, of_b = self.same_a.of, self.same_b.of
        kinds = np.unique(np.stack([of_b, of_a], axis=1), axis=0)[:, 0]
        differ = (np.bincount(kinds, minlength=len(self.same_b)) > 1) & self.b_varies
        return np.where(differ[of_b], self.same_b.first[of_b], np.arange(len(of_b)))


def read_texts(
    encoder: Encoder, texts: Sequence[list[str]], role: Callable[[int], Role]
) -> tuple[Readings, ...] | None:
    """Return what the encoder's model reads of texts a, b ...; ``None`` if it does not tell.

    Args:
        encoder: uncached, so that nothing depends on what a cache holds.
        texts: k times n strings.
        role: of each text, 0 for text a.
    """
    if not isinstance(encoder, Reading):
        return None
    readings = [encoder.read(filled, role(side)) for side, filled in enumerate(texts)]
    known = tuple(one for one in readings if one is not None)
    return known if len(known) == len(readings) else None


def find_twins(
    template: Template,
    texts: Sequence[list[str]],
    vectors: Sequence[Vectors],
    readings: Sequence[Readings] | None,
) -> Twins:
    """Find labels with the same text a or b, by the tokens; by text and vector if the tokens are not known.

    Args:
        template: with its gaps.
        texts: k times n strings.
        vectors: their vectors. Shape: (n, d) each.
        readings: of each of the k texts.

    Raises:
        ModelError: if a vector is zero.
    """
    sides = []
    for side in (0, 1):
        n = len(texts[side])
        if readings is None:
            number = {text: row for row, text in enumerate(texts[side])}
            codes = [number[text] for text in texts[side]]
            sides.append(join(n, [codes, find_duplicates(vectors[side]).of]))
        else:
            sides.append(group(n, readings[side].keys))
    drawn = [same.of for same, text in zip(sides, template.texts, strict=False) if gaps(text)]
    return Twins(sides[0], sides[1], join(len(texts[0]), drawn), bool(gaps(template.texts[1])))


def find_undecidable(n: int, readings: Sequence[Readings] | None) -> Mask:
    """Say which labels have two texts to compare that are the same to the model only because of the cut.

    Texts a and b are compared with each other and with all others; two paraphrases are not. Texts that would
    be the same tokens without the cut, too, show what the model cannot see, which is a result.

    Shape: -> (n,).

    Args:
        n: number of labels.
        readings: of texts a, b ...; ``None`` if they are not known.
    """
    undecidable = np.zeros(n, dtype=np.bool_)
    known = readings or ()
    for first, second in [(i, j) for i, j in combinations(range(len(known)), 2) if i < 2]:
        left, right = known[first], known[second]
        undecidable |= (left.keys == right.keys) & (left.whole != right.whole)
    return undecidable
