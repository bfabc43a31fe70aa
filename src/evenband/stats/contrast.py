"""Contrast of a model with a reference model of the same base: which labels moved, and in which templates.

Training that memorises a label may leak, that is, move the label in every template. The other templates
then predict the label well, so no statistic of the model alone can certify it. The difference to the
reference still shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.detection import (
    FEWEST_LABELS_TO_CERTIFY,
    FEWEST_TEMPLATES,
    Detection,
    detect,
    standardise,
)
from evenband.stats.dispersion import log_mad_z, mad
from evenband.stats.multiple_testing import adjust
from evenband.stats.regression import fit_huber
from evenband.stats.student import fit_student

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Shifts:
    """Log-distances of the model less those of the reference, for n labels and t templates.

    Attributes:
        shift: (n, t) differences less their template's median; positive: the model moved the pair apart.
        z: (n, t) shift over its robust scale within the template.
        move: (n, t) differences of d, each model's over its template's median; positive: moved apart.
        q: (n, t) adjusted p-values of the shifts under a fitted t; NaN where nothing could be fitted.
        label_z: (n,) studentised mean z of a label over its templates, beyond what its covariates and its
            distance in the reference predict; large for a leak.
        label_q: (n,) adjusted p-values of ``label_z``; NaN likewise.
        leak: (n,) mean shift of a label's other templates over that of its farthest one: near 0 for
            a label that moved in one template only, 1 for one that moved alike in all. NaN for a
            single template, and for a label that moved apart in none.
        cells: leave-one-template-out detection on differences of sqrt(d), where each model's d is divided
            by its template's median, with the reference's values as covariates; large for a cell that
            moved beyond what the rest of its row and the reference predict. ``None`` for fewer than three
            templates.
    """

    shift: Float
    z: Float
    move: Float
    q: Float
    label_z: Float
    label_q: Float
    leak: Float
    cells: Detection | None


def contrast(y: ArrayLike, reference: ArrayLike, covariates: ArrayLike | None = None) -> Shifts:
    """Compare a model's log-distances with a reference's on the same labels and templates.

    Shape: (n, t), (n, t), (n, c) or none.

    Args:
        y: log-distances of the model.
        reference: log-distances of the reference model.
        covariates: what else describes each label, such as its token counts.

    Raises:
        InputError: if the shapes differ, or there are not n rows of finite covariates.
    """
    left, right = np.asarray(y, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 2:
        raise InputError(f"contrast: got tables {left.shape} and {right.shape}, expected two of equal (n, t)")
    shift = left - right
    shift = shift - np.median(shift, axis=0)
    z = log_mad_z(shift)
    label_z = log_mad_z(_label_residual(z, right, covariates))
    roots = _roots(left), _roots(right)
    cells = _moved_cells(*roots, covariates)
    label_q = _adjusted_p(label_z[:, None], label_z[:, None])[:, 0]
    move = np.square(roots[0]) - np.square(roots[1])
    return Shifts(shift, z, move, _adjusted_p(z, shift), label_z, label_q, _leak(shift), cells)


def _moved_cells(left: Float, right: Float, covariates: ArrayLike | None) -> Detection | None:
    """Detect cells that moved beyond what their row's other moves and the reference predict.

    A plain difference takes the reference for known exactly, and wrongly: training shrinks or stretches what
    it does not aim at. So the reference's values, the cell's own among them, are covariates, where there
    are labels enough for as many columns, and a cell's scale depends on its expected distance.

    Shape: (n, t), (n, t), (n, c) or none.
    """
    if left.shape[1] < FEWEST_TEMPLATES:
        return None
    return detect(left - right, covariates, before=right)


def _label_residual(z: Float, reference: Float, covariates: ArrayLike | None) -> Float:
    """Return each label's mean z less its prediction from the covariates and the reference's mean distance.

    The prediction is a Huber regression. A pair that is near in the reference tends to be farther apart in
    any other model (regression to the mean). Neither that nor what the covariates explain is a leak.

    Shape: (n, t), (n, t), (n, c) -> (n,).
    """
    mean = z.mean(axis=1)
    height = log_mad_z(reference.mean(axis=1))
    extra = (
        standardise(reference, covariates)
        if reference.shape[1] >= FEWEST_TEMPLATES
        else np.empty((len(z), 0))
    )
    x = np.column_stack([np.ones(len(z)), height, height**2, extra])
    return np.asarray(mean - x @ fit_huber(x, mean))


def _leak(shift: Float) -> Float:
    """Return the share of each label's largest shift that its other templates show on average.

    Shape: (n, t) -> (n,).
    """
    top = shift.max(axis=1)
    share = np.full(len(shift), np.nan)
    apart = top > 0
    if shift.shape[1] > 1:
        share[apart] = (shift[apart].sum(axis=1) - top[apart]) / ((shift.shape[1] - 1) * top[apart])
    return share


def _roots(y: Float) -> Float:
    """Return the square roots of the distances over their template's median.

    Shape: (n, t) -> (n, t).
    """
    return np.asarray(np.exp(0.5 * (y - np.median(y, axis=0))))


def _adjusted_p(z: Float, values: Float) -> Float:
    """Return adjusted p-values of z under one fitted t, for the columns whose values have a width.

    Shape: (n, t), (n, t) -> (n, t), NaN for a column without width or for too few labels.
    """
    p = np.full(z.shape, np.nan)
    wide = mad(values) > 0
    fit = fit_student(z[:, wide]) if len(z) >= FEWEST_LABELS_TO_CERTIFY and wide.any() else None
    if fit is not None:
        p[:, wide] = fit.sf(z[:, wide])
    return adjust(p)
