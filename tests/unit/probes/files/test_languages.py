"""The families of other languages change what they say they change, and nothing else."""

import re

import pytest

from evenband.probes import find
from evenband.probes.files.drawing import Draw
from evenband.probes.pairs.baselines import measure_baselines

LANGUAGES = ("de", "es", "fr", "zh")
DENIALS = {
    "de": r"\b(kein|keine|keinen|nicht|ohne)\b",
    "es": r"\b(no|sin)\b",
    "fr": r"\b(ne|n'\w+|pas|sans)\b",
    "zh": "没|不适合|无效",
}


def cells(name: str) -> list[tuple[str, ...]]:
    """All texts of a full draw of forty labels' worth, a and b first."""
    probe = find(name).load(draw=Draw("full"))
    few = probe.take(range(0, len(probe.slot), 5))
    return [cell for template in few.templates for cell in zip(*few.texts(template), strict=True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_comma_is_all_that_changes(language: str) -> None:
    """One mark less, the last of the sentence."""
    mark = "，" if language == "zh" else ","
    for a, b in cells(f"{language}-comma"):
        head, comma, tail = a.rpartition(mark)
        assert comma
        assert b == head + tail


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_changed_text_denies(language: str) -> None:
    """A paraphrase with a negation in it would not mean what a means."""
    for a, changed, *paraphrases in cells(f"{language}-negation"):
        assert re.search(DENIALS[language], changed)
        for text in (a, *paraphrases):
            assert not re.search(DENIALS[language], text)


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_a_bag_of_words_prefers_the_denial(language: str) -> None:
    """Every paraphrase shares fewer words with a, so that words alone give the wrong answer."""
    for size in ("standard", "full"):
        probe = find(f"{language}-negation").load(draw=Draw(size))
        assert measure_baselines(probe.take(range(60)))["words"] < 0.03


def test_letter_trigrams_prefer_the_denial_in_chinese() -> None:
    """Where no spaces part the words, characters are the floor."""
    assert measure_baselines(find("zh-negation").load())["chars"] < 0.15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_digits_are_written_with_a_mark_for_thousands(language: str) -> None:
    """One mark more, three digits before the end of the number; nothing else."""
    mark = {"de": ".", "es": ".", "fr": " ", "zh": ","}[language]
    for a, b in cells(f"{language}-thousands"):
        assert len(b) == len(a) + 1
        assert re.sub(rf"(?<=\d){re.escape(mark)}(?=\d\d\d)", "", b) == a


def test_characters_replace_the_digits_of_one_number() -> None:
    """The rest of a Chinese sentence stays."""
    for a, b in cells("zh-numerals"):
        changed = re.sub("[零一二三四五六七八九十百千万]{2,}", "#", b)
        assert changed.count("#") == 1
        head, tail = changed.split("#")
        assert a.startswith(head)
        assert a.endswith(tail)
        assert a[len(head) : len(a) - len(tail)].isdigit()
