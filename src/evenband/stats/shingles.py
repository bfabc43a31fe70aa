"""Near duplicates among many texts: shingles of four characters, MinHash, and the exact Jaccard similarity.

Broder (1997): the chance that two sets have the same smallest hash is their Jaccard similarity. Texts that
agree in one band of hashes are candidates; each candidate's similarity is then computed exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

SHINGLE = 4
"""Characters of a shingle; a shorter text is one shingle."""

MOST_COMPARED = 400
"""Characters of a text that are compared, from its start."""

BANDS, ROWS = 12, 4
"""Hashes are compared in twelve bands of four: two texts of similarity .8 agree in one 998 times in 1,000."""

MARGIN_OF_ESTIMATE = 0.2
"""How far below the similarity that counts the share of equal hashes may be: over three standard errors."""

MOST_IN_BUCKET = 4
"""Texts of a bucket, those after a text in order, that it is compared with."""

_PRIME = np.uint64(1_099_511_628_211)


class Shingles:
    """Shingles of texts, side by side.

    Args:
        texts: n of them.

    Attributes:
        hashes: of all shingles, text after text.
        starts: (n + 1,) where each text's begin.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        padded = [text[:MOST_COMPARED].ljust(SHINGLE, "\0") for text in texts]
        sizes = np.array([len(text) for text in padded], dtype=np.int64)
        signs = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        codes = signs.astype(np.uint64)
        windows = max(len(codes) - SHINGLE + 1, 0)
        hashes = np.zeros(windows, dtype=np.uint64)
        with np.errstate(over="ignore"):
            for offset in range(SHINGLE):
                hashes = (hashes * _PRIME) ^ codes[offset : offset + windows]
                hashes = hashes * _PRIME
            hashes ^= hashes >> np.uint64(32)
        ends = np.cumsum(sizes)
        is_inside = np.ones(windows, dtype=bool)
        for before in range(1, SHINGLE):  # a window must not reach into the next text
            is_inside[(ends[:-1] - before)[ends[:-1] - before < windows]] = False
        self.hashes = hashes[is_inside]
        self.starts = np.concatenate([[0], np.cumsum(sizes - SHINGLE + 1)])

    def set_of(self, row: int) -> frozenset[int]:
        """Return the shingles of a text."""
        return frozenset(self.hashes[self.starts[row] : self.starts[row + 1]].tolist())

    def signatures(self) -> Hashes:
        """Return the smallest of differently mixed hashes of each text. Shape: -> (BANDS * ROWS, n)."""
        rng = np.random.default_rng(0)
        signatures = np.zeros((BANDS * ROWS, len(self.starts) - 1), dtype=np.uint64)
        with np.errstate(over="ignore"):
            for row in signatures:
                factor = np.uint64(rng.integers(1, 2**63) * 2 + 1)
                shift = np.uint64(rng.integers(0, 2**63))
                mixed = (self.hashes * factor + shift) >> np.uint64(16)
                row[:] = np.minimum.reduceat(mixed, self.starts[:-1])
        return signatures


def near_pairs(texts: Sequence[str], first: int, least: float) -> list[tuple[int, int, float]]:
    """Return pairs of nearly equal texts: row of the one, row of the other, Jaccard similarity.

    Of texts that are alike in large numbers not every pair is found, but each text with one of them.

    Args:
        texts: different ones.
        first: how many of them, from the start, are compared with the rest; 0 to compare all with all.
        least: similarity from which a pair counts, in (0, 1].
    """
    if len(texts) < 2 or first >= len(texts):
        return []
    shingles = Shingles(texts)
    kept: dict[int, frozenset[int]] = {}
    found = []
    for a, b in _candidates(shingles.signatures(), first, least - MARGIN_OF_ESTIMATE):
        for row in (a, b):
            if row not in kept:
                kept[row] = shingles.set_of(row)
        common = len(kept[a] & kept[b])
        shared = common / (len(kept[a]) + len(kept[b]) - common)
        if shared >= least:
            found.append((a, b, shared))
    return found


def similarity(one: str, other: str) -> float:
    """Return the Jaccard similarity of the shingles of two texts, in [0, 1]."""
    a, b = ({text[k : k + SHINGLE] for k in range(max(len(text) - SHINGLE + 1, 1))} for text in (one, other))
    return len(a & b) / len(a | b)


def _candidates(signatures: Hashes, first: int, least: float) -> list[tuple[int, int]]:
    """Return pairs that agree in a band, and in so large a share of all hashes, in order."""
    pairs: set[tuple[int, int]] = set()
    with np.errstate(over="ignore"):
        for start in range(0, len(signatures), ROWS):
            band = np.zeros(signatures.shape[1], dtype=np.uint64)
            for row in signatures[start : start + ROWS]:
                band = (band * _PRIME) ^ row
            pairs.update(_of_band(band, first))
    if not pairs:
        return []
    a, b = np.array(sorted(pairs)).T
    estimate = np.zeros(len(a))
    for row in signatures:
        estimate += row[a] == row[b]
    is_near = estimate >= least * len(signatures)
    return list(zip(a[is_near].tolist(), b[is_near].tolist(), strict=True))


def _of_band(band: Hashes, first: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows with the same hash in a band, the smaller row first."""
    order = np.argsort(band[first:], kind="stable") + first
    ordered = band[order]
    for step in range(MOST_IN_BUCKET):
        if first:
            place = np.searchsorted(ordered, band[:first]) + step
            rows = np.flatnonzero(place < len(ordered))
            rows = rows[ordered[place[rows]] == band[rows]]
            yield from zip(rows.tolist(), order[place[rows]].tolist(), strict=True)
        elif step + 1 < len(order):
            is_equal = ordered[: -step - 1] == ordered[step + 1 :]
            one, other = order[: -step - 1][is_equal], order[step + 1 :][is_equal]
            yield from zip(one.tolist(), other.tolist(), strict=True)
