"""A model against a reference that does not see the change, or sees it in some sentences only."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import PairsAudit, Results, summarise
from evenband.analysis.pairs.explanation import explain
from evenband.analysis.pairs.scale import scale_of
from evenband.analysis.pairs.structure import contrast_of, scores_at
from evenband.narrative.pairs.reasons import sentences_of
from evenband.types import PairsMeasurement
from unit.analysis.pairs import labelled

N = 500
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


LACKED = 41
"""Row of a label that the reference has no vectors for."""


def _lacking(y: np.ndarray, rows: list[int], columns: list[int] | None = None) -> PairsMeasurement:
    """A measurement of all cells but those rows and columns."""
    made = labelled.of_animals(y)
    n, t = y.shape
    kept = [column for column in range(t) if column not in (columns or [])]
    return made.take([row for row in range(n) if row not in rows], kept)


@pytest.mark.parametrize("columns", [[], [2]])
def test_a_label_that_the_reference_lacks_is_not_held_against_it(columns: list[int]) -> None:
    """The others move as in an audit without it; of the label itself nothing is said, and a note says so."""
    y = Y.copy()
    y[7, 0] += 3.0
    y[LACKED, 0] += 3.0
    found = _audit(y, _lacking(BEFORE, [3, LACKED], columns))
    assert found.contrast is not None
    rows = [row for row in range(N) if row not in (3, LACKED)]
    seen = [column for column in range(5) if column not in columns]
    short = labelled.of_animals(y).take(rows, seen)
    alone = contrast_of(short, scale_of(short), labelled.of_animals(BEFORE).take(rows, seen), 0.05)
    assert alone is not None
    here = np.ix_(rows, seen)
    np.testing.assert_array_equal(found.contrast.moved[seen], alone.moved)
    np.testing.assert_array_equal(found.contrast.shifts.shift[here], alone.shifts.shift)
    np.testing.assert_array_equal(found.contrast.shifts.z[here], alone.shifts.z)
    np.testing.assert_array_equal(found.contrast.shifts.label_q[rows], alone.shifts.label_q)
    np.testing.assert_array_equal(found.contrast.cells[here], alone.cells)
    assert found.contrast.cells[7, 0], "the planted cell is found"
    assert not found.contrast.cells[LACKED].any()
    assert not found.contrast.labels[LACKED]
    assert not found.contrast.cells[:, columns].any()
    verdicts = {(one.label, one.template): one for one in found.outliers}
    assert verdicts[labelled.animals(N)[7], "template 0"].verdict == "memorisation-like"
    unknown = verdicts[labelled.animals(N)[LACKED], "template 0"]
    assert unknown.verdict == "semantic or memorised cell"
    assert unknown.shift is unknown.shift_q is None
    assert "made does not know its texts" in unknown.evidence
    templates = " and 1 of 5 templates" if columns else ""
    note = f"the reference made did not measure 2 of 500 labels{templates}: these are not held"
    assert any(note in one for one in found.notes)
    assert not any("(blind)" in one for one in found.notes)
    [result] = summarise(Results((found,)))["results"]
    assert list(result["contrast"]["moved"]) == list(found.measurement.conditions)
    json.dumps(result, allow_nan=False)


def test_a_label_that_only_the_reference_has_changes_nothing() -> None:
    """The contrast is that of the labels that the model has."""
    made, whole = _lacking(Y, [3]), labelled.of_animals(BEFORE)
    found = contrast_of(made, scale_of(made), whole, 0.05)
    alone = contrast_of(made, scale_of(made), _lacking(BEFORE, [3]), 0.05)
    assert found is not None
    assert alone is not None
    np.testing.assert_array_equal(found.shifts.z, alone.shifts.z)
    np.testing.assert_array_equal(found.suspects, alone.suspects)
    np.testing.assert_array_equal(scores_at(whole, made), np.delete(whole.scores, 3, axis=0))


def test_a_reference_without_any_of_the_labels_is_said_to_have_none() -> None:
    """No contrast and no error: a run does not end for it."""
    made = labelled.of_animals(Y).take(range(300))
    found = labelled.audit(made, reference=labelled.of_animals(BEFORE).take(range(300, N)), detailed=False)
    assert found.contrast is None
    assert "the reference made did not measure these texts: nothing is held against it" in found.notes


def test_a_measurement_of_an_older_version_says_what_it_lacks() -> None:
    """Without components no kin is told, which a reader must know; with them nothing is said."""
    old, reference = labelled.of_animals(Y), labelled.of_animals(BEFORE)
    components = np.random.default_rng(1).normal(size=(N, 64)).astype(np.float16)
    new = replace(old, details=replace(old.details, components=components))
    said = [
        any(
            note.startswith("measured by an older version")
            for note in labelled.audit(made, reference=reference).notes
        )
        for made in (old, new)
    ]
    assert said == [True, False]


def test_scores_of_the_reference_stand_at_the_models_cells() -> None:
    """By label and template, not by position; NaN where the reference has none."""
    whole = labelled.of_animals(Y[:4])
    found = scores_at(whole.take([1, 3], [0, 4]), whole)
    np.testing.assert_array_equal(found[np.ix_([1, 3], [0, 4])], whole.scores[np.ix_([1, 3], [0, 4])])
    assert np.isnan(found).sum() == 4 * 5 - 4
    assert np.isnan(scores_at(whole.take([0]), whole.take([1]))).all()


def test_an_explanation_says_what_the_reference_does_not_know() -> None:
    """A dash in the row, a sentence in place of a mean."""
    y = Y.copy()
    y[LACKED, 0] += 3.0
    found = _audit(y, _lacking(BEFORE, [LACKED], [2]))
    names = labelled.animals(N)
    unknown, known = (explain(found, names[row], np.random.default_rng(0)) for row in (LACKED, 7))
    assert [cell.reference for cell in unknown.row] == [None] * 5
    assert "made did not measure its texts." in sentences_of(unknown)
    assert [cell.reference is None for cell in known.row] == [False, False, True, False, False]
    assert any(sentence.startswith("On the reference made its mean s is") for sentence in sentences_of(known))
