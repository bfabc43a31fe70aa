"""Rows of vectors that are the same but for rounding, found without a table of all pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenband.stats.groups import Groups, connect, group
from evenband.stats.interfaces import Counts, Float
from evenband.stats.products import BLOCK_ROWS, Units, distance, slices

SAME_VECTOR = 1e-10
"""Cosine distance up to which two vectors are the same: rounding to float32 makes up to some 1e-12."""

MOST_STEPS = 64
"""Largest number of places in the order of the projections over which two rows are compared."""


def find_duplicates(vectors: ArrayLike) -> Groups:
    """Return the groups of rows whose vectors are the same.

    Nearly equal vectors have nearly equal projections on any direction, so that only rows which stand close
    together in the order of a projection need to be compared.

    Shape: (n, d) -> groups of n rows.

    Raises:
        ModelError: if a vector is zero.
    """
    units = Units(vectors)
    projection = _project(units)
    order = np.argsort(projection, kind="stable")
    ordered, n = projection[order], len(units)
    groups, reach = group(n, None), float(np.sqrt(2 * SAME_VECTOR))
    for step in range(1, min(n, MOST_STEPS + 1)):
        near = np.flatnonzero(ordered[step:] - ordered[:-step] <= reach)
        if not len(near):
            break
        left, right = order[near], order[near + step]
        is_open = groups.of[left] != groups.of[right]
        left, right = left[is_open], right[is_open]
        is_same = _distances(units, left, right) <= SAME_VECTOR
        if is_same.any():
            groups = connect(groups, left[is_same], right[is_same])
    return groups


def _project(units: Units) -> Float:
    """Return the projection of each row on a fixed random direction of length one. Shape: -> (n,)."""
    n, d = units.shape
    direction = np.random.default_rng(0).standard_normal(d)
    direction /= np.linalg.norm(direction)
    return np.concatenate([units[part] @ direction for part in slices(n, BLOCK_ROWS)])


def _distances(units: Units, left: Counts, right: Counts) -> Float:
    """Return the distances between some rows and others. Shape: (m,), (m,) -> (m,)."""
    parts = [distance(units[left[part]], units[right[part]]) for part in slices(len(left), BLOCK_ROWS)]
    return np.concatenate([np.empty(0), *parts])
