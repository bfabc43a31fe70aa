"""A model against a reference that shares its base: what has moved, where, and in how many templates.

A plant that leaks moves the same label in every template. Its own row then explains it, so that no
statistic of one model can certify it; the difference to the reference still shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError
from evenband.stats.detection import ENOUGH, Detection, detect
from evenband.stats.dispersion import log_mad_z, mad
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
        label_z: (n,) the label's mean difference over templates, studentised: large for a leak.
        label_q: (n,) its adjusted p-values, NaN likewise.
        cells: the leave-one-template-out detection on the differences, ``None`` for fewer than
            three templates: large for a cell that moved beyond the rest of its row.
    """

    shift: Float
    z: Float
    q: Float
    label_z: Float
    label_q: Float
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
    label_z = log_mad_z(z.mean(axis=1))
    cells = detect(shift, covariates) if shift.shape[1] >= 3 else None
    return Shifts(shift, z, _q(z, shift), label_z, _q(label_z[:, None], label_z[:, None])[:, 0], cells)


def _q(z: Float, values: Float) -> Float:
    p = np.full(z.shape, np.nan)
    wide = mad(values) > 0
    fit = fit_student(z[:, wide]) if len(z) >= ENOUGH and wide.any() else None
    if fit is not None:
        p[:, wide] = fit.sf(z[:, wide])
    return adjust(p)
