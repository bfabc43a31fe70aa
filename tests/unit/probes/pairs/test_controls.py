"""Control perturbations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.probes.pairs.controls import UNREMARKABLE_LABELS, controls_of, perturb
from evenband.probes.pairs.minimal_pairs import MinimalPairs, Template
from evenband.types import Slot

PROBE = MinimalPairs(
    "comma", "INV", "changes", "", Slot("list:", tuple(f"word{i}" for i in range(300)), "test"),
    tuple(Template(f"t{j}", f"sentence {j}, {{x}}", f"sentence {j} {{x}}") for j in range(5)),
)  # fmt: skip


def test_followed_labels_stand_beside_a_random_baseline() -> None:
    """Every followed label is there, the baseline has none of them, the most telling sentences come first."""
    made = controls_of(PROBE, ["word7", "word250"], ["t3"], np.random.default_rng(0))
    groups = dict(zip(made.slot.values, made.slot.columns["group"], strict=True))
    assert {label for label, group in groups.items() if group == "followed"} == {"word7", "word250"}
    assert sum(group == "baseline" for group in groups.values()) == UNREMARKABLE_LABELS
    assert made.templates[0].a == "sentence 3, {x}"
    assert made.of == made.spec.of == "comma"
    assert made.name == "comma~controls"


def test_a_sentence_that_several_templates_start_from_is_perturbed_once() -> None:
    """A ladder of one sentence has one set of controls, and the next sentence has its own."""
    texts = ["a {x} left", "a {x} left", "I saw {x}"]
    ladder = tuple(Template(f"t{j}", text, f"{text} on day {j}") for j, text in enumerate(texts))
    made = controls_of(replace(PROBE, templates=ladder), ["word7"], [], np.random.default_rng(0))
    assert [one.a for one in made.templates] == ["a {x} left"] * 3 + ["I saw {x}"] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("please help, {x}", ["please help, {x}.", "please help, {x} now", "please help, the {x}"]),
        ("I saw a {x}.", ["I saw a {x}!", "I saw a {x} now", "I saw the {x}."]),
        ("The {x} left", ["The {x} left.", "The {x} left now", "A {x} left"]),
    ],
)
def test_three_small_changes(text: str, expected: list[str]) -> None:
    """A full stop, "now", and the article exchanged or put in."""
    assert [one.b for one in perturb(Template("t", text, "other {x}"))] == expected


@given(st.text(alphabet="ab ,.!?", max_size=12), st.text(alphabet="ab ,.!?", max_size=12))
def test_a_perturbation_changes_the_text_and_keeps_the_gap(before: str, after: str) -> None:
    """Never the same text twice, always exactly one placeholder."""
    for changed in perturb(Template("t", f"{before}{{x}}{after}", "other {x}")):
        assert changed.a != changed.b
        assert changed.b.count("{x}") == 1
