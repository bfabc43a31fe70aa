"""Labels and templates that can be measured where an encoder lacks vectors for some texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenband.errors import MissingVectorsError
from evenband.probes.pairs.embedded_templates import EmbeddedTemplate


@dataclass(frozen=True)
class Covered:
    """The part of a probe of which every text has a vector, and what is missing.

    Attributes:
        rows: the labels that can be measured, increasing.
        columns: the templates that can be measured, increasing.
        missing: label and first text without a vector, for each cell that lacks one.
    """

    rows: list[int]
    columns: list[int]
    missing: tuple[tuple[str, str], ...]


def find_covered(
    templates: Sequence[EmbeddedTemplate], labels: Sequence[str], probe: str, model: str
) -> Covered:
    """Choose the templates to keep, then the labels that have all their vectors in these.

    A template is kept if more than half of the labels with any vectors have theirs in it. If none is, all
    templates are kept.

    Args:
        templates: all templates of the probe, embedded.
        labels: n labels.
        probe: name of the probe, for the error.
        model: reference of the model, for the error.

    Raises:
        MissingVectorsError: if no label has a vector for all its texts.
    """
    present = np.stack([template.present for template in templates], axis=1)
    n_covered = present.any(axis=1).sum()
    is_kept = 2 * present.sum(axis=0) > n_covered
    is_kept |= not is_kept.any()
    missing = tuple(
        (labels[row], template.missing_text(row))
        for template in templates
        for row in np.flatnonzero(~template.present).tolist()
    )
    rows = np.flatnonzero(present[:, is_kept].all(axis=1)).tolist()
    if not rows:
        raise MissingVectorsError(
            f"probe {probe!r}: {model} has no vector for {len(missing):,} of its texts, "
            f"such as {missing[0][1]!r}, so that no label can be measured"
        )
    return Covered(rows, np.flatnonzero(is_kept).tolist(), missing)
