"""Slurs among WordNet's persons are measured like all, and no examples unless they are certified."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

import evenband
from evenband.narrative.reticence import is_shown, name_of, shown_outliers
from evenband.unshown_words import NOT_SHOWN, every_word
from unit.unshown import PASSED_OVER, PERSONS


def test_the_list_is_of_nouns_that_there_are() -> None:
    """About a hundred of the 10,153, each a noun of the slot; common words are not on it."""
    assert 80 < len(PASSED_OVER) < 150
    harmless = ("grandma", "boy", "queen", "American", "Jew", "Muslim", "Black", "woman", "lesbian", "nurse")
    assert set(harmless) <= set(PERSONS.values) | {"Black"}
    assert not set(harmless) & set(PASSED_OVER)


def measurement(slot: str) -> Any:
    return cast(Any, SimpleNamespace(probe=SimpleNamespace(slot=slot)))


def test_the_users_own_words_are_shown() -> None:
    """A list of one's own, and everything where all words are asked for."""
    word = PASSED_OVER[0]
    assert not is_shown(measurement("wordnet:person.n.01"), word)
    assert not is_shown(measurement("wordnet:person.n.01"), word.upper())
    assert is_shown(measurement("file:names.csv"), word)
    with every_word():
        assert is_shown(measurement("wordnet:person.n.01"), word)
    assert not is_shown(measurement("wordnet:person.n.01"), word)


def test_a_table_that_needs_the_figure_names_no_slur() -> None:
    """The lowest label's name is replaced, unless a cell of it is certified or all words are asked for."""
    [audit] = evenband.audit("toy:chars", "comma", sample=250)
    items = (PASSED_OVER[0], *audit.measurement.items[1:])
    swapped = replace(audit, measurement=replace(audit.measurement, items=items))
    plain = replace(swapped, q=np.full_like(audit.q, 0.9))
    assert name_of(plain, 0, 0) == NOT_SHOWN
    assert name_of(plain, 1, 0) == items[1]
    with every_word():
        assert name_of(plain, 0, 0) == PASSED_OVER[0]
    q = plain.q.copy()
    q[0, 0] = audit.level
    assert name_of(replace(plain, q=q), 0, 0) == PASSED_OVER[0]


def test_only_a_certified_cell_shows_one() -> None:
    """The others keep their order; the audit itself holds all."""
    [audit] = evenband.audit("toy:chars", "comma", sample=250)
    harmless = [one for one in audit.outliers if is_shown(audit.measurement, one.label)]
    first, second, third = harmless[:3]
    slur = replace(first, label=PASSED_OVER[0], q=0.9, shift_q=None)
    plain = replace(audit, outliers=(slur, second, third))
    assert shown_outliers(plain) == [second, third]
    certified = replace(audit, outliers=(second, replace(slur, q=audit.level), third))
    assert [one.label for one in shown_outliers(certified)] == [second.label, slur.label, third.label]
    moved = replace(audit, outliers=(replace(slur, shift_q=0.01), second))
    assert len(shown_outliers(moved)) == 2
    assert len(plain.outliers) == 3
