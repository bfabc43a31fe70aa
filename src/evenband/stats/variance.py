"""Labels by templates: where the variance lies, and whether the two effects add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """y_ij = mean + template_j + label_i + e_ij, as a two-way random model without replication.

    Variances are those of the populations that labels and templates were drawn from, estimated
    from mean squares and cut off at 0 (Searle, Casella and McCulloch 1992, chapter 4).

    Attributes:
        mean: of all cells.
        templates: (t,) effects, adding up to 0.
        labels: (n,) effects, adding up to 0.
        template_variance: of the template effects.
        label_variance: of the label effects.
        interaction_variance: of the rest: what one label does in one template only, with noise.
        nonadditivity: share of the rest's sum of squares that the product of both effects
            explains (Tukey 1949), in [0, 1]; ``None`` where there is no rest or no effect.
        nonadditivity_p: of Tukey's one-degree-of-freedom F test; ``None`` likewise.
    """

    mean: float
    templates: Float
    labels: Float
    template_variance: float
    label_variance: float
    interaction_variance: float
    nonadditivity: float | None
    nonadditivity_p: float | None

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """Template, label and interaction, of their sum; ``None`` where nothing varies."""
        parts = (self.template_variance, self.label_variance, self.interaction_variance)
        total = sum(parts)
        return None if total == 0 else (parts[0] / total, parts[1] / total, parts[2] / total)

    def generalizability(self, templates: int | None = None) -> float | None:
        """G-coefficient: reliability of a label's mean over so many templates, in [0, 1].

        ``label / (label + interaction / t)`` (Brennan 2001, relative decisions).
        """
        t = self.templates.size if templates is None else templates
        total = self.label_variance + self.interaction_variance / t
        return None if total == 0 else self.label_variance / total


def decompose(y: ArrayLike) -> Decomposition:
    """Two-way analysis of variance of labels by templates.

    Shape: (n, t), both at least 2.

    Raises:
        InputError: if there are fewer than two labels or templates.
    """
    table = np.asarray(y, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise InputError(f"decomposition: got a table of shape {table.shape}, expected at least (2, 2)")
    n, t = table.shape
    mean = float(table.mean())
    labels, templates = table.mean(axis=1) - mean, table.mean(axis=0) - mean
    rest = table - mean - labels[:, None] - templates
    noise = float(np.sum(rest**2)) / ((n - 1) * (t - 1))
    between_labels = t * float(np.sum(labels**2)) / (n - 1)
    between_templates = n * float(np.sum(templates**2)) / (t - 1)
    share, p = _nonadditivity(rest, labels, templates, float(np.sum((table - mean) ** 2)))
    return Decomposition(
        mean=mean,
        templates=templates,
        labels=labels,
        template_variance=max(0.0, between_templates - noise) / n,
        label_variance=max(0.0, between_labels - noise) / t,
        interaction_variance=noise,
        nonadditivity=share,
        nonadditivity_p=p,
    )


def _nonadditivity(
    rest: Float, labels: Float, templates: Float, total: float
) -> tuple[float | None, float | None]:
    from scipy.special import fdtrc

    left = float(np.sum(rest**2))
    norm = float(np.sum(labels**2) * np.sum(templates**2))
    freedom = (rest.shape[0] - 1) * (rest.shape[1] - 1) - 1
    if left <= 1e-24 * total or norm <= (1e-12 * total) ** 2 or freedom < 1:
        return None, None
    explained = min(float(labels @ rest @ templates) ** 2 / norm, left)
    if explained == left:
        return 1.0, 0.0
    return explained / left, float(fdtrc(1, freedom, explained * freedom / (left - explained)))
