"""A trie holds every beginning once, and every text is one of its paths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.encoders.local.engines import trie

sequences_of_few_tokens = st.lists(
    st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple), min_size=1, max_size=12
).map(sorted)


@given(sequences_of_few_tokens)
def test_each_beginning_is_one_node_and_each_path_spells_its_text(sequences: list[tuple[int, ...]]) -> None:
    layout = trie.lay_out(sequences, trie.shared_lengths(sequences))
    beginnings = {sequence[:end] for sequence in sequences for end in range(1, len(sequence) + 1)}
    assert len(layout.ids) == len(layout.depths) == len(beginnings)
    for sequence, path in zip(sequences, layout.paths, strict=True):
        nodes = path[: len(sequence)]
        assert tuple(layout.ids[nodes]) == sequence
        assert layout.depths[nodes].tolist() == list(range(len(sequence)))


@given(sequences_of_few_tokens)
def test_ancestors_and_common_prefix_are_the_nodes_a_token_may_attend_to(
    sequences: list[tuple[int, ...]],
) -> None:
    layout = trie.lay_out(sequences, trie.shared_lengths(sequences))
    seen = {}
    for node in range(layout.prefix_length):
        seen[node] = layout.ids[: node + 1].tolist()
    for group in layout.groups:
        for node, below in zip(range(group.start, group.stop), group.ancestors, strict=True):
            assert below[-1] == node
            seen[node] = [*layout.ids[: layout.prefix_length].tolist(), *layout.ids[below].tolist()]
    assert sorted(seen) == list(range(len(layout.ids)))
    beginnings = {sequence[:end] for sequence in sequences for end in range(1, len(sequence) + 1)}
    assert {tuple(spelled) for spelled in seen.values()} == beginnings


@given(sequences_of_few_tokens, st.integers(0, 30))
def test_merged_groups_hold_the_same_paths_and_no_more_gaps_than_are_free(
    sequences: list[tuple[int, ...]], free: int
) -> None:
    groups = trie.lay_out(sequences, trie.shared_lengths(sequences)).groups
    merged = trie.merge(groups, free)
    paths = [row[row >= 0].tolist() for group in merged for row in group.ancestors]
    assert paths == [row.tolist() for group in groups for row in group.ancestors]
    assert [group.stop - group.start for group in merged] == [len(group.ancestors) for group in merged]
    gaps = sum(int((group.ancestors < 0).sum()) for group in merged)
    assert gaps <= free * (len(groups) - len(merged))
    assert len(trie.merge(groups, 10**6)) <= 1


@given(sequences_of_few_tokens)
def test_the_common_prefix_is_the_longest_that_all_share(sequences: list[tuple[int, ...]]) -> None:
    layout = trie.lay_out(sequences, trie.shared_lengths(sequences))
    assert all(
        sequence[: layout.prefix_length] == sequences[0][: layout.prefix_length] for sequence in sequences
    )
    longer = {sequence[: layout.prefix_length + 1] for sequence in sequences}
    assert len(longer) > 1 or any(len(sequence) == layout.prefix_length for sequence in sequences)


@given(sequences_of_few_tokens, st.integers(1, 20))
def test_chunks_cover_the_texts_in_order_and_keep_to_the_budget(
    sequences: list[tuple[int, ...]], budget: int
) -> None:
    texts = trie.Texts.sort((sequence, row) for row, sequence in enumerate(sequences))
    rest = texts[len(sequences) // 3 :]
    start = 0
    for chunk in rest.split(budget):
        nodes = len(chunk.lay_out().ids)
        assert chunk.size == nodes
        assert nodes <= budget or len(chunk) == 1
        stop = start + len(chunk)
        assert chunk.rows.tolist() == rest.rows[start:stop].tolist()
        if stop < len(rest):
            assert nodes + rest.lengths[stop] - rest.shared[stop] > budget
        start = stop
    assert start == len(rest)


@pytest.mark.parametrize(("texts", "nodes"), [(["abc", "abd", "abd"], 4), (["a"], 1), (["ab", "abc"], 3)])
def test_nodes_are_counted_by_hand(texts: list[str], nodes: int) -> None:
    sequences = [tuple(map(ord, text)) for text in texts]
    shared = trie.shared_lengths(sequences)
    assert trie.count_nodes(np.array([len(text) for text in texts]), shared) == nodes
