"""Texts with gaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.probes.pairs.templates import Template, fill, gaps, substitute


def test_gaps_are_slots_and_their_forms_each_once() -> None:
    """Braces around anything else are text."""
    assert gaps("{x.a.cap} and {y}, {x.a.cap}; {X}, {1}, {} and {'k': 1} stay") == ("x.a.cap", "y")


@given(st.text(), st.text())
def test_braces_inside_a_value_stay(first: str, second: str) -> None:
    """Filling is one pass: no value is read as a template."""
    assert fill("<{x}|{y}>", {"x": [first], "y": [second]}) == [f"<{first}|{second}>"]


def test_a_text_without_gaps_is_the_same_for_every_label() -> None:
    """As the fixed document of an ORDER probe."""
    assert fill("constant", {"x": ["a", "b"]}) == ["constant", "constant"]


def test_a_gap_that_nothing_fills_is_named() -> None:
    """With what there is."""
    with pytest.raises(InputError, match=r"nothing fills \{z\} \(there are: x\)"):
        fill("{z}", {"x": ["a"]})


def test_substituting_leaves_the_other_gaps() -> None:
    """Fillers go in first, slots afterwards."""
    assert (
        substitute("{who} met {x} in {city.cap}", {"who": "Ana", "city.cap": "Rome"}) == "Ana met {x} in Rome"
    )


def test_all_texts_of_a_template_are_filled_alike() -> None:
    """The same value stands in a, b and the others."""
    template = Template("t", "a {x}", "b {x}", ("c {x}", "d {x.plural}"))
    assert template.fill({"x": ["cat"], "x.plural": ["cats"]}) == (
        ["a cat"],
        ["b cat"],
        ["c cat"],
        ["d cats"],
    )
