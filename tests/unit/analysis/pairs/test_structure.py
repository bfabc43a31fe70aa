"""A model against a reference that does not see the change, or sees it in some sentences only."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evenband.analysis import PairsAudit, Results, summarise
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.structure import contrast_of
from evenband.types import PairsMeasurement
from unit.analysis.pairs import labelled

N = 1000
RNG = np.random.default_rng(0)
WORDS = RNG.normal(0, 0.35, (N, 1))
Y = -3.5 + WORDS + RNG.normal(0, 0.2, (N, 5))
BEFORE = -3.7 + WORDS + RNG.normal(0, 0.2, (N, 5))
BLIND = np.log(1e-9)


def _audit(y: np.ndarray, reference: PairsMeasurement) -> PairsAudit:
    return labelled.audit(labelled.of_animals(y), seed=1, reference=reference, detailed=False)


def test_a_reference_that_sees_nothing_gives_no_contrast() -> None:
    """Distances over its noise mean nothing: no factor, no rule, and a note."""
    found = _audit(Y, labelled.of_animals(np.full_like(Y, BLIND)))
    assert found.contrast is None
    assert any("does not see this change (blind)" in note for note in found.notes)
    assert "rule" not in {one.verdict for one in found.outliers}


def test_a_sentence_that_the_reference_does_not_see_is_left_out() -> None:
    """The other sentences' moves are those of an audit without it; nothing is claimed in it."""
    before, y = BEFORE.copy(), Y.copy()
    before[:, 2] = BLIND
    y[7, 0] += 3.0
    found = _audit(y, labelled.of_animals(before))
    assert found.contrast is not None
    seen = [0, 1, 3, 4]
    assert np.isnan(found.contrast.moved[2])
    short = labelled.of_animals(y[:, seen])
    alone = contrast_of(short, scale_of(short), labelled.of_animals(before[:, seen]), 0.05)
    assert alone is not None
    np.testing.assert_array_equal(found.contrast.moved[seen], alone.moved)
    np.testing.assert_array_equal(found.contrast.shifts.z[:, seen], alone.shifts.z)
    np.testing.assert_array_equal(found.contrast.cells[:, seen], alone.cells)
    assert alone.cells[7, 0], "the planted cell is found"
    assert not found.contrast.cells[:, 2].any()
    assert any("in 1 of 5 templates (blind)" in note for note in found.notes)
    json.dumps(summarise(Results((found,))), allow_nan=False)


def test_a_cell_in_an_unseen_sentence_has_no_verdict_from_the_reference() -> None:
    """Far in a sentence to which the reference is blind: it is not said to have the effect, too."""
    before, y = BEFORE.copy(), Y.copy()
    before[:, 2] = BLIND
    y[7, 2] += 3.0
    first = _audit(y, labelled.of_animals(before)).outliers[0]
    assert (first.label, first.template) == (labelled.animals(N)[7], "template 2")
    assert first.verdict == "semantic or memorised cell"
    assert first.shift is None
    assert "made does not see the change in this sentence" in first.evidence
    assert not any("has the effect" in reason for reason in first.evidence)


def test_a_model_is_not_held_against_itself() -> None:
    """Said so in a note; no contrast of zeros."""
    one = labelled.of_animals(Y)
    found = labelled.audit(one, seed=1, reference=one, detailed=False)
    assert found.contrast is None
    assert "the reference is the model itself: nothing is held against it" in found.notes


@pytest.mark.parametrize(("labels", "tested"), [(60, False), (N, True)])
def test_moves_of_few_labels_are_not_tested(labels: int, tested: bool) -> None:
    """Below 200 labels no p-value exists, and no effect is said to be shared with the reference."""
    y = Y[:labels].copy()
    y[7] += 3.0
    shared = BEFORE[:labels].copy()
    shared[7] += 3.0
    found = _audit(y, labelled.of_animals(shared))
    assert found.contrast is not None
    assert found.contrast.tested is tested
    [reason] = [one for one in found.outliers[0].evidence if "has the effect, too" in one]
    assert ("not tested: 60 of the 200 labels" in reason) is not tested
