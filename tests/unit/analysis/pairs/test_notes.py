"""Notes of planted measurements: what is blind, what is rounded."""

import numpy as np
import pytest

from unit.analysis.pairs.labelled import ADDITIVE_LABELS, additive_table, audit, of_animals


def test_scores_rounded_to_bfloat16_are_reported_as_such() -> None:
    """Three levels and a MAD of 0: said so, no interval, nothing claimed, nothing divided by zero."""
    s = np.random.default_rng(0).normal(0.9766, 0.0015, (ADDITIVE_LABELS, 1))
    rounded = np.round(s * 256) / 256
    found = audit(of_animals(np.log(1 - rounded)))
    assert found.summary.levels <= 4
    assert found.summary.grid == "bfloat16"
    assert found.summary.mad == 0
    assert found.summary.phi.value is not None
    assert found.summary.phi.low is None
    assert found.discoveries == 0
    assert np.isfinite(found.z).all()
    assert any("bfloat16 grid" in note and "MAD is 0" in note for note in found.notes)


def test_a_change_below_the_noise_is_blind() -> None:
    """No Phi, no r50, no outlier; the first note says so."""
    made = audit(of_animals(np.full((ADDITIVE_LABELS, 8), np.log(1e-13)), floor=1e-12))
    assert made.summary.blind
    assert made.summary.phi.value is made.summary.r50.value is None
    assert made.discoveries == 0
    assert made.notes[0].startswith("blind")


def test_one_blind_sentence_is_left_out_and_named() -> None:
    """The others' figures are those without it."""
    y = additive_table(4)
    y[:, 2] = np.log(1e-13)
    made = audit(of_animals(y, floor=1e-12))
    alone = audit(of_animals(np.delete(y, 2, axis=1), floor=1e-12))
    assert not made.summary.blind
    assert made.summary.phi.value == pytest.approx(alone.summary.phi.value, rel=1e-9)
    assert any("blind in 1 of 4 templates" in note and "template 2" in note for note in made.notes)
