"""Comparison of each pair with the other labels.

It answers two questions: is text b the nearest to its text a among all texts b, and does the change from a
to b move the text less than another label does? Two products, of n rows by all different texts, are
computed in blocks of rows in float32, and every comparison that float32 cannot settle is repeated in float64.
No n x n array is ever in memory, nor a float64 copy of the vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenband.stats.groups import Exclusions, Groups, exclude_linked, exclude_one, group
from evenband.stats.interfaces import Counts, Float, Table
from evenband.stats.ranks import rank, undefeated
from evenband.stats.spaces import Space, space_of
from evenband.types import Similarity


@dataclass(frozen=True)
class Neighbours:
    """Position of each of n pairs among its rivals, with distances d, in float64.

    A rival is another text, however many rows have it. Twins, rows with the same text or with texts that the
    model cannot tell apart, are one rival to the others and none to each other. A row without any rival has
    no value: NaN.

    Attributes:
        swap: (n,) median of d(a_i, a_j) over the other texts a.
        hit: (n,) 1 where b_i is nearest to a_i among all texts b, 1/2 where another is as near, else 0. A
            text b that a twin of a_i has is no rival of b_i.
        auc: (n,) share of these rivals that are farther from a_i than b_i, ties one half.
        least: (n,) probability that the change moves the text less than any of 149 random other labels (all,
            if there are fewer) would: no other text a is nearer to a_i than b_i, ties one half.
        rivals: (n,) number of other texts a, of which ``least`` draws its opponents.
        nearer: (n,) of these rivals, those that are nearer to a_i than b_i.
        tied: (n,) of these rivals, those that are as near.
    """

    swap: Float
    hit: Float
    auc: Float
    least: Float
    rivals: Counts
    nearer: Counts
    tied: Counts


def compare_neighbours(
    a: ArrayLike,
    b: ArrayLike,
    tie: float = 1e-9,
    *,
    same_a: ArrayLike | None = None,
    same_b: ArrayLike | None = None,
    similarity: Similarity = "cosine",
) -> Neighbours:
    """Compare each pair with all other rows by cosine distance, or by another similarity.

    The mean of the first texts is subtracted from all vectors before they are rounded to float32. It
    changes no comparison, and would cost digits where all vectors point the same way.

    Shape: (n, d), (n, d) -> (n,) each.

    Args:
        a: vectors of the first texts.
        b: vectors of the second texts.
        tie: difference up to which two distances, or two similarities that are not cosines, are equal, such
            as the probe's noise floor.
        same_a: (n,) codes of the first texts; equal codes are one text. If not given, all texts differ.
        same_b: (n,) codes of the second texts, likewise.
        similarity: what decides which text is nearer. Only cosine distances have a median (``swap``).

    Raises:
        InputError: if the shapes differ, there is no row, or there is not one code per row.
        ModelError: if a vector is zero.
    """
    space = space_of(similarity, a, b)
    n = len(space.own)
    texts_a, texts_b = group(n, same_a), group(n, same_b)
    ties = space.ties(tie)
    partners = space.partners(_first_rows(texts_b))
    hit, auc = _compare_partners(partners, space.own, ties, exclude_linked(texts_a, texts_b))
    swap, nearer, tied = _compare_originals(space, ties, texts_a)
    rivals = np.full(n, len(texts_a) - 1)
    return Neighbours(swap, hit, auc, undefeated(nearer, tied, rivals), rivals, nearer, tied)


def _first_rows(texts: Groups) -> Counts | None:
    """Return the first row of each text; ``None`` for all rows."""
    return None if texts.are_single else texts.first


def _compare_partners(table: Table, own: Float, ties: Float, twins: Exclusions) -> tuple[Float, Float]:
    """Return whether each partner is the nearest of all texts b, and the share that is farther.

    Args:
        table: distances of every text a to every text b.
        own: (n,) distance of each row to its partner.
        ties: (2, n) how far below and above it another distance is equal to a row's.
        twins: the texts b that are no rivals of a row's own.

    Shape: -> (n,), (n,); NaN for a row without rivals.
    """
    rivals = table.shape[1] - twins.counts
    if not rivals.any():
        return np.full(len(own), np.nan), np.full(len(own), np.nan)
    ranks, _ = rank(table, own, ties, twins, medians=False)
    hit = np.where(ranks.nearer > 0, 0.0, np.where(ranks.tied > 0, 0.5, 1.0))
    farther = rivals - ranks.nearer - ranks.tied
    auc = (farther + 0.5 * ranks.tied) / np.maximum(rivals, 1)
    return np.where(rivals > 0, hit, np.nan), np.where(rivals > 0, auc, np.nan)


def _compare_originals(space: Space, ties: Float, texts: Groups) -> tuple[Float, Counts, Counts]:
    """Return the median distance to the other texts a, and how many of them are nearer, and as near.

    The first row of each text is compared with all others, which is a symmetric table. Its twins have the
    same median, but each its own partner.

    Args:
        space: of all rows.
        ties: (2, n) how far below and above it another distance is equal to a row's.
        texts: rows with the same text a.

    Shape: -> (n,), (n,), (n,); no median where there is no other text.
    """
    n = ties.shape[1]
    swap, nearer, tied = np.full(n, np.nan), np.zeros(n, np.int64), np.zeros(n, np.int64)
    if len(texts) == 1:
        return swap, nearer, tied
    for rows in (texts.first, texts.repeats):
        if not len(rows):
            continue
        has_medians = space.has_medians and rows is texts.first
        table, itself = space.originals(rows, texts.first), exclude_one(texts.of[rows])
        ranks, medians = rank(table, space.own[rows], ties[:, rows], itself, medians=has_medians)
        nearer[rows], tied[rows] = ranks.nearer, ranks.tied
        if has_medians:
            swap[rows] = medians
    return swap[texts.first][texts.of], nearer, tied
