"""What a probe's labels mean to the model, in few numbers: the principal components of their texts a.

Two labels that mean nearly the same to a model move together when it is trained on one of them, and how far
a change moves a label depends on what the label means. Both are needed long after the vectors are gone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from evenband.probes.pairs.embedded_templates import EmbeddedTemplate
from evenband.similarity import normalise
from evenband.stats.detection import FEWEST_LABELS_TO_CERTIFY, FEWEST_TEMPLATES

COMPONENTS = 64
"""Largest number of components that are kept: with half as many, the nearest labels are others."""


class LabelMeans:
    """Adds up the unit vectors of each label's texts a, template by template, where cells can be tested."""

    def __init__(self, labels: int, templates: int) -> None:
        self._is_needed = labels >= FEWEST_LABELS_TO_CERTIFY and templates >= FEWEST_TEMPLATES
        self._sum: NDArray[np.float64] | None = None

    def add(self, batch: Sequence[EmbeddedTemplate]) -> None:
        """Count the templates of a batch in.

        Raises:
            ModelError: if a vector is zero.
        """
        for embedded in batch if self._is_needed else ():
            unit = normalise(embedded.vectors[0])
            if self._sum is None:
                self._sum = unit
            else:
                self._sum += unit

    def components(self) -> NDArray[np.float16] | None:
        """Return the principal components of the means, scaled to length one; ``None`` where not needed.

        Shape: n labels -> (n, k), k at most 64.
        """
        if self._sum is None or not (self._sum != 0).any(axis=1).all():
            return None
        unit, self._sum = normalise(self._sum), None
        return principal_components(unit, COMPONENTS).astype(np.float16)


def principal_components(rows: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Return the coordinates of rows along the directions in which they vary most, the widest first.

    A direction's sign is chosen so that the row farthest out along it is on its positive side.

    Shape: (n, d) -> (n, k), k the smaller of ``most`` and d.
    """
    centred = rows - rows.mean(axis=0)
    d = rows.shape[1]
    first = max(0, d - most)
    _, directions = scipy.linalg.eigh(centred.T @ centred, subset_by_index=(first, d - 1))
    along = centred @ directions[:, ::-1]
    farthest = np.abs(along).argmax(axis=0)
    return np.asarray(along * np.where(along[farthest, np.arange(along.shape[1])] < 0, -1.0, 1.0))
