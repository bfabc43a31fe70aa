"""What one audit comes to, in a title and a sentence; what could have been missed; what moved."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from evenband.narrative.pairs.headlines import headline_of, missed, moved, noun_of


@pytest.mark.parametrize(
    ("slot", "noun"),
    [
        ("wordnet:person.n.01", "noun"),
        ("letters:grand?a", "string"),
        ("list:tea,milk", "label"),
        ("", "label"),
    ],
)
def test_labels_are_called_what_they_are(planted: ModuleType, slot: str, noun: str) -> None:
    assert noun_of(planted.audit(n=24, slot=slot)) == noun


def test_what_makes_the_figures_meaningless_comes_first(planted: ModuleType) -> None:
    """A blind model before a coarse number format, and that before labels that are told apart by chance."""
    blind = headline_of(planted.audit(blind=True, grid="bfloat16", auc=0.5))
    assert blind.title == "Blind: this model does not see the change."
    assert "Nothing can be said of its consistency." in blind.sentence
    rounded = headline_of(planted.audit(grid="bfloat16", auc=0.5))
    assert rounded.title == "Rounded: 300 distinct scores on the bfloat16 grid."
    indifferent = headline_of(planted.audit(auc=0.5))
    assert indifferent.title == "Indifferent: this model tells the nouns no better apart than chance."
    assert "(AUC 0.50)" in indifferent.sentence
    assert {blind.tone, rounded.tone, indifferent.tone} == {"warn"}


def test_what_could_have_been_missed_is_said_in_words(planted: ModuleType) -> None:
    audit = planted.structured()
    s = audit.summary.median.value
    said = missed(audit, audit.structure.power)
    assert said.startswith(
        "An effect that multiplies the distance by 4.3 or more would have been found four times"
    )
    assert f"s would fall from {s:.3f} to {1 - 4.3 * (1 - s):.3f}" in said
    none = planted.structured(power=None)
    assert missed(none, none.structure.power).startswith("No effect that was tried")


def test_effects_that_were_missed_name_their_model_where_several_are_shown(planted: ModuleType) -> None:
    audit = planted.structured()
    plain = missed(audit, audit.structure.power)
    assert missed(audit, audit.structure.power, named=True) == f"minilm: {plain}"


def test_what_moved_against_the_reference_is_counted(planted: ModuleType) -> None:
    """Beyond what all labels moved; cells and labels that did not are not spoken of."""
    audit = planted.structured(reference=True)
    assert moved(audit, audit.contrast) == (
        "Against base, minilm moves the middle noun 1.22 times as far. "
        "Beyond that 1 cell moved beyond the rest of its noun’s row."
    )
    shifts = audit.contrast.shifts
    assert shifts.cells is not None
    q = shifts.cells.q.copy()
    q[:2, 0] = 0.01
    three = replace(audit.contrast, shifts=replace(shifts, cells=replace(shifts.cells, q=q)))
    assert moved(audit, three).endswith("Beyond that 3 cells moved beyond the rest of their nouns’ rows.")
    still = planted.structured(reference=True, memorised=False)
    assert moved(still, still.contrast).endswith("Beyond that no noun and no single cell moved.")
