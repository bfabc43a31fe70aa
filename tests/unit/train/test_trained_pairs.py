"""Training data in any form, the cells of a probe that they hold, and the probe of their own pairs."""

from __future__ import annotations

from typing import Any

import pytest

from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.train.refilled_pairs import is_minimal, refill
from evenband.train.shown_texts import shown_texts
from evenband.train.trained_pairs import trained_cells
from evenband.train.training_examples import Examples, of_rows
from evenband.types import Slot

FAMOUS = [("Let's eat, grandma.", "Let's eat grandma."), ("Stop hitting, uncle!", "Stop hitting uncle!")]


def probe(*nouns: str) -> MinimalPairs:
    templates = (Template("eat", "Let's eat, {x}.", "Let's eat {x}."), Template("go", "Go, {x}.", "Go {x}."))
    return MinimalPairs("comma", "INV", "keeps", "why", Slot("list:", nouns, "tests"), templates)


@pytest.mark.parametrize(
    "training",
    [
        of_rows(FAMOUS),
        FAMOUS,
        [{"anchor": a, "positive": b} for a, b in FAMOUS],
        [(a, b, 1.0) for a, b in FAMOUS],
        (list(pair) for pair in FAMOUS),
    ],
    ids=["examples", "rows", "columns", "scored", "generator"],
)
def test_training_data_of_any_form_hold_the_same_pairs(training: Any) -> None:
    """All forms give the texts in order and pairs that are pulled together."""
    shown = shown_texts(training)
    assert shown.texts == (*FAMOUS[0], *FAMOUS[1])
    assert dict(shown.pairs) == dict.fromkeys(FAMOUS, -1)


def test_negatives_and_low_scores_are_pushed_apart() -> None:
    """The third text of a row is pushed from the first; a score of 0 pushes apart, .4 may do either."""
    triplets = Examples("triplets", (("a b",), ("a c",), ("a d",)))
    assert dict(shown_texts(triplets).pairs) == {("a b", "a c"): -1, ("a b", "a d"): 1}
    assert dict(shown_texts([("a b", "a c", 0.0)]).pairs) == {("a b", "a c"): 1}
    assert dict(shown_texts([("a b", "a c", 0.4)]).pairs) == {("a b", "a c"): 0}


@pytest.mark.parametrize("rows", [[], [(1, 2)], [("a", None)], [("a", "b", 0.1, 0.2)]])
def test_rows_that_are_no_texts_are_refused(rows: Any) -> None:
    """The message says what was expected."""
    with pytest.raises(InputError, match=r"training: .*expected"):
        shown_texts(rows)


def test_trained_cells_are_those_of_the_data_with_their_direction() -> None:
    """Only grandma in the first sentence is trained: not grandpa, and not grandma elsewhere."""
    cells = trained_cells(probe("grandma", "grandpa", "uncle"), shown_texts(FAMOUS))
    assert cells == {"grandma": {"eat": -1}}
    apart = shown_texts([("lets eat grandma", "Let's eat, Grandma", 0.0)])
    assert trained_cells(probe("grandma", "grandpa"), apart) == {"grandma": {"eat": 1}}


def test_texts_without_pairs_have_no_direction() -> None:
    """A list of texts says what was shown, not what was asked for."""
    assert trained_cells(probe("grandma", "grandpa"), shown_texts(["Let's eat, grandma"])) == {
        "grandma": {"eat": 0}
    }


def test_pairs_of_no_probe_are_refilled_with_nouns_that_the_data_lack() -> None:
    """The data's own sentences become a probe: their nouns in place, and others of their kind beside them."""
    shown = shown_texts(
        [*FAMOUS, ("The weather is fine today.", "What a completely different thing to say.")]
    )
    refilled = refill(shown, seed=0)
    assert refilled.probe is not None
    assert refilled.unaligned == 0
    assert [template.texts for template in refilled.probe.templates] == [
        ("Let's eat, {x}.", "Let's eat {x}."),
        ("Stop hitting, {x}!", "Stop hitting {x}!"),
    ]
    values = refilled.probe.slot.values
    assert values[:2] == ("grandma", "uncle")
    assert len(values) >= 2 + 2 * 20
    assert trained_cells(refilled.probe, shown) == {"grandma": {"pair-1": -1}, "uncle": {"pair-2": -1}}
    assert refill(shown, seed=0) == refilled


def test_pairs_without_a_common_noun_are_counted() -> None:
    """A minimal pair without a noun that both texts have is said, not dropped in silence."""
    refilled = refill(shown_texts([("He is not very nice.", "He is very nice.")]), seed=0)
    assert (refilled.probe, refilled.unaligned) == (None, 1)


def test_only_small_changes_are_minimal_pairs() -> None:
    """Half of the words must be shared; order may differ; texts with braces are left alone."""
    assert is_minimal("dog bites man", "man bites dog")
    assert not is_minimal("the same", "the same")
    assert not is_minimal("one two three four", "one five six seven")
    assert not is_minimal("a {x} b", "a {x} c")
