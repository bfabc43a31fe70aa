"""Named forms of a value."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError, UnknownReferenceError
from evenband.slots import forms, load

RANDOM = [name for name, form in forms.FORMS.items() if form.draw]
WORDS = st.lists(st.text(string.ascii_letters, min_size=4, max_size=12), min_size=1, max_size=8, unique=True)


def apply(name: str, *values: str, seed: int = 0) -> tuple[str, ...]:
    return forms.apply(name, values, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "value", "result"),
    [
        ("a", "honest broker", "an honest broker"),
        ("cap", "ice cream", "Ice cream"),
        ("cap", "Alzheimer's disease", "Alzheimer's disease"),
        ("upper", "straße", "STRASSE"),
        ("lower", "MRI scan", "mri scan"),
        ("title", "mother-in-law of O'Neill's", "Mother-In-Law Of O'Neill's"),
        ("title", "crohn's disease", "Crohn's Disease"),
        ("plural", "mother-in-law", "mothers-in-law"),
        ("spelled", "strawberry", "s-t-r-a-w-b-e-r-r-y"),
        ("spelled", "crème brûlée", "c-r-è-m-e b-r-û-l-é-e"),
        ("spelled", "Crohn's disease", "C-r-o-h-n-s d-i-s-e-a-s-e"),
        ("comma", "1000", "1,000"),
        ("comma", "1234567", "1,234,567"),
        ("near", "1000", "1020"),
        ("near", "73", "74"),
        ("near", "5", "6"),
        ("near", "0", "1"),
        ("near", "125", "128"),
        ("tenfold", "73", "730"),
    ],
)
def test_a_form_is_what_its_name_says(name: str, value: str, result: str) -> None:
    """Examples written by hand."""
    assert apply(name, value) == (result,)


@given(st.integers(0, 10**15))
def test_a_near_number_is_two_per_cent_higher(number: int) -> None:
    """A whole number, at most half a unit away from 102 per cent or one higher."""
    (near,) = apply("near", str(number))
    assert int(near) > number
    assert int(near) == number + 1 or abs(100 * int(near) - 102 * number) <= 50


@pytest.mark.parametrize("name", RANDOM)
@given(values=WORDS, seed=st.integers(0, 2**32))
def test_a_random_form_does_not_depend_on_its_company(name: str, values: list[str], seed: int) -> None:
    """A subset, in another order, has the same strings; the same seed gives them again."""
    together = dict(zip(values, apply(name, *values, seed=seed), strict=True))
    some = sorted(values)[::2]
    assert apply(name, *some, seed=seed) == tuple(together[value] for value in some)


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_gives_other_strings(name: str) -> None:
    """Over all animals."""
    values = [value for value in load("table:animal").values if len(value) > 5 and value.isalpha()]
    assert apply(name, *values, seed=1) != apply(name, *values, seed=2)


@pytest.mark.parametrize("name", forms.FORMS)
def test_only_a_random_form_touches_the_generator(name: str) -> None:
    """One number for all values, or none."""
    rng, values = np.random.default_rng(5), ("1234", "99999")
    if name in {"plural", "typo", "upper", "letter"}:
        values = ("salad", "bread roll")
    forms.apply(name, values, rng)
    expected = np.random.default_rng(5)
    if name in RANDOM:
        expected.integers(2**63)
    assert rng.random() == expected.random()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("plural", "scissors", "'scissors' has no form 'plural' that differs"),
        ("upper", "MRI", "'MRI' has no form 'upper' that differs"),
        ("spelled", "x", "'x' has no form 'spelled' that differs"),
        ("comma", "999", "'999' has no form 'comma' that differs"),
        ("tenfold", "0", "'0' has no form 'tenfold' that differs"),
        ("typo", "ape", "'ape' has no form 'typo': expected a word of 4 letters or more"),
        ("letter", "123", "'123' has no form 'letter': expected a letter"),
        ("absent", "the quick brown fox jumps over a lazy dog", "expected a letter from a to z that is not"),
        ("comma", "1,000", "'1,000' has no form 'comma': expected a whole number in digits alone"),
        ("near", "-3", "expected a whole number"),
        ("near", "٣", "expected a whole number"),
        ("tenfold", "007", "expected a whole number"),
    ],
)
def test_a_value_without_the_form_is_named(name: str, value: str, message: str) -> None:
    """What would leave both sides of a pair equal is an error instead."""
    with pytest.raises(InputError, match=message):
        apply(name, value)


def test_an_unknown_form_is_told_the_nearest() -> None:
    """The error lists what exists."""
    with pytest.raises(
        UnknownReferenceError, match=r"'plurals'; did you mean 'plural'\? \(there are: a, cap"
    ):
        apply("plurals", "apple")


@pytest.mark.parametrize("name", ["person", "animal", "food", "disease", "drug", "city"])
def test_shipped_words_have_typos_and_articles(name: str) -> None:
    """No value of four letters or more is an error for the forms that every family may use."""
    values = [value for value in load(f"table:{name}").values if max(map(len, value.split())) >= 4]
    for form in ("a", "cap", "title", "typo", "spelled", "letter", "absent"):
        assert len(apply(form, *values)) == len(values)
