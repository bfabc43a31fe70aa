"""Words matched in length and frequency."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.slots import matching
from evenband.slots.matching import matched_words

WORDS = st.text("abcdefgh", min_size=1, max_size=5)


def zipf_by_first_letter(word: str) -> float:
    """A planted frequency: a 1, b 2, c 3 ..."""
    return float(ord(word[0]) - ord("a") + 1)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frequencies that the test knows."""
    monkeypatch.setattr(matching, "frequency", lambda: zipf_by_first_letter)


@pytest.mark.usefixtures("planted")
def test_the_nearest_in_frequency_come_first() -> None:
    """c is 3: first the other c, then b or d, then a; of equal ones the nearer in length first."""
    found = matched_words("cat", 4, ["axx", "bxxx", "bxx", "cxx", "exxxx"])
    assert [(match.word, match.zipf) for match in found] == [
        ("cxx", 3.0),
        ("bxx", 2.0),
        ("bxxx", 2.0),
        ("axx", 1.0),
    ]
    assert {match.target for match in found} == {"cat"}


@pytest.mark.usefixtures("planted")
def test_only_single_lower_case_words_of_about_that_length() -> None:
    """Capitals, spaces, hyphens, apostrophes and far lengths are out, and so are target and exclusions."""
    words = ["Cxx", "c x", "c-x", "c'x", "cx", "cxxxxx", "cat", "cut", "cot"]
    assert [match.word for match in matched_words("cat", 9, words, exclude=["cut"])] == ["cot", "cx"]
    assert {match.word for match in matched_words("cat", 9, words, slack=3)} == {"cot", "cut", "cx", "cxxxxx"}


@given(st.lists(WORDS), WORDS, st.integers(0, 6), st.lists(WORDS), st.randoms())
def test_the_order_of_candidates_does_not_matter(
    words: list[str], target: str, k: int, exclude: list[str], random: object
) -> None:
    """Deterministic, at most k, never the target nor an excluded word, none twice."""
    found = matched_words(target, k, words, exclude)
    assert found == matched_words(target, k, list(reversed(words)), exclude)
    chosen = [match.word for match in found]
    assert len(chosen) <= k
    assert len(chosen) == len(set(chosen))
    assert set(chosen) <= set(words) - {target, *exclude}


def test_wordfreq_is_imported_only_when_words_are_matched() -> None:
    """Importing the schemes and loading a slot leaves wordfreq alone."""
    code = (
        "import sys; from evenband import slots; slots.schemes(); slots.load('letters:grand?a');"
        "sys.exit('wordfreq' in sys.modules or 'pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_wordfreq_there_is_no_frequency(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing library gives None, not an error and not 0."""
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    matching.frequency.cache_clear()
    assert matching.frequency() is None
    (match,) = matched_words("cat", 1, ["dog"])
    assert match.zipf is None
    matching.frequency.cache_clear()
