"""Look-alikes: which of the labels that moved only followed another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenband.analysis.pairs.spillover import ALONE, Meaning, Spelling, leaders, trigrams
from evenband.slots import wordnet

PEOPLE = tuple(wordnet.load("person.n.01").values)[::7]
MAKERS = ("bootmaker", "diemaker", "shirtmaker")


def _moved(labels: tuple[str, ...], *names: str) -> NDArray[np.bool_]:
    return np.array([[label in names] for label in labels])


def _others(*names: str) -> tuple[str, ...]:
    """Return the names, then other persons."""
    return (*names, *(person for person in PEOPLE if person not in names))


def _column(labels: tuple[str, ...], *first: float) -> NDArray[np.float64]:
    """Return a column that begins with these numbers and goes on with zeros."""
    return np.array([*first, *(0.0 for _ in labels[len(first) :])])[:, None]


def test_a_look_alike_follows_the_one_that_moved_much_farther() -> None:
    """Of three makers the farthest leads; an actor, who moved less than all, follows nobody."""
    labels = _others(*MAKERS, "actor")
    move = _column(labels, 0.4, 1.0, 0.45, 0.1)
    found = leaders(labels, _moved(labels, *MAKERS, "actor"), move)
    assert found[:4, 0].tolist() == [1, ALONE, 1, ALONE]
    assert (found[4:] == ALONE).all()


def test_two_look_alikes_that_moved_alike_were_both_trained() -> None:
    """Grandma and grandpa, memorised in one sentence: neither is the other's side effect."""
    labels = _others("grandma", "grandpa")
    assert Spelling(labels).likeness(0, 1) > Spelling(labels).usual()
    moved = _moved(labels, "grandma", "grandpa")
    assert (leaders(labels, moved, _column(labels, 0.6, 1.0)) == ALONE).all()
    assert leaders(labels, moved, _column(labels, 0.4, 1.0))[:2, 0].tolist() == [1, ALONE]


@pytest.mark.parametrize("moves", [(-0.4, -0.4), (-0.3, -0.5), (0.0, -0.1), (1.0, -0.1), (1.0, 0.0)])
def test_what_moved_nearer_follows_nobody(moves: tuple[float, float]) -> None:
    """A cell may be certified since it shrank less than the others: no side effect of another's move."""
    labels = _others("grandma", "grandpa")
    moved = _moved(labels, "grandma", "grandpa")
    assert (leaders(labels, moved, _column(labels, *moves)) == ALONE).all()


def test_a_relative_in_meaning_follows_as_well() -> None:
    """Niece behind granddaughter, which no spelling tells; an actor in another direction does not."""
    labels = _others("granddaughter", "niece", "actor")
    components = np.random.default_rng(0).normal(size=(len(labels), 64))
    components[1] = components[0] + 0.1 * components[1]
    move = _column(labels, 1.0, 0.4, 0.4)
    moved = _moved(labels, "granddaughter", "niece", "actor")
    assert (leaders(labels, moved, move) == ALONE).all()
    by_meaning = leaders(labels, moved, move, components.astype(np.float16))
    assert by_meaning[:3, 0].tolist() == [ALONE, 0, ALONE]


def test_few_pairs_of_labels_are_alike_in_meaning() -> None:
    """One in two hundred, whatever the components: the limit is the probe's own."""
    rng = np.random.default_rng(1)
    components = rng.normal(size=(500, 8)) * np.geomspace(1, 0.1, 8) + 3.0 * rng.normal(size=(1, 8))
    meaning = Meaning(components)
    pairs = [meaning.likeness(a, b) > meaning.usual() for a in range(0, 500, 3) for b in range(1, 500, 3)]
    assert np.mean(pairs) == pytest.approx(0.005, abs=0.003)
    assert meaning.likeness(4, 4) == pytest.approx(1)
    assert Meaning(np.zeros((1, 8))).usual() == 1.0


def test_sentences_are_looked_at_one_by_one() -> None:
    """A look-alike that moved in another sentence leads nobody here."""
    labels = _others(*MAKERS)
    moved = np.zeros((len(labels), 2), dtype=bool)
    moved[0, 0] = moved[1, 1] = True
    move = np.full(moved.shape, 0.1)
    move[0] = 1.0
    assert (leaders(labels, moved, move) == ALONE).all()


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
