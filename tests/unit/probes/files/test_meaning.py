"""What the families of meaning promise of their sentences."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from evenband.probes import Draw, MinimalPairs, find
from evenband.slots import load as load_slot

SWAPS = ("role-swap", "direction", "comparison", "active-passive")
GRADED = ("and-or", "all-some", "must-may", "tense", "double-negation")
FULL = {"full": Draw("full"), "fresh": Draw("full", fresh=5)}


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def shared(a: str, b: str) -> float:
    """Share of the words of either text that both have."""
    return (words(a) & words(b)).total() / (words(a) | words(b)).total()


def cells(probe: MinimalPairs) -> list[tuple[str, ...]]:
    """Texts a, changed and paraphrases of every label and sentence."""
    return [cell for t in probe.templates for cell in zip(*probe.texts(t), strict=True)]


@pytest.mark.parametrize("draw", FULL)
@pytest.mark.parametrize("name", SWAPS)
def test_the_changed_text_has_exactly_the_words_of_the_first_and_no_paraphrase_has(
    name: str, draw: str
) -> None:
    """So a bag of words must fail, in every sentence and with every pair of values."""
    for a, changed, *paraphrases in cells(find(name).load(draw=FULL[draw])):
        assert words(changed) == words(a)
        assert changed != a
        assert all(words(text) != words(a) for text in paraphrases), a


@pytest.mark.parametrize("name", GRADED)
def test_the_first_paraphrase_has_more_words_in_common_than_the_second(name: str) -> None:
    """One changes the words in question only, the other more, so a model can be told from its wording."""
    for a, _, close, free in cells(find(name).load(draw=Draw("full"))):
        assert shared(a, close) > shared(a, free), (a, close, free)


@pytest.mark.parametrize("name", ["negation", "role-swap", "direction", "and-or"])
def test_a_fresh_draw_has_no_text_of_the_standard_one(name: str) -> None:
    """Though a list may have no new values left: then each sentence holds another filler, or another pair."""
    standard, fresh = (
        {text for cell in cells(find(name).load(draw=draw)) for text in cell}
        for draw in (Draw(), Draw(fresh=5))
    )
    assert not standard & fresh


def test_a_food_reads_right_behind_a_preposition() -> None:
    """Soup with almonds, but soup with rice: the column is the word itself or a plural of it."""
    foods = load_slot("table:food")
    bulk = dict(zip(foods.values, foods.columns["bulk"], strict=True))
    expected = {
        "almond": "almonds", "rice": "rice", "anchovy": "anchovies", "tomato": "tomatoes",
        "bay leaf": "bay leaves", "olive": "olives", "cheese": "cheese", "peach": "peaches",
    }  # fmt: skip
    assert {value: bulk[value] for value in expected} == expected
    assert all(str(many)[:-3].startswith(str(one)[:-3]) for one, many in bulk.items())


def test_an_animal_is_as_large_as_its_size_says() -> None:
    """Ranks of well-known animals are in the order of their weight."""
    animals = load_slot("table:animal")
    size = dict(zip(animals.values, map(int, map(str, animals.columns["size"])), strict=True))
    ladder = ["ant", "sparrow", "pigeon", "cat", "fox", "goat", "horse", "elephant", "blue whale"]
    assert [size[animal] for animal in ladder] == list(range(1, 10))
    assert set(size.values()) == set(range(1, 10))
