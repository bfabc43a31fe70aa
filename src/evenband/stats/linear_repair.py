"""Linear maps that shrink some displacements of vectors and keep others.

Vectors are rows: a map with matrix W takes x to x W. The directions are those of a generalised eigenvalue
problem, S_move v = ratio S_keep v, where S_move is the second moment of the displacements that should vanish
and S_keep that of the differences that should stay. Known relatives: nuisance attribute projection and
within-class covariance normalisation in speaker recognition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Directions:
    """Directions of a space, those first in which pairs move most for what should stay.

    Attributes:
        ratios: displacement over kept difference, 0 or more, in descending order; 1 is the mean direction's
            where both are spread evenly. Shape: (d,).
        onto: columns that give a vector's coordinates. Shape: (d, d).
        back: rows that make a vector of coordinates again; ``onto @ back`` is the identity. Shape: (d, d).
    """

    ratios: Matrix
    onto: Matrix
    back: Matrix

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return len(self.ratios)


def second_moment(rows: ArrayLike) -> Matrix:
    """Return the mean outer product of rows, without taking their mean away. Shape: (n, d) -> (d, d).

    Raises:
        InputError: if there is no row.
    """
    table = np.asarray(rows, dtype=np.float64)
    if table.ndim != 2 or not len(table):
        raise InputError(f"displacements: got shape {table.shape}, expected one row or more")
    return np.asarray(table.T @ table / len(table))


def mean_moment(moments: Iterable[Matrix]) -> Matrix:
    """Return the mean of second moments, each scaled to trace one; those that are zero are left out.

    Raises:
        InputError: if all are zero, so that nothing moves.
    """
    scaled = [moment / np.trace(moment) for moment in moments if np.trace(moment) > 0]
    if not scaled:
        raise InputError("no pair moves at all, so there is nothing to repair")
    return np.asarray(np.mean(scaled, axis=0))


def directions_of(move: Matrix, keep: Matrix, evenness: float) -> Directions:
    """Solve for the directions in which pairs move most, relative to what should stay.

    Args:
        move: second moment of the displacements that should vanish, of trace above 0. Shape: (d, d).
        keep: second moment of the differences that should stay, of trace above 0. Shape: (d, d).
        evenness: share of an even spread that is mixed into ``keep``, in (0, 1]; with 1 the directions are
            the plain principal ones of ``move``.

    Raises:
        InputError: if the evenness is outside (0, 1], or the shapes differ.
    """
    from scipy.linalg import eigh

    if move.shape != keep.shape or move.ndim != 2 or move.shape[0] != move.shape[1]:
        raise InputError(f"got moments of shapes {move.shape} and {keep.shape}, expected two equal squares")
    kept = evened(keep, evenness)
    ratios, onto = eigh(move * len(move) / np.trace(move), kept)
    onto = onto[:, ::-1]
    return Directions(np.maximum(ratios[::-1], 0.0), onto, onto.T @ kept)


def shrinking(directions: Directions, strength: float) -> Matrix:
    """Return the map that shrinks each direction by 1 / sqrt(1 + strength x ratio). Shape: -> (d, d).

    A strength of 0 gives the identity, bit for bit.

    Raises:
        InputError: if the strength is negative or not finite.
    """
    if not np.isfinite(strength) or strength < 0:
        raise InputError(f"got a strength of {strength}, expected 0 or more")
    if strength == 0:
        return np.eye(directions.dim)
    return _scaled(directions, 1 / np.sqrt(1 + strength * directions.ratios))


def removing(spans: Sequence[Directions], ranks: Sequence[int], keep: Matrix) -> Matrix:
    """Return the map that takes away the first directions of several spans altogether. Shape: -> (d, d).

    What is kept is orthogonal to them as ``keep`` measures it, so that it stays as it is. Ranks of 0 give the
    identity, bit for bit.

    Args:
        spans: directions of one family each, of the same ``keep`` and evenness.
        ranks: number of directions to take of each.
        keep: their second moment of what should stay, mixed as :func:`evened` does. Shape: (d, d).

    Raises:
        InputError: if a rank is below 0, or nothing would be left.
    """
    d = len(keep)
    if min(ranks, default=0) < 0 or sum(ranks) >= d:
        raise InputError(f"got ranks {list(ranks)}, expected numbers of 0 or more, fewer than {d} together")
    if not sum(ranks):
        return np.eye(d)
    taken = np.concatenate([one.onto[:, :rank] for one, rank in zip(spans, ranks, strict=True)], axis=1)
    weighted = keep @ taken
    return np.asarray(np.eye(d) - taken @ np.linalg.pinv(taken.T @ weighted, hermitian=True) @ weighted.T)


def evened(keep: Matrix, evenness: float) -> Matrix:
    """Mix an even spread into what should stay, and scale it to trace d. Shape: (d, d) -> (d, d).

    Args:
        keep: second moment, of trace above 0.
        evenness: share of the even spread, in (0, 1].

    Raises:
        InputError: if the evenness is outside (0, 1].
    """
    if not 0 < evenness <= 1:
        raise InputError(f"got an evenness of {evenness}, expected a number above 0, at most 1")
    d = len(keep)
    return np.asarray((1 - evenness) * keep * d / np.trace(keep) + evenness * np.eye(d))


def _scaled(directions: Directions, gains: Matrix) -> Matrix:
    return np.asarray(directions.onto @ (gains[:, None] * directions.back), dtype=np.float64)


def mapped(vectors: ArrayLike, matrix: Matrix) -> Matrix:
    """Map vectors and scale them to length one; zero vectors stay. Shape: (n, d), (d, d) -> (n, d)."""
    moved = np.asarray(vectors, dtype=np.float64) @ matrix
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(lengths == 0, 1.0, lengths))
