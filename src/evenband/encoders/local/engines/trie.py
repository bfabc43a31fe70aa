"""Sequences that begin alike, as a trie laid out breadth-first. Pure numpy.

A trie node is a token after one particular beginning. In a causal model its state depends on
nothing else, so it needs to be computed once, however many texts pass through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Tokens = Sequence[int]


@dataclass(frozen=True)
class Group:
    """The nodes of one depth below the trunk, or of several.

    Attributes:
        start: first node.
        stop: one past the last node.
        ancestors: (stop - start, deepest depth - trunk + 1) each node's path below the trunk, itself
            last; -1 comes before the path of a node that is less deep.
    """

    start: int
    stop: int
    ancestors: Integers


@dataclass(frozen=True)
class Layout:
    """The unique nodes of some texts, shallow ones first.

    n nodes, b texts.

    Attributes:
        ids: (n,) token of each node.
        depths: (n,) position of each node in its texts.
        trunk: how many tokens all the texts begin with; these are nodes 0 ... trunk - 1.
        groups: the nodes below the trunk, by depth.
        paths: (b, longest) the node at each position of each text; what lies past its end means nothing.
        lengths: (b,) tokens per text.
    """

    ids: Integers
    depths: Integers
    trunk: int
    groups: tuple[Group, ...]
    paths: Integers
    lengths: Integers


def shared_lengths(sequences: Sequence[Tokens]) -> Integers:
    """How many tokens each sequence begins with in common with the one before it.

    Shape: b sorted sequences -> (b,), the first 0.
    """
    found = np.zeros(len(sequences), dtype=np.int64)
    for row in range(1, len(sequences)):
        left, right = sequences[row - 1], sequences[row]
        shorter = min(len(left), len(right))
        if left[:shorter] == right[:shorter]:
            found[row] = shorter
        else:
            found[row] = next(at for at in range(shorter) if left[at] != right[at])
    return found


def count_nodes(lengths: Integers, shared: Integers) -> int:
    """Nodes of the trie of neighbouring texts, the first of which shares nothing with what was before."""
    return int(lengths.sum() - shared[1:].sum())


def trunk_length(lengths: Integers, shared: Integers) -> int:
    """Tokens that all of one or more neighbouring texts begin with."""
    return int(min(lengths[0], shared[1:].min(initial=lengths[0])))


def lay_out(sequences: Sequence[Tokens], shared: Integers) -> Layout:
    """The trie of sorted sequences.

    Args:
        sequences: b sorted sequences of one token or more.
        shared: (b,) as :func:`shared_lengths` gives it; the first is not read.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    shared = np.concatenate([[0], shared[1:]])
    positions = np.arange(lengths.max())
    # A text makes a node at each position past what it shares with the text before it.
    makes = (positions >= shared[:, None]) & (positions < lengths[:, None])
    per_depth = makes.sum(axis=0)
    starts = np.concatenate([[0], np.cumsum(per_depth)])
    # The node of a text at a position is the last one made there, since neighbours share.
    paths = starts[:-1] + np.cumsum(makes, axis=0) - 1
    trunk = trunk_length(lengths, shared)
    ids = np.empty(starts[-1], dtype=np.int64)
    padded = np.zeros(makes.shape, dtype=np.int64)
    for row, sequence in enumerate(sequences):
        padded[row, : lengths[row]] = sequence
    ids[paths[makes]] = padded[makes]
    groups = tuple(
        Group(int(starts[depth]), int(starts[depth + 1]), paths[makes[:, depth], trunk : depth + 1])
        for depth in range(trunk, len(positions))
    )
    return Layout(ids, np.repeat(positions, per_depth), trunk, groups, paths, lengths)


def merge(groups: Sequence[Group], free: int) -> list[Group]:
    """Groups put together with the deeper ones after them.

    Args:
        groups: by depth.
        free: ancestors that may be missing for each group that is saved.
    """
    found: list[list[Group]] = []
    for group in groups:
        deeper = group.ancestors.shape[1] - found[-1][-1].ancestors.shape[1] if found else 0
        if found and sum(group.stop - group.start for group in found[-1]) * deeper <= free:
            found[-1].append(group)
        else:
            found.append([group])
    return [_join(run) if len(run) > 1 else run[0] for run in found]


def _join(run: Sequence[Group]) -> Group:
    deepest = run[-1].ancestors.shape[1]
    ancestors = [
        np.pad(group.ancestors, ((0, 0), (deepest - group.ancestors.shape[1], 0)), constant_values=-1)
        for group in run
    ]
    return Group(run[0].start, run[-1].stop, np.concatenate(ancestors))


@dataclass(frozen=True)
class Texts:
    """Token sequences in order, so that neighbours share their beginnings.

    Attributes:
        rows: (b,) where each stood before.
        sequences: b of them, sorted.
        lengths: (b,) tokens of each.
        shared: (b,) as :func:`shared_lengths` gives it; of the first nobody asks.
    """

    rows: NDArray[np.intp]
    sequences: Sequence[Tokens]
    lengths: Integers
    shared: Integers

    @classmethod
    def sort(cls, found: Iterable[tuple[tuple[int, ...], int]]) -> Texts:
        """Of pairs of a sequence and its row."""
        pairs = sorted(found)
        sequences = [ids for ids, _ in pairs]
        lengths = np.array([len(ids) for ids in sequences], dtype=np.int64)
        return cls(
            np.array([row for _, row in pairs], dtype=np.intp), sequences, lengths, shared_lengths(sequences)
        )

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)

    def __getitem__(self, span: slice) -> Texts:
        """Neighbours."""
        return Texts(self.rows[span], self.sequences[span], self.lengths[span], self.shared[span])

    @property
    def size(self) -> int:
        """Unique beginnings: the nodes of their trie."""
        return count_nodes(self.lengths, self.shared)

    @property
    def repeated(self) -> int:
        """Tokens that all of them begin with."""
        return trunk_length(self.lengths, self.shared) if len(self) else 0

    @property
    def sharing(self) -> float:
        """Tokens for each unique beginning, 1 or more."""
        return float(self.lengths.sum()) / self.size

    def split(self, most: int) -> Iterator[Texts]:
        """Neighbours whose trie has at most so many nodes, but at least one text."""
        new = np.cumsum(self.lengths - self.shared)
        start = 0
        while start < len(self):
            nodes = self.lengths[start] + new[start + 1 :] - new[start]
            stop = start + 1 + int(np.searchsorted(nodes, most, side="right"))
            yield self[start:stop]
            start = stop

    def lay_out(self) -> Layout:
        """Their trie."""
        return lay_out(self.sequences, self.shared)
