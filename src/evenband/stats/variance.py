"""Two-way analysis of variance of labels by templates, and Tukey's test of whether their effects add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """Two-way random model ``y_ij = mean + template_j + label_i + e_ij`` without replication.

    Variances are those of the populations that labels and templates were drawn from, estimated
    from mean squares and cut off at 0 (Searle, Casella and McCulloch 1992, chapter 4).

    Attributes:
        mean: mean of all cells.
        templates: (t,) effects, adding up to 0.
        labels: (n,) effects, adding up to 0.
        template_variance: variance of the template effects.
        label_variance: variance of the label effects.
        interaction_variance: variance of the residuals: what one label does in one template only, and noise.
        nonadditivity: share of the residuals' sum of squares that the product of both effects
            explains (Tukey 1949), in [0, 1]; ``None`` where there is no residual or no effect.
    """

    mean: float
    templates: Float
    labels: Float
    template_variance: float
    label_variance: float
    interaction_variance: float
    nonadditivity: float | None

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """Shares of template, label and interaction in the total variance; ``None`` where nothing varies."""
        parts = (self.template_variance, self.label_variance, self.interaction_variance)
        total = sum(parts)
        return None if total == 0 else (parts[0] / total, parts[1] / total, parts[2] / total)

    def generalizability(self, templates: int | None = None) -> float | None:
        """Return the G-coefficient: the reliability of a label's mean over templates, in [0, 1].

        ``label / (label + interaction / t)`` (Brennan 2001, relative decisions).

        Args:
            templates: number t of templates; those of the table if not given.

        Returns:
            The coefficient, or ``None`` where nothing varies.
        """
        t = self.templates.size if templates is None else templates
        total = self.label_variance + self.interaction_variance / t
        return None if total == 0 else self.label_variance / total


def decompose(y: ArrayLike) -> Decomposition:
    """Decompose the variance of a table into labels, templates and their interaction.

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
    residual = table - mean - labels[:, None] - templates
    interaction = float(np.sum(residual**2)) / ((n - 1) * (t - 1))
    between_labels = t * float(np.sum(labels**2)) / (n - 1)
    between_templates = n * float(np.sum(templates**2)) / (t - 1)
    return Decomposition(
        mean=mean,
        templates=templates,
        labels=labels,
        template_variance=max(0.0, between_templates - interaction) / n,
        label_variance=max(0.0, between_labels - interaction) / t,
        interaction_variance=interaction,
        nonadditivity=_nonadditivity(residual, labels, templates, float(np.sum((table - mean) ** 2))),
    )


def _nonadditivity(residual: Float, labels: Float, templates: Float, total: float) -> float | None:
    """Return the share of the residuals' sum of squares that the product of the effects explains.

    Args:
        residual: (n, t) residuals of the additive model.
        labels: (n,) effects.
        templates: (t,) effects.
        total: sum of squares of the table about its mean, which decides what is rounding error.
    """
    squares = float(np.sum(residual**2))
    norm = float(np.sum(labels**2) * np.sum(templates**2))
    freedom = (residual.shape[0] - 1) * (residual.shape[1] - 1) - 1
    if squares <= 1e-24 * total or norm <= (1e-12 * total) ** 2 or freedom < 1:
        return None
    return min(float(labels @ residual @ templates) ** 2 / norm, squares) / squares
