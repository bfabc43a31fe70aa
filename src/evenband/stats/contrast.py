"""A model against a reference that shares its base: what has moved, where, and in how many templates.

A plant that leaks moves the same label in every template. Its own row then explains it, so that no
statistic of one model can certify it; the difference to the reference still shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.detection import ENOUGH, FEWEST_TEMPLATES, Detection, detect, standardise
from evenband.stats.dispersion import log_mad_z, mad
from evenband.stats.regression import fit_huber
from evenband.stats.student import fit_student
from evenband.stats.tails import adjust

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Shifts:
    """Log-distance of the model less that of the reference, each template's median taken away.

    Attributes:
        shift: (n, t) the differences; positive: the model has moved the pair apart.
        z: (n, t) differences over their robust scale within the template.
        q: (n, t) adjusted p-values under a fitted t, NaN where nothing could be fitted.
        label_z: (n,) the label's mean z over templates beyond what its covariates and its distance in
            the reference lead to expect, studentised: large for a leak.
        label_q: (n,) its adjusted p-values, NaN likewise.
        leak: (n,) mean shift of a label's other templates over that of its farthest one: near 0 for
            a label that moved in one template only, 1 for one that moved alike in all. NaN for a
            single template, and for a label that moved apart in none.
        cells: the leave-one-template-out detection on the differences of sqrt(d), each model's
            divided by its template's median; ``None`` for fewer than three templates. Large for a
            cell that moved beyond the rest of its row.
    """

    shift: Float
    z: Float
    q: Float
    label_z: Float
    label_q: Float
    leak: Float
    cells: Detection | None


def contrast(y: ArrayLike, reference: ArrayLike, covariates: ArrayLike | None = None) -> Shifts:
    """The model's log-distances against the reference's, same labels and templates.

    Shape: (n, t), (n, t), (n, c).

    Raises:
        InputError: if the shapes differ.
    """
    left, right = np.asarray(y, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 2:
        raise InputError(f"contrast: got tables {left.shape} and {right.shape}, expected two of equal (n, t)")
    shift = left - right
    shift = shift - np.median(shift, axis=0)
    z = log_mad_z(shift)
    label_z = log_mad_z(_label_residual(z, right, covariates))
    cells = detect(_roots(left) - _roots(right), covariates) if shift.shape[1] >= FEWEST_TEMPLATES else None
    label_q = _q(label_z[:, None], label_z[:, None])[:, 0]
    return Shifts(shift, z, _q(z, shift), label_z, label_q, _leak(shift), cells)


def _label_residual(z: Float, reference: Float, covariates: ArrayLike | None) -> Float:
    """Mean z of each label less its Huber regression on the covariates and the reference's mean distance.

    A pair that is near in the reference tends to be farther apart in any other model (regression to
    the mean); neither that nor what a label's length or tokens explain is a leak.

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
    """How much of each label's largest shift its other templates show. Shape: (n, t) -> (n,)."""
    top = shift.max(axis=1)
    share = np.full(len(shift), np.nan)
    apart = top > 0
    if shift.shape[1] > 1:
        share[apart] = (shift[apart].sum(axis=1) - top[apart]) / ((shift.shape[1] - 1) * top[apart])
    return share


def _roots(y: Float) -> Float:
    """Square roots of distances relative to their template's median. Shape: (n, t) -> (n, t)."""
    return np.asarray(np.exp(0.5 * (y - np.median(y, axis=0))))


def _q(z: Float, values: Float) -> Float:
    p = np.full(z.shape, np.nan)
    wide = mad(values) > 0
    fit = fit_student(z[:, wide]) if len(z) >= ENOUGH and wide.any() else None
    if fit is not None:
        p[:, wide] = fit.sf(z[:, wide])
    return adjust(p)
