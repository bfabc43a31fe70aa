"""Labels and templates that can be measured where vectors are missing or what differs is cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenband.errors import MissingVectorsError, UndecidableError
from evenband.probes.pairs.cuts import Cuts
from evenband.probes.pairs.embedded_templates import EmbeddedTemplate
from evenband.types import ModelSpec, Truncation

Cell = tuple[str, str]


@dataclass(frozen=True)
class Covered:
    """The part of a probe that can be measured, and what is left out.

    Attributes:
        rows: the labels that can be measured, increasing.
        columns: the templates that can be measured, increasing.
        missing: label and first text without a vector, for each cell that lacks one.
        truncation: what the model does not read of all labels and templates; ``None`` if it does not tell.
    """

    rows: list[int]
    columns: list[int]
    missing: tuple[Cell, ...]
    truncation: Truncation | None


def find_covered(
    templates: Sequence[EmbeddedTemplate], labels: Sequence[str], probe: str, model: ModelSpec
) -> Covered:
    """Choose the templates to keep, then the labels that can be measured in all of these.

    A cell can be measured if all its texts have vectors and none of the differences to be compared lies
    behind the model's cut.

    Args:
        templates: all templates of the probe, embedded.
        labels: n labels.
        probe: name of the probe, for the error.
        model: identity of the model.

    Raises:
        UndecidableError: if no label can be measured, since the texts are cut.
        MissingVectorsError: if no label can be measured, since texts have no vector.
    """
    can_be_measured = np.stack([one.present & ~one.undecidable for one in templates], axis=1)
    rows, columns = choose_cells(can_be_measured)
    missing = tuple(
        (labels[row], template.missing_text(row))
        for template in templates
        for row in np.flatnonzero(~template.present).tolist()
    )
    undecidable = tuple(
        (labels[row], template.template.name)
        for template in templates
        for row in np.flatnonzero(template.present & template.undecidable).tolist()
    )
    if not rows and undecidable:
        raise UndecidableError(_cut_everywhere(undecidable, missing, len(labels), probe, model))
    if not rows:
        raise MissingVectorsError(
            f"probe {probe!r}: {model.ref} has no vector for {len(missing):,} of its texts, "
            f"such as {missing[0][1]!r}, so that no label can be measured"
        )
    cuts = Cuts(len(labels), model.max_tokens)
    cuts.add(templates)
    return Covered(rows, columns, missing, cuts.summary(undecidable))


def choose_cells(can_be_measured: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Return the labels and templates to measure: templates are dropped first, then labels.

    A template is kept if more than half of the labels with any cell that can be measured have one in it. If
    none is, all templates are kept.

    Args:
        can_be_measured: whether each of n labels can be measured in each of t templates. Shape: (n, t).
    """
    is_kept = 2 * can_be_measured.sum(axis=0) > can_be_measured.any(axis=1).sum()
    is_kept |= not is_kept.any()
    rows = np.flatnonzero(can_be_measured[:, is_kept].all(axis=1)).tolist()
    return rows, np.flatnonzero(is_kept).tolist()


def _cut_everywhere(
    undecidable: Sequence[Cell], missing: Sequence[Cell], n: int, probe: str, model: ModelSpec
) -> str:
    """Return why no label of a probe can be measured, where texts are cut."""
    count, lacking = (len({label for label, _ in cells}) for cells in (undecidable, missing))
    every = "the only label is" if n == 1 else f"all {n:,} labels are"
    labels = every if count == n else f"{count:,} of {n:,} labels are"
    where = "" if model.max_tokens is None else f" at {model.max_tokens:,} tokens"
    others = f", {lacking:,} have a text without a vector" if missing else ""
    return (
        f"probe {probe!r}: not measured: {labels} cut{where} before their texts differ{others}; "
        f"expected texts that {model.ref} reads to the end"
    )
