"""Figures, worst texts, tolerance and notes of a measurement of agreement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband import analysis, encoders
from evenband.analysis import AgreementAudit, Circumstances
from evenband.probes.agreement import SideBySide
from evenband.randomness import stream
from evenband.types import AgreementMeasurement
from planted_sides import Telling, measured, side, text_set, texts


def audit(measurement: AgreementMeasurement, tolerance: float | None = None) -> AgreementAudit:
    found = analysis.analyse(measurement, Circumstances(stream(0, "analysis"), tolerance=tolerance))
    assert isinstance(found, AgreementAudit)
    return found


def test_figures_are_those_of_the_tables() -> None:
    """Largest and median of each; the worst texts are the turned ones."""
    turned = {texts(40)[row]: 0.1 * (row + 1) for row in (2, 9)}
    measurement = measured(turned)
    found, details = audit(measurement), measurement.details
    assert found.largest.value == measurement.scores.max() == pytest.approx(1 - np.cos(1.0), rel=1e-5)
    assert found.median.value == np.median(measurement.scores) == 0
    assert found.component_largest.value == details.component.max()
    assert found.pair_largest.value == details.pair_largest.max()
    assert found.pair_median.value == np.median(details.pair_median)
    assert found.overlap.value == details.overlap.mean()
    assert found.overlap_worst.value == details.overlap.min()
    assert found.worst[:2] == (9, 2)
    assert details.overlap[found.fewest_shared[0], 0] == details.overlap.min()
    assert found.overlap.low is not None
    assert found.overlap.low <= details.overlap.mean()
    assert found.largest.low is None


def test_the_tolerance_is_on_the_largest_distance() -> None:
    """Excess is how far beyond; at the limit it holds."""
    measurement = measured({texts(40)[0]: 0.2})
    largest = float(measurement.scores.max())
    assert audit(measurement).excess is None
    assert audit(measurement, largest).excess is None
    assert audit(measurement, 0.01).excess == pytest.approx(largest - 0.01)
    assert audit(measured({}), 0.0).excess is None


def test_notes_say_what_is_missing_and_what_is_one() -> None:
    """Three texts by name, then how many more; one identity is said."""
    found = audit(measured({}, missing=texts(40)[:5]))
    assert found.notes == (
        f"missing: no vector for {texts(40)[0]!r} in turned, {texts(40)[1]!r} in turned, "
        f"{texts(40)[2]!r} in turned and 2 more; these texts are not compared",
    )
    one = side(encoders.load("toy:words"))
    same = audit(SideBySide(text_set(["a"]), one).measure(one))
    assert same.notes[0].startswith("one identity: ")
    assert same.notes[1].startswith("a single text: ")
    assert same.overlap.value is None
    assert same.pair_largest.value is None
    assert same.fewest_shared == ()


def test_texts_sent_differently_are_counted() -> None:
    """A prompt on one side makes all of them differ."""
    left = Telling(encoders.load("toy:chars"), {}, "left")
    right = Telling(encoders.load("toy:chars"), {})
    right.prompt = "Q: "
    found = audit(SideBySide(text_set(texts(4)), side(left)).measure(side(right)))
    assert len(found.reinterpreted) == 4


def test_the_summary_is_plain_and_keeps_missing_values_null() -> None:
    """Figures by name, sides, worst texts."""
    one = side(encoders.load("toy:words"))
    fields = analysis.KINDS.get("agreement")().summarise(audit(SideBySide(text_set(["a"]), one).measure(one)))
    assert fields["overlap"] is None
    assert fields["intervals"]["overlap"] is None
    assert fields["worst"][0]["overlap"] is None
    assert fields["against"]["name"] == "toy-words"
    assert fields["exceeded_by"] is None
    assert fields["verdicts"] is None


def test_two_right_sides_against_one_left_compare_by_their_scores() -> None:
    """The base comparison of kinds serves."""
    first, second = measured({texts(40)[0]: 0.2}), measured({texts(40)[0]: 0.4})
    second = replace(second, subject=replace(second.subject, name="other"))
    found = analysis.compare(first, second, stream(0, "analysis"))
    assert isinstance(found, analysis.ScoreComparison)
    expected = (np.cos(0.2) - np.cos(0.4)) / 40
    assert found.difference.value == pytest.approx(expected, rel=1e-4)
