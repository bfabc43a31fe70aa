"""What every registered slot scheme promises, shipped or plugged in."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from evenband import slots
from evenband.cli import inventory
from evenband.errors import InputError
from evenband.slots import forms, vocabulary

SCHEMES = {scheme.name: scheme for scheme in slots.schemes()}
BAD = {
    "wordnet": "nosuchword.n.01",
    "letters": "grandma",
    "file": "nosuchfile.csv",
    "list": "a,a",
    "table": "nosuchtable",
    "numbers": "9..1",
    "dates": "2020..2020",
    "codes": "0000",
    "names": "people",
    "quantities": "beauty",
    "money": "1..10",
}
"""An argument that a scheme cannot use; other schemes are tried with the empty one."""


@pytest.fixture(params=sorted(SCHEMES))
def scheme(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> slots.Scheme:
    """Each scheme, in a folder that has the file of the examples."""
    (tmp_path / "terms.csv").write_text("term,area\ntort,law\nstroke,medicine\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return SCHEMES[request.param]


def test_it_says_what_it_gives(scheme: slots.Scheme) -> None:
    """One line about it, and an example under its own name."""
    assert scheme.about.strip()
    assert "\n" not in scheme.about
    assert scheme.example.startswith(f"{scheme.name}:")


def test_its_example_works(scheme: slots.Scheme) -> None:
    """Values are stripped, unique and not empty; the slot is named by its reference and says its origin."""
    slot = slots.load(scheme.example)
    assert slot.name == scheme.example
    assert slot.origin
    assert len(slot) == len(set(slot.values)) > 0
    assert all(value and value == value.strip() for value in slot.values)


def test_it_is_deterministic(scheme: slots.Scheme) -> None:
    """The same reference gives an equal slot: values, order, columns, origin."""
    assert slots.load(scheme.example) == slots.load(scheme.example)


def test_its_columns_fit(scheme: slots.Scheme) -> None:
    """Every column is as long as the values, has a name, and has one type besides None."""
    slot = slots.load(scheme.example)
    for name, column in slot.columns.items():
        assert name
        assert len(column) == len(slot)
        assert len({type(cell) for cell in column} - {type(None)}) <= 1


def test_a_bad_argument_names_the_reference(scheme: slots.Scheme) -> None:
    """One line that begins with the reference as the user wrote it."""
    ref = f"{scheme.name}:{BAD.get(scheme.name, '')}"
    with pytest.raises(InputError) as caught:
        slots.load(ref)
    assert repr(ref) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_argument_names_the_reference(scheme: slots.Scheme) -> None:
    """Nothing after the colon is an error, or the scheme says that it needs nothing there."""
    if scheme.bare:
        assert slots.load(f"{scheme.name}:").values
        return
    with pytest.raises(InputError, match=f"'{scheme.name}:'"):
        slots.load(f"{scheme.name}:")


def test_only_drawn_values_follow_the_generator(scheme: slots.Scheme) -> None:
    """Equal generators give equal slots; others give other values where values are drawn, only there."""
    first, again, other = (slots.load(scheme.example, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again
    assert (set(first.values) != set(other.values)) == scheme.draws


def test_about_names_every_drawn_column(scheme: slots.Scheme) -> None:
    """Who writes a template finds what stands after a placeholder's dot."""
    if scheme.draws:
        assert all(re.search(rf"\b{name}\b", scheme.about) for name in slots.load(scheme.example).columns)


def test_schemes_lists_and_forms_are_listed() -> None:
    """`evenband list slots` has a row for each, none twice."""
    rows = [row["slot"] for row in inventory.list_slots()]
    assert len(rows) == len(set(rows))
    expected = {scheme.example for scheme in SCHEMES.values()}
    expected |= {f"table:{name}" for name in vocabulary.names()} | {f"{{x.{name}}}" for name in forms.FORMS}
    assert set(rows) == expected


def test_a_slot_is_told_its_language(scheme: slots.Scheme) -> None:
    """A code of two letters, or nothing."""
    assert re.fullmatch(r"([a-z]{2})?", slots.load(scheme.example).language)
