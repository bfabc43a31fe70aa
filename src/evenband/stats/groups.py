"""Groups of rows that hold the same thing, such as the same text or texts that a model cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenband.errors import InputError

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Groups:
    """n rows in g groups, which are numbered in the order of their first rows.

    Attributes:
        of: (n,) number of each row's group.
        first: (g,) first row of each group, increasing.
    """

    of: Codes
    first: Codes

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.first)

    @property
    def are_single(self) -> bool:
        """Whether each row is a group of its own."""
        return len(self.first) == len(self.of)

    @cached_property
    def repeats(self) -> Codes:
        """Rows that are not the first of their group, increasing. Shape: (n - g,)."""
        is_first = np.zeros(len(self.of), dtype=np.bool_)
        is_first[self.first] = True
        return np.flatnonzero(~is_first)

    @property
    def sizes(self) -> Codes:
        """Number of rows in the group of each row. Shape: (n,)."""
        return np.bincount(self.of, minlength=len(self.first))[self.of].astype(np.intp)


def group(n: int, codes: ArrayLike | None) -> Groups:
    """Return the groups of n rows; without codes each row is a group of its own.

    Args:
        n: number of rows.
        codes: one number or name per row; rows with the same one belong together.

    Raises:
        InputError: if there is not one code per row.
    """
    if codes is None:
        return Groups(np.arange(n), np.arange(n))
    names = np.asarray(codes)
    if names.shape != (n,):
        raise InputError(f"groups: got codes of shape {names.shape}, expected one per row, ({n},)")
    _, first, of = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return Groups(place[of], first[order])


def join(n: int, partitions: Sequence[ArrayLike]) -> Groups:
    """Return the smallest groups of n rows that hold every group of several partitions whole.

    Two rows that are together in one partition are together in the result, and so are rows that a chain of
    such pairs connects.

    Args:
        n: number of rows.
        partitions: (n,) codes each.

    Raises:
        InputError: if there is not one code per row.
    """
    joined = group(n, None)
    for part in (group(n, codes) for codes in partitions):
        if not part.are_single:
            joined = connect(joined, part.repeats, part.first[part.of[part.repeats]])
    return joined


def connect(groups: Groups, left: Codes, right: Codes) -> Groups:
    """Return the groups after joining, for each pair of rows, the group of the one with that of the other.

    Args:
        groups: of n rows.
        left: (m,) one row of each pair.
        right: (m,) the other.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = len(groups)
    pairs = (np.ones(len(left), dtype=np.int8), (groups.of[left], groups.of[right]))
    components = connected_components(coo_array(pairs, shape=(size, size)), directed=False)[1]
    return group(len(groups.of), components[groups.of])


@dataclass(frozen=True)
class Exclusions:
    """Columns that do not count for the rows of each group: those that its rows are linked to.

    Attributes:
        rows: the groups of rows.
        starts: (g + 1,) where each group's columns start in ``columns``.
        columns: the columns of one group after the other.
    """

    rows: Groups
    starts: Codes
    columns: Codes

    @property
    def counts(self) -> Codes:
        """Number of columns that do not count for each row. Shape: (n,)."""
        return np.diff(self.starts)[self.rows.of]

    def cells(self, part: slice | Codes) -> tuple[Codes, Codes]:
        """Return where the excluded cells of some rows are: their rows within the part, and their columns.

        Shape: (m,), (m,).
        """
        groups = self.rows.of[part]
        begin, counts = self.starts[groups], self.starts[groups + 1] - self.starts[groups]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(np.arange(len(groups)), counts), self.columns[np.repeat(begin, counts) + within]


def exclude_linked(rows: Groups, columns: Groups) -> Exclusions:
    """Return, for each group of rows, the groups of columns that one of its rows belongs to.

    Args:
        rows: groups of n rows.
        columns: other groups of the same n rows.
    """
    links = np.unique(rows.of * len(columns) + columns.of)
    starts = np.searchsorted(links, np.arange(len(rows) + 1) * len(columns))
    return Exclusions(rows, starts.astype(np.intp), links % len(columns))


def exclude_one(columns: Codes) -> Exclusions:
    """Return the exclusion of one column for each of n rows.

    Shape: (n,) columns.
    """
    n = len(columns)
    return Exclusions(group(n, None), np.arange(n + 1), columns)
