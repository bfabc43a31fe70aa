"""Prefix tries of token sequences, laid out breadth-first. Pure numpy.

A node is a token together with all tokens before it. In a causal model the state of a token depends on
nothing else, so each node is computed once, however many texts contain it.
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
    """Consecutive nodes below the common prefix, of one depth or of several neighbouring depths.

    Attributes:
        start: first node.
        stop: one past the last node.
        ancestors: each node's path below the common prefix, ending with the node itself; shallower nodes
            are left-padded with -1. Shape: (stop - start, deepest depth - prefix length + 1).
    """

    start: int
    stop: int
    ancestors: Integers


@dataclass(frozen=True)
class Layout:
    """The n nodes of the trie of b texts, shallow nodes first.

    Attributes:
        ids: (n,) token id of each node.
        depths: (n,) position of each node in its texts, starting at 0.
        prefix_length: number of tokens that all texts have in common at their beginning; these are the
            nodes 0 ... prefix_length - 1.
        groups: the nodes below the common prefix, one group per depth.
        paths: (b, longest) the node at each position of each text; undefined beyond the text's end.
        lengths: (b,) number of tokens per text.
    """

    ids: Integers
    depths: Integers
    prefix_length: int
    groups: tuple[Group, ...]
    paths: Integers
    lengths: Integers


def shared_lengths(sequences: Sequence[Tokens]) -> Integers:
    """Return the length of the prefix that each sequence shares with the one before it.

    Shape: b sorted sequences -> (b,), the first 0.
    """
    shared = np.zeros(len(sequences), dtype=np.int64)
    for row in range(1, len(sequences)):
        left, right = sequences[row - 1], sequences[row]
        shorter = min(len(left), len(right))
        if left[:shorter] == right[:shorter]:
            shared[row] = shorter
        else:
            shared[row] = next(at for at in range(shorter) if left[at] != right[at])
    return shared


def count_nodes(lengths: Integers, shared: Integers) -> int:
    """Return the number of trie nodes of consecutive sorted texts; ``shared[0]`` is ignored."""
    return int(lengths.sum() - shared[1:].sum())


def common_prefix_length(lengths: Integers, shared: Integers) -> int:
    """Return the length of the prefix common to one or more consecutive sorted texts."""
    return int(min(lengths[0], shared[1:].min(initial=lengths[0])))


def lay_out(sequences: Sequence[Tokens], shared: Integers) -> Layout:
    """Build the trie of sorted sequences.

    Args:
        sequences: b sorted sequences of at least one token each.
        shared: (b,) as returned by :func:`shared_lengths`; the first element is ignored.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    shared = np.concatenate([[0], shared[1:]])
    positions = np.arange(lengths.max())
    # A text adds a node at each position beyond the prefix that it shares with the text before it.
    adds_node = (positions >= shared[:, None]) & (positions < lengths[:, None])
    per_depth = adds_node.sum(axis=0)
    starts = np.concatenate([[0], np.cumsum(per_depth)])
    # Since neighbours share prefixes, a text's node at a position is the last one added there so far.
    paths = starts[:-1] + np.cumsum(adds_node, axis=0) - 1
    prefix_length = common_prefix_length(lengths, shared)
    ids = np.empty(starts[-1], dtype=np.int64)
    padded = np.zeros(adds_node.shape, dtype=np.int64)
    for row, sequence in enumerate(sequences):
        padded[row, : lengths[row]] = sequence
    ids[paths[adds_node]] = padded[adds_node]
    groups = tuple(
        Group(
            int(starts[depth]),
            int(starts[depth + 1]),
            paths[adds_node[:, depth], prefix_length : depth + 1],
        )
        for depth in range(prefix_length, len(positions))
    )
    return Layout(ids, np.repeat(positions, per_depth), prefix_length, groups, paths, lengths)


def merge(groups: Sequence[Group], padding: int) -> list[Group]:
    """Merge groups of neighbouring depths where little padding saves a group.

    Args:
        groups: one per depth, shallow groups first.
        padding: number of padded ancestors that one group less is worth.
    """
    runs: list[list[Group]] = []
    for group in groups:
        deeper = group.ancestors.shape[1] - runs[-1][-1].ancestors.shape[1] if runs else 0
        if runs and sum(group.stop - group.start for group in runs[-1]) * deeper <= padding:
            runs[-1].append(group)
        else:
            runs.append([group])
    return [_concatenate(run) if len(run) > 1 else run[0] for run in runs]


def _concatenate(run: Sequence[Group]) -> Group:
    """Join consecutive groups into one, with their ancestors left-padded to the deepest."""
    deepest = run[-1].ancestors.shape[1]
    ancestors = [
        np.pad(group.ancestors, ((0, 0), (deepest - group.ancestors.shape[1], 0)), constant_values=-1)
        for group in run
    ]
    return Group(run[0].start, run[-1].stop, np.concatenate(ancestors))


@dataclass(frozen=True)
class Texts:
    """Sorted token sequences, so that neighbours share prefixes.

    Attributes:
        rows: (b,) index of each sequence in the unsorted input.
        sequences: b token sequences, sorted.
        lengths: (b,) number of tokens of each.
        shared: (b,) as returned by :func:`shared_lengths`; the first element is never read.
    """

    rows: NDArray[np.intp]
    sequences: Sequence[Tokens]
    lengths: Integers
    shared: Integers

    @classmethod
    def sort(cls, sequences_with_rows: Iterable[tuple[tuple[int, ...], int]]) -> Texts:
        """Sort pairs of a token sequence and its row."""
        pairs = sorted(sequences_with_rows)
        sequences = [ids for ids, _ in pairs]
        lengths = np.array([len(ids) for ids in sequences], dtype=np.int64)
        return cls(
            np.array([row for _, row in pairs], dtype=np.intp), sequences, lengths, shared_lengths(sequences)
        )

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.rows)

    def __getitem__(self, span: slice) -> Texts:
        """Return a run of consecutive texts."""
        return Texts(self.rows[span], self.sequences[span], self.lengths[span], self.shared[span])

    @property
    def size(self) -> int:
        """Number of trie nodes."""
        return count_nodes(self.lengths, self.shared)

    @property
    def repeated(self) -> int:
        """Length of the prefix common to all texts, which every part of a split computes again."""
        return common_prefix_length(self.lengths, self.shared) if len(self) else 0

    @property
    def sharing(self) -> float:
        """Mean number of tokens per trie node, at least 1."""
        return float(self.lengths.sum()) / self.size

    def split(self, max_nodes: int) -> Iterator[Texts]:
        """Yield consecutive parts whose tries have at most ``max_nodes`` nodes, or a single text."""
        new_nodes = np.cumsum(self.lengths - self.shared)
        start = 0
        while start < len(self):
            nodes = self.lengths[start] + new_nodes[start + 1 :] - new_nodes[start]
            stop = start + 1 + int(np.searchsorted(nodes, max_nodes, side="right"))
            yield self[start:stop]
            start = stop

    def lay_out(self) -> Layout:
        """Build the trie of these texts."""
        return lay_out(self.sequences, self.shared)
