"""Near duplicates: every planted pair is found, with the similarity that sets give."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.stats.shingles import SHINGLE, Shingles, near_pairs

LETTERS = "abcdefghijklmnopqrstuvwxyz "


def random_texts(n: int, rng: np.random.Generator, length: int = 80) -> list[str]:
    """Texts of random letters, which share almost no shingle."""
    return ["".join(rng.choice(list(LETTERS), size=length)) for _ in range(n)]


def changed(text: str, letters: int) -> str:
    """The text with its last letters replaced."""
    return text[:-letters] + "#" * letters


def jaccard(a: str, b: str) -> float:
    """Of the sets of shingles, by Python's own sets of strings."""
    one, other = ({text[k : k + SHINGLE] for k in range(len(text) - SHINGLE + 1)} for text in (a, b))
    return len(one & other) / len(one | other)


def test_shingles_are_those_of_each_text_alone() -> None:
    """As many different hashes as different substrings; short texts and equal texts included."""
    texts = ["banana banana", "ab", "naïve 🙂 text", "ab", "abcd"]
    shingles = Shingles(texts)
    counts = [len(shingles.set_of(row)) for row in range(len(texts))]
    assert counts == [len({t[k : k + 4] for k in range(max(len(t) - 3, 1))}) for t in texts]
    assert shingles.set_of(1) == shingles.set_of(3) != shingles.set_of(4)
    assert not shingles.set_of(0) & shingles.set_of(2)


def test_planted_near_duplicates_are_found_and_nothing_else() -> None:
    """Of 400 random texts, the 40 with a changed copy; each similarity is that of Python's sets."""
    rng = np.random.default_rng(1)
    texts = random_texts(400, rng)
    copies = [changed(text, 4) for text in texts[:40]]
    found = near_pairs([*texts, *copies], 0, 0.7)
    assert [(a, b) for a, b, _ in found] == [(row, 400 + row) for row in range(40)]
    for a, b, similarity in found:
        assert similarity == pytest.approx(jaccard(texts[a], copies[b - 400]))


def test_two_collections_are_compared_across_only() -> None:
    """Copies within one collection do not count; each text of the first finds its copies in the second."""
    rng = np.random.default_rng(2)
    texts = random_texts(50, rng)
    first, second = [texts[0], changed(texts[0], 2), texts[1]], [changed(texts[0], 3), *texts[2:]]
    found = near_pairs([*first, *second], len(first), 0.7)
    assert {(a, b) for a, b, _ in found} == {(0, 3), (1, 3)}


def test_many_texts_alike_are_all_named() -> None:
    """A thousand texts of one template: each is in a pair, and the number of pairs stays in proportion."""
    texts = [f"the quick brown fox number {k:04} jumps over the lazy dog of the king" for k in range(1000)]
    found = near_pairs(texts, 0, 0.8)
    assert {row for a, b, _ in found for row in (a, b)} == set(range(1000))
    assert len(found) < 45_000


@pytest.mark.parametrize("texts", [[], ["one"], ["one", "two"]])
def test_few_texts_have_no_near_duplicates(texts: list[str]) -> None:
    """Nothing to compare is no error."""
    assert near_pairs(texts, 0, 0.8) == []
