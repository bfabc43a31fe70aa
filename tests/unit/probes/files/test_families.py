"""The suite's families as they ship: every text that a standard draw embeds is looked at."""

from __future__ import annotations

import re
from functools import cache

import pytest

from evenband import probes
from evenband.probes import Definition, Draw, MinimalPairs
from evenband.slots import load as load_slot

SUITE = [one for one in map(probes.find, probes.names()) if one.suites]
KIT = [one for one in map(probes.find, probes.names()) if one.needs_terms]
TERMS = "list:Aspirin Forte,GDPR Article 17,oat milk barista,Falcon 9,night cream,steel ruler"
DRAWS = {"standard": Draw(), "fresh": Draw(fresh=3)}
WORDS = 60

FAMILIES = {
    1: "vocative-comma", 2: "question-mark", 3: "casing", 4: "typo", 5: "contraction", 6: "article",
    7: "politeness", 8: "boilerplate", 9: "list-order", 10: "thousands", 11: "name-swap", 12: "negation",
    13: "with-without", 14: "and-or", 15: "role-swap", 16: "direction", 17: "comparison", 18: "antonym",
    19: "all-some", 20: "must-may", 21: "before-after", 22: "tense", 23: "milligram", 24: "magnitude",
    25: "date", 26: "letter-in-word", 27: "spelled-out", 28: "definition-medical", 29: "limit-lists",
    30: "spelling", 31: "acronym", 32: "whitespace", 33: "plural", 34: "units", 35: "active-passive",
    36: "codes", 37: "double-negation", 38: "instruction", 39: "grand-letters", 40: "length",
}  # fmt: skip
"""The method's forty families by their numbers."""


@cache
def _probe(name: str, draw: str) -> MinimalPairs:
    return probes.find(name).load(draw=DRAWS[draw], terms=TERMS)


def _name(one: Definition) -> str:
    return one.name


def test_all_forty_families_are_in_the_standard_suite() -> None:
    """By name; definitions come in three kinds, units beside currencies."""
    names = {one.name for one in probes.in_suite("standard")}
    assert set(FAMILIES.values()) <= names
    assert {"definition-legal", "definition-everyday", "currency"} <= names
    assert (
        {one.name for one in probes.in_suite("quick")}
        <= names
        <= {one.name for one in probes.in_suite("full")}
    )


@pytest.mark.parametrize("one", SUITE, ids=_name)
def test_a_family_says_what_it_is_and_is_large_enough(one: Definition) -> None:
    """Meaning, reason, cover and weakness in words; four sentences and 200 values, two paraphrases."""
    assert min(len(one.why), len(one.covers), len(one.weakness)) > 15
    assert len(one.templates) >= 4
    assert len(_probe(one.name, "standard").slot) >= (26 if one.name == "grand-letters" else 200)
    if one.type == "DIFF":
        assert all(len(row.paraphrases or ()) >= 2 for row in one.templates)
    assert (
        one.effect == "keeps"
        or one.type != "INV"
        or one.name in ("vocative-comma", "grand-letters")
        or (one.effect in ("changes", "reverses"))
    )


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("one", [*SUITE, *KIT], ids=_name)
def test_every_text_is_filled_different_and_short(one: Definition, draw: str) -> None:
    """No gap stays open, no two texts of a cell are equal, none of a template occurs twice, none is long."""
    probe = _probe(one.name, draw)
    for template in probe.templates:
        texts = probe.texts(template)
        for row, cell in enumerate(zip(*texts, strict=True)):
            where = f"{one.name}, {template.name!r}, {probe.slot.values[row]!r}"
            assert len(set(cell)) == len(cell), where
            for text in cell:
                assert not re.search(r"\{[a-z]", text), where
                assert text.strip(), where
                assert len(text.split()) <= WORDS, where
        assert len(set(texts[0])) == len(texts[0]), f"{one.name}: {template.name!r} has a text a twice"
        if one.type == "INV":
            assert len(set(texts[1])) == len(texts[1]), f"{one.name}: {template.name!r} has a text b twice"


@pytest.mark.parametrize("one", [*SUITE, *KIT], ids=_name)
def test_slots_are_in_the_language_of_the_sentences(one: Definition) -> None:
    """A German sentence has no English noun in it; numbers and codes have no language."""
    references = [*one.slots.values(), *one.fillers.values()]
    languages = {
        load_slot(ref).language for ref in references if ref != "terms:" and not ref.startswith("letters")
    }
    assert languages <= {"", one.language}


@pytest.mark.parametrize("one", [one for one in SUITE if one.name != "grand-letters"], ids=_name)
def test_a_fresh_draw_shares_few_texts_with_the_standard_one(one: Definition) -> None:
    """New values where the list has them, new fillers and forms where it has not."""
    standard, fresh = (_probe(one.name, draw) for draw in ("standard", "fresh"))
    published = {cell for t in standard.templates for cell in zip(*standard.texts(t), strict=True)}
    drawn = [cell for t in fresh.templates for cell in zip(*fresh.texts(t), strict=True)]
    shared = sum(cell in published for cell in drawn) / len(drawn)
    assert shared < 0.5, f"{one.name}: {shared:.0%} of the fresh texts are the standard ones"
