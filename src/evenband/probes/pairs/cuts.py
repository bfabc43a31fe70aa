"""Count of a probe's texts that are longer than the model's limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.probes.pairs.embedded_templates import EmbeddedTemplate
from evenband.types import Truncation


class Cuts:
    """Which labels have a text a, b, c ... that is cut, over the templates that were added."""

    def __init__(self, total: int, limit: int | None) -> None:
        """Start to count.

        Args:
            total: number of labels of the probe.
            limit: number of tokens that the model reads; ``None`` if it does not say.
        """
        self._total, self._limit = total, limit
        self._is_cut: NDArray[np.bool_] | None = None
        self._is_known = True

    def add(self, templates: Sequence[EmbeddedTemplate]) -> None:
        """Count the texts of some templates, of all labels."""
        for template in templates:
            if template.readings is None:
                self._is_known = False
                return
            is_cut = np.stack([reading.is_cut for reading in template.readings])
            self._is_cut = is_cut if self._is_cut is None else self._is_cut | is_cut

    def facts(self) -> dict[str, Any]:
        """Return the counts of a probe of which nothing is left out, as plain data of its details."""
        summary = self.summary()
        return {"truncation": None if summary is None else summary.to_dict()}

    def summary(self, undecidable: tuple[tuple[str, str], ...] = ()) -> Truncation | None:
        """Return the counts; ``None`` if the model does not tell what it reads.

        Args:
            undecidable: label and template of the cells that are left out because of the cut.
        """
        if self._is_cut is None or not self._is_known:
            return None
        return Truncation(
            limit=self._limit,
            labels=int(self._is_cut.any(axis=0).sum()),
            sides=tuple(self._is_cut.sum(axis=1).tolist()),
            total=self._total,
            undecidable=undecidable,
        )
