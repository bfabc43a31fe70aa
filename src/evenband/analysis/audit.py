"""Measurement to Audit: the figures, the outliers, and what must be said beside them."""

from __future__ import annotations

import numpy as np

from evenband.analysis.figures import Scale, scale_of, sum_up
from evenband.analysis.values import Audit, Outlier, Summary
from evenband.stats.dispersion import log_mad_z
from evenband.stats.tails import ENOUGH, adjust, centre_by, tail_p
from evenband.types import Measurement, Scores

LEVEL = 0.05
LISTED = 50
BAND, TAIL, TEMPLATES = 200, 1_000, 4
"""Labels for a band, labels for a tail, templates for an interval that covers the choice of sentence."""

NEAR_CONSTANT = 0.6
"""AUC below which another label's text is about as near as the cell's own."""


def audit(measurement: Measurement, rng: np.random.Generator) -> Audit:
    """Sum a measurement up and order its cells by how far they lie out.

    Statistics are on y = log d. Cells are ordered by log-MAD z within their template; one is
    claimed only if it survives Benjamini-Hochberg under a heavy tail fitted to the cells of the
    same number of tokens.

    Args:
        measurement: n labels by t templates.
        rng: for the bootstrap.
    """
    scale = scale_of(measurement)
    summary = sum_up(measurement, scale, rng)
    z = log_mad_z(scale.y)
    q = np.full(z.shape, np.nan) if summary.blind else _adjusted(measurement, scale)
    return Audit(
        measurement=measurement,
        summary=summary,
        outliers=_farthest(measurement, z, q),
        discoveries=int((q <= LEVEL).sum()),
        level=LEVEL,
        z=z,
        q=q,
        notes=tuple(_notes(measurement, summary)),
    )


def _adjusted(measurement: Measurement, scale: Scale) -> Scores:
    """Q of every cell; NaN where no tail could be fitted."""
    y = scale.y
    if "tokens" in measurement.details and len(y) >= ENOUGH:
        tokens = measurement.details["tokens"]
        y = np.stack([centre_by(y[:, j], tokens[:, j]) for j in range(y.shape[1])], axis=1)
    return adjust(tail_p(y))


def _farthest(measurement: Measurement, z: Scores, q: Scores) -> tuple[Outlier, ...]:
    order = np.argsort(-z, axis=None, kind="stable")[:LISTED]
    cells = zip(*np.unravel_index(order, z.shape), strict=True)
    texts = list(measurement.texts.values())
    return tuple(
        Outlier(
            label=measurement.labels[i],
            template=measurement.templates[j],
            text_a=str(texts[0][i, j]),
            text_b=str(texts[1][i, j]),
            score=float(measurement.scores[i, j]),
            z=float(z[i, j]),
            q=None if np.isnan(q[i, j]) else float(q[i, j]),
        )
        for i, j in cells
    )


def _notes(measurement: Measurement, summary: Summary) -> list[str]:
    """What a reader must know before believing the figures, worst first."""
    notes = []
    if summary.blind:
        notes.append(
            "blind: the median distance is below three noise floors; "
            "the model does not see this change, so no spread is computed"
        )
    elif summary.grid is not None or summary.mad == 0:
        where = f"lie on the {summary.grid} grid" if summary.grid else "repeat"
        width = "; the MAD is 0, so a band this tight may be rounding" if summary.mad == 0 else ""
        notes.append(f"rounded: the scores {where}, with {summary.levels:,} distinct levels{width}")
    auc = summary.auc.value
    if auc is not None and auc < NEAR_CONSTANT and not summary.blind:
        notes.append(
            f"indifferent: another label's text is as near as the pair's own (AUC {auc:.2f}); "
            "a constant or random encoder looks as consistent, so read nothing into C"
        )
    if summary.n < BAND and "letter" not in measurement.columns:
        notes.append(f"few labels: {summary.n} of the {BAND} that a band needs; no outlier can be claimed")
    elif BAND <= summary.n < TAIL:
        notes.append(
            f"short tail: T99 and outliers rest on {summary.n} labels; {TAIL:,} are needed to trust them"
        )
    if summary.templates < TEMPLATES and summary.n >= BAND:
        count = "one template" if summary.templates == 1 else f"{summary.templates} templates"
        notes.append(f"{count}: intervals cover the choice of labels, not of the sentence; see comma8")
    return notes
