"""Lexical columns against WordNet's own listing, wordfreq itself and the sources asked one by one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from evenband.slots import lexical, load, matching, wordnet
from evenband.slots.lexical import lexical_columns

# Of WordNet 3.0: number of noun senses; whether a noun is a verb, an adjective, an adverb as well.
LISTED_BY_WORDNET = {
    "grandma": (1, False, False, False),
    "point man": (2, False, False, False),
    "dog": (7, True, False, False),
    "light": (15, True, True, True),
    "good": (4, False, True, True),
    "NP": (2, False, False, False),
    "Turkey": (5, False, False, False),
    "beautifully": (0, False, False, False),
    "grandba": (0, False, False, False),
}
WORDS = tuple(LISTED_BY_WORDNET)


@pytest.fixture
def no_wordfreq(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation without the extra ``words``."""
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    matching.frequency.cache_clear()
    yield
    matching.frequency.cache_clear()


def test_senses_and_parts_of_speech_are_wordnets() -> None:
    """Counted by hand in WordNet's listing; an adverb that is not a noun has neither."""
    columns = lexical_columns(WORDS)
    names = ("word_senses", "word_verb", "word_adjective", "word_adverb")
    assert dict(zip(WORDS, zip(*(columns[name] for name in names), strict=True), strict=True)) == (
        LISTED_BY_WORDNET
    )


def test_frequency_is_wordfreqs_own() -> None:
    """Zipf frequency in English, 0 for a word that wordfreq does not have."""
    wordfreq = pytest.importorskip("wordfreq")
    frequencies = lexical_columns(WORDS)["word_frequency"]
    assert frequencies == tuple(wordfreq.zipf_frequency(word, "en") for word in WORDS)
    by_word = dict(zip(WORDS, frequencies, strict=True))
    assert (by_word["grandma"], by_word["dog"], by_word["grandba"]) == (4.11, 5.1, 0.0)


def test_names_order_and_types_of_the_columns() -> None:
    """Plain Python values, which a measurement's file keeps as they are."""
    pytest.importorskip("wordfreq")
    columns = lexical_columns(["dog"])
    assert {name: type(cells[0]) for name, cells in columns.items()} == {
        "word_frequency": float,
        "word_senses": int,
        "word_verb": bool,
        "word_adjective": bool,
        "word_adverb": bool,
    }


def test_no_values_have_empty_columns() -> None:
    """The columns are there, without cells."""
    columns = lexical_columns([])
    assert "word_senses" in columns
    assert set(columns.values()) == {()}


@pytest.mark.usefixtures("no_wordfreq")
def test_without_wordfreq_frequency_is_absent() -> None:
    """Not 0, which would say that no word occurs; all other columns stay."""
    assert list(lexical_columns(WORDS)) == ["word_senses", "word_verb", "word_adjective", "word_adverb"]


def test_columns_do_not_depend_on_an_earlier_installation(no_wordfreq: None) -> None:
    """What was cached without wordfreq is not given once it is there, and the other way round."""
    assert "word_frequency" not in lexical_columns(("dog",))
    planted = dict.fromkeys(WORDS, 1.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "frequency", lambda: planted.__getitem__)
        assert lexical_columns(("dog",))["word_frequency"] == (1.5,)
    assert "word_frequency" not in lexical_columns(("dog",))


def test_a_change_by_the_caller_does_not_reach_the_cache() -> None:
    """Each call returns a dictionary of its own."""
    lexical_columns(WORDS).clear()
    assert "word_senses" in lexical_columns(WORDS)


def test_all_persons_are_looked_up_once_and_fast() -> None:
    """All 10,153 nouns agree with single look-ups, within seconds at first and at once afterwards."""
    values = load("wordnet:person.n.01").values
    lexical._look_up.cache_clear()
    start = time.process_time()
    columns = lexical_columns(values)
    first = time.process_time()
    again = lexical_columns(values)
    second = time.process_time()
    assert columns == again
    assert columns["word_senses"] == tuple(len(wordnet.senses(value)) for value in values)
    assert columns["word_verb"] == tuple("verb" in wordnet.other_parts(value) for value in values)
    assert first - start < 5
    assert second - first < 0.1
