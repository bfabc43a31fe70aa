"""The letter ablation: 26 strings, the real words marked, matched words beside them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots import letters, load, matching, wordnet


def test_the_articles_ablation() -> None:
    """grand?a: 26 strings in the alphabet's order, of which only grandma and grandpa are words."""
    slot = load("letters:grand?a")
    assert slot.values == tuple(f"grand{letter}a" for letter in string.ascii_lowercase)
    assert slot.columns["letter"] == tuple(string.ascii_lowercase)
    assert set(slot.columns["group"]) == {"letter"}
    words = [value for value, word in zip(slot.values, slot.columns["is_word"], strict=True) if word]
    assert words == ["grandma", "grandpa"]


def test_capitals_do_not_hide_a_word() -> None:
    """Grandma is a word too."""
    slot = load("letters:Grand?a")
    assert slot.columns["is_word"][string.ascii_lowercase.index("m")] is True


def test_matched_words_stand_after_the_letters() -> None:
    """24 single, lower-case words for persons of 6 to 8 letters, half for each of the two real words."""
    slot = load("letters:grand?a@matched")
    assert slot.values[:26] == load("letters:grand?a").values
    matched = slot.values[26:]
    assert len(matched) == 24
    assert all(word.isalpha() and word.islower() and 6 <= len(word) <= 8 for word in matched)
    assert all(wordnet.in_category(word, "person.n.01") for word in matched)
    assert not any(wordnet.other_parts(word) for word in matched)
    assert slot.columns["group"][26:] == ("matched",) * 24
    assert slot.columns["is_word"][26:] == (True,) * 24
    assert slot.columns["letter"][26:] == (None,) * 24
    targets = slot.columns["target"]
    assert targets[:26] == (None,) * 26
    assert [targets[26:].count(word) for word in ("grandma", "grandpa")] == [12, 12]


def test_each_target_gets_its_own_nearest_words() -> None:
    """The first matched word is the best for the first target, the second the best left for the second."""
    slot = load("letters:grand?a@matched=2")
    pool = load("letters:grand?a@matched=200").values[26:]
    first = matching.matched_words("grandma", 1, pool)[0].word
    second = matching.matched_words("grandpa", 1, pool, exclude=[first])[0].word
    assert slot.values[26:] == (first, second)


def test_matched_words_are_as_frequent_as_their_target() -> None:
    """By wordfreq itself, within a third of a unit of the Zipf scale: a factor of two."""
    wordfreq = pytest.importorskip("wordfreq")
    slot = load("letters:grand?a@matched")
    for word, target, zipf in list(
        zip(slot.values, slot.columns["target"], slot.columns["zipf"], strict=True)
    )[26:]:
        assert zipf == wordfreq.zipf_frequency(word, "en")
        assert abs(zipf - wordfreq.zipf_frequency(target, "en")) < 0.34


def test_without_wordfreq_the_origin_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Length alone decides, no frequency is made up, and the report can tell the reader."""
    monkeypatch.setattr(letters, "frequency", lambda: None)
    monkeypatch.setattr(matching, "frequency", lambda: None)
    slot = load("letters:grand?a@matched=6")
    assert len(slot) == 32
    assert "wordfreq is not installed" in slot.origin
    assert "zipf" not in slot.columns
    assert {len(word) for word in slot.values[26:]} == {7}


def test_other_nouns_where_a_word_is_no_person() -> None:
    """c?t: cat and cut are no persons, so any nouns are matched."""
    slot = load("letters:c?t@matched=8")
    assert len(slot) == 34
    assert "nouns below entity.n.01" in slot.origin
    assert len(set(slot.columns["target"][26:])) > 1


def test_no_word_no_matched_words() -> None:
    """Where no string is a word there is nothing to match, and the origin says so."""
    slot = load("letters:zzz?q@matched")
    assert slot.values == load("letters:zzz?q").values
    assert "no matched words" in slot.origin


def test_other_letters() -> None:
    """alphabet=aeiou puts these in, in that order."""
    assert load("letters:b?t@alphabet=aeiou").values == ("bat", "bet", "bit", "bot", "but")


@given(st.text(st.characters(codec="utf-8", exclude_characters="?@\n"), max_size=8), st.integers(0, 8))
def test_every_pattern_gives_26_strings_of_one_length(rest: str, at: int) -> None:
    """Whatever stands around the question mark stays there."""
    at = min(at, len(rest))
    slot = letters.load(f"{rest[:at]}?{rest[at:]}")
    assert len(slot) == 26
    assert all(value[:at] == rest[:at] and value[at + 1 :] == rest[at:] for value in slot.values)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("letters:grandma", "has 0 question marks"),
        ("letters:gr?nd?a", "has 2 question marks"),
        ("letters:grand?a@match", "'match'; did you mean 'matched'"),
        ("letters:grand?a@matched=none", "matched=none, expected a whole number from 1 up"),
        ("letters:grand?a@matched=0", "matched=0, expected a whole number from 1 up"),
        ("letters:grand?a@alphabet", "expected 'alphabet=VALUE'"),
        ("letters:grand?a@alphabet=aba", "'a' twice"),
        ("letters:zzz?q@matched=3", "none of the 26 strings is a noun"),
    ],
)
def test_a_bad_pattern_is_refused(ref: str, message: str) -> None:
    """The error names the reference, what was found and what was expected."""
    with pytest.raises(InputError, match=message) as caught:
        load(ref)
    assert repr(ref) in str(caught.value)
