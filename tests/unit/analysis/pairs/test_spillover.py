"""Look-alikes: which of the labels that moved only followed another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenband.analysis.pairs.spillover import ALONE, Spelling, leaders, trigrams
from evenband.slots import wordnet

PEOPLE = tuple(wordnet.load("person.n.01").values)[::7]
MAKERS = ("bootmaker", "diemaker", "shirtmaker")


def _moved(labels: tuple[str, ...], *names: str) -> NDArray[np.bool_]:
    return np.array([[label in names] for label in labels])


def test_a_look_alike_follows_the_one_that_moved_farther() -> None:
    """Of three makers the farthest leads; an actor, who moved less than all, follows nobody."""
    labels = (*MAKERS, "actor", *(x for x in PEOPLE if x not in MAKERS and x != "actor"))
    strength = np.zeros((len(labels), 1))
    strength[:4, 0] = (7.0, 9.0, 8.0, 5.0)
    found = leaders(labels, _moved(labels, *MAKERS, "actor"), strength)
    assert found[:4, 0].tolist() == [1, ALONE, 1, ALONE]
    assert (found[4:] == ALONE).all()


def test_sentences_are_looked_at_one_by_one() -> None:
    """A look-alike that moved in another sentence leads nobody here."""
    labels = (*MAKERS, *(x for x in PEOPLE if x not in MAKERS))
    moved = np.zeros((len(labels), 2), dtype=bool)
    moved[0, 0] = moved[1, 1] = True
    assert (leaders(labels, moved, np.ones(moved.shape)) == ALONE).all()


def test_labels_that_are_all_alike_are_told_apart() -> None:
    """Codes share most of their trigrams by design: that alone makes none follow another."""
    labels = tuple(f"AB-{number}" for number in range(1000, 1400))
    moved = _moved(labels, "AB-1000", "AB-1357")
    assert (leaders(labels, moved, np.arange(400.0)[:, None]) == ALONE).all()


@given(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=40, unique=True))
def test_likeness_is_symmetric_and_between_none_and_whole(labels: list[str]) -> None:
    """Dice's coefficient, weighted."""
    spelling = Spelling(labels)
    for row in range(1, len(labels)):
        found = spelling.likeness(0, row)
        assert found == pytest.approx(spelling.likeness(row, 0))
        assert 0.0 <= found <= 1.0 + 1e-12


def test_likeness_of_a_worked_example() -> None:
    """Two of three labels hold three trigrams of ab; the weights cancel where both are equally rare."""
    spelling = Spelling(["abc", "abd", "xyz"])
    assert trigrams("abc") == {" ab", "abc", "bc "}
    shared, own = np.log(3 / 2), np.log(3)
    assert spelling.likeness(0, 1) == pytest.approx(shared / (shared + 2 * own))
    assert spelling.likeness(0, 2) == 0.0
