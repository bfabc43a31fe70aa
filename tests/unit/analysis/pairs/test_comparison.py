"""Two measurements of one probe, paired."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from evenband import analysis
from evenband.analysis import PairsComparison
from evenband.errors import InputError
from evenband.types import PairsMeasurement
from unit.analysis.pairs import labelled

N = 300
Y = np.random.default_rng(0).normal(-3.5, 0.4, (N, 2))
LEFT = labelled.measurement(labelled.animals(N), Y)


def compare(left: PairsMeasurement, right: PairsMeasurement) -> PairsComparison:
    found = analysis.compare(left, right, np.random.default_rng(0))
    assert isinstance(found, PairsComparison)
    return found


def test_a_wider_band_has_the_ratio_that_was_planted() -> None:
    """y spread by a factor: Phi's logarithm grows by it."""
    right = labelled.measurement(labelled.animals(N), Y.mean() + 1.5 * (Y - Y.mean()))
    found = compare(LEFT, right)
    gmd = np.mean([np.abs(a[:, None] - a).sum() / (N * (N - 1)) for a in Y.T])
    assert found.phi_ratio.value == pytest.approx(np.exp(0.5 * gmd), rel=1e-9)
    assert found.phi_ratio.low is not None
    assert found.phi_ratio.low > 1


def test_rho_is_scipys() -> None:
    """Spearman's rank correlation over all cells."""
    right = labelled.measurement(labelled.animals(N), Y + np.random.default_rng(1).normal(0, 0.4, Y.shape))
    found = compare(LEFT, right)
    expected = spearmanr(LEFT.scores.ravel(), right.scores.ravel()).statistic
    assert found.correlation == pytest.approx(expected, abs=1e-12)


def test_the_label_that_moved_is_first_with_its_factor() -> None:
    """One cell twice as far, all cells ten times as far: the common factor is taken away."""
    moved = Y + np.log(10.0) - 3
    moved[7, 1] += np.log(2.0)
    change = compare(LEFT, labelled.measurement(labelled.animals(N), moved)).changes[0]
    assert (change.label, change.template) == (labelled.animals(N)[7], "template 1")
    assert change.factor == pytest.approx(2.0, rel=0.02)


def test_a_constant_side_has_no_correlation_and_no_changes() -> None:
    """A blind model gives nothing to set side by side."""
    flat = labelled.measurement(labelled.animals(N), np.full((N, 2), np.log(1e-9)))
    found = compare(LEFT, flat)
    assert found.correlation is None
    assert found.phi_ratio.value is None
    assert found.changes == ()


def test_other_texts_are_refused_by_the_field() -> None:
    """The message names what differs."""
    other = replace(LEFT, probe=replace(LEFT.probe, items=299, digest="e" * 32))
    with pytest.raises(InputError, match="probe labels is 300 and 299"):
        compare(LEFT, other)


def test_other_labels_of_as_many_are_counted_and_the_options_named() -> None:
    """A digest tells nobody anything: how many labels are shared, and what to audit again with."""
    spec = replace(LEFT.probe, digest="e" * 32)
    drawn = replace(LEFT, probe=spec, items=(*LEFT.items[:10], *(f"new {i}" for i in range(N - 10))))
    with pytest.raises(InputError, match=r"\(10 of 300 are the same\); audit both with the same --sample"):
        compare(LEFT, drawn)
    with pytest.raises(InputError, match="other sentences were drawn"):
        compare(LEFT, replace(LEFT, probe=spec))


def test_the_difference_of_pass_rates_is_paired() -> None:
    """Cells that fail in the right model only: what both share cancels, and the interval is theirs alone."""
    passed = np.random.default_rng(2).random((N, 2)) < 0.5
    lost = passed & (np.random.default_rng(3).random((N, 2)) < 0.3)
    sides = [
        replace(LEFT, details=replace(LEFT.details, passes=cells.astype(float)))
        for cells in (passed, passed & ~lost)
    ]
    found = compare(sides[0], sides[1]).pass_rate
    assert found.value is not None
    assert found.value == pytest.approx(-lost.mean(), abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    alone = 1.645 * np.sqrt(passed.mean(axis=1).var() / N * 2)
    assert found.low < found.value < found.high < 0
    assert found.high - found.low < 2 * alone, "narrower than two pass rates apart"


def test_an_order_probe_has_no_ratio_of_bands() -> None:
    """Its distances are not those of one change."""
    order = replace(LEFT, probe=replace(LEFT.probe, type="ORDER"))
    found = compare(order, order)
    assert found.phi_ratio.value is None
    assert found.changes
