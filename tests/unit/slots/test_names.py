"""Made-up names."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.slots import load, wordnet
from evenband.slots.names import read_names

SLOT = load("names:@n=10000")


def test_a_name_is_a_given_and_a_family_name() -> None:
    """Both from the lists, and in columns of their own."""
    parts = zip(SLOT.columns["given"], SLOT.columns["family"], strict=True)
    assert SLOT.values == tuple(f"{given} {family}" for given, family in parts)
    assert set(SLOT.columns["given"]) == set(read_names("given"))
    assert set(SLOT.columns["family"]) == set(read_names("family"))


def test_no_name_is_that_of_somebody_well_known() -> None:
    """Not of the list, nor of WordNet's persons, some of which the lists could make."""
    every = {f"{given} {family}" for given in read_names("given") for family in read_names("family")}
    famous = {name for name in every if wordnet.is_noun(name)} | set(read_names("known"))
    assert "Helen Keller" in famous & every
    assert not famous & set(load("names:@n=20000").values)


@pytest.mark.parametrize(("kind", "least"), [("given", 150), ("family", 200)])
def test_the_lists_are_long_and_clean(kind: str, least: int) -> None:
    """Single capitalised words, sorted, none twice."""
    names = read_names(kind)
    assert len(names) >= least
    assert list(names) == sorted(set(names))
    assert all(re.fullmatch(r"[A-Z][a-z]+", name) for name in names)


def test_well_known_people_are_of_the_lists() -> None:
    """Every name kept out could otherwise have been drawn."""
    given, family = set(read_names("given")), set(read_names("family"))
    assert all(first in given and last in family for first, last in map(str.split, read_names("known")))


def test_two_draws_share_few_names() -> None:
    """Of two fresh draws of 2,000 less than a tenth is the same."""
    first, second = (set(load("names:", np.random.default_rng(seed)).values) for seed in (1, 2))
    assert len(first & second) < 200


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("names:people", "got 'people', expected nothing but an option"),
        ("names:@n=30000", "expected 20000 or fewer"),
    ],
)
def test_a_bad_argument_is_refused(ref: str, message: str) -> None:
    """The error names the reference."""
    with pytest.raises(InputError, match=message) as caught:
        load(ref)
    assert f"'{ref}'" in str(caught.value)
