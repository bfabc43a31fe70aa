"""Two measurements of one probe, paired."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from evenband import analysis
from evenband.analysis.pairs.comparison import pairs_of
from evenband.errors import InputError
from evenband.types import PairsMeasurement
from unit.analysis.pairs import labelled

N = 300
Y = np.random.default_rng(0).normal(-3.5, 0.4, (N, 2))
LEFT = labelled.measurement(labelled.animals(N), Y)


def test_a_wider_band_has_the_ratio_that_was_planted() -> None:
    """y spread by a factor: Phi's logarithm grows by it."""
    right = labelled.measurement(labelled.animals(N), Y.mean() + 1.5 * (Y - Y.mean()))
    found = analysis.compare(LEFT, right, np.random.default_rng(0))
    gmd = np.mean([np.abs(a[:, None] - a).sum() / (N * (N - 1)) for a in Y.T])
    assert found.phi_ratio.value == pytest.approx(np.exp(0.5 * gmd), rel=1e-9)
    assert found.phi_ratio.low is not None
    assert found.phi_ratio.low > 1


def test_rho_is_scipys() -> None:
    """Spearman's rank correlation over all cells."""
    right = labelled.measurement(labelled.animals(N), Y + np.random.default_rng(1).normal(0, 0.4, Y.shape))
    found = analysis.compare(LEFT, right, np.random.default_rng(0))
    expected = spearmanr(LEFT.scores.ravel(), right.scores.ravel()).statistic
    assert found.correlation == pytest.approx(expected, abs=1e-12)


def test_the_label_that_moved_is_first_with_its_factor() -> None:
    """One cell twice as far, all cells ten times as far: the common factor is taken away."""
    moved = Y + np.log(10.0) - 3
    moved[7, 1] += np.log(2.0)
    change = analysis.compare(
        LEFT, labelled.measurement(labelled.animals(N), moved), np.random.default_rng(0)
    ).changes[0]
    assert (change.label, change.template) == (labelled.animals(N)[7], "template 1")
    assert change.factor == pytest.approx(2.0, rel=0.02)


def test_a_constant_side_has_no_correlation_and_no_changes() -> None:
    """A blind model gives nothing to set side by side."""
    flat = labelled.measurement(labelled.animals(N), np.full((N, 2), np.log(1e-9)))
    found = analysis.compare(LEFT, flat, np.random.default_rng(0))
    assert found.correlation is None
    assert found.phi_ratio.value is None
    assert found.changes == ()


def test_other_texts_are_refused_by_the_field() -> None:
    """The message names what differs."""
    other = replace(LEFT, probe=replace(LEFT.probe, labels=299, digest="e" * 32))
    with pytest.raises(InputError, match="probe labels is 300 and 299"):
        analysis.compare(LEFT, other, np.random.default_rng(0))


def test_other_labels_of_as_many_are_counted_and_the_options_named() -> None:
    """A digest tells nobody anything: how many labels are shared, and what to audit again with."""
    spec = replace(LEFT.probe, digest="e" * 32)
    drawn = replace(LEFT, probe=spec, labels=(*LEFT.items[:10], *(f"new {i}" for i in range(N - 10))))
    with pytest.raises(InputError, match=r"\(10 of 300 are the same\); audit both with the same --sample"):
        analysis.compare(LEFT, drawn, np.random.default_rng(0))
    with pytest.raises(InputError, match="other sentences were drawn"):
        analysis.compare(LEFT, replace(LEFT, probe=spec), np.random.default_rng(0))


def _named(model: str, probe: str, draw: str = "") -> PairsMeasurement:
    spec = replace(LEFT.probe, name=probe, draw=draw)
    return replace(LEFT, probe=spec, model=replace(LEFT.subject, ref=f"toy:{model}", name=model))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[_named("a", "p"), _named("a", "q")]], r"holds one model \(toy:a\), .*audit toy:a OTHER"),
        ([[_named("a", "p"), _named("a", "p~fresh", "fresh 7")]], "fresh draw stands beside .* scorecard"),
        ([[_named("a", "p"), _named("b", "q")]], "audit them together on the same probes"),
        ([[_named("a", "p")], [_named("b", "p")]], "`evenband audit toy:a toy:b` puts models into one run"),
        ([[_named("a", "p")], [_named("a", "q")]], r"hold p and q, .*audit the same probes \(-p\)"),
        ([[]], "holds no measurement"),
    ],
)
def test_nothing_to_compare_says_what_to_do(groups: list[list[PairsMeasurement]], message: str) -> None:
    """One model, other models, other probes: each has its own way out."""
    with pytest.raises(InputError, match=message):
        pairs_of(groups)


def test_pairs_are_of_one_probe_and_across_two_runs_of_one_model() -> None:
    """Three models in one run make three pairs; two runs pair what is in both."""
    run = [_named(model, probe) for model in "abc" for probe in "pq"]
    assert len(pairs_of([run])) == 6
    paired = pairs_of([run, run[:2]])
    assert [(left.subject.name, left.probe.name) for left, _ in paired] == [("a", "p"), ("a", "q")]


def test_the_difference_of_pass_rates_is_paired() -> None:
    """Cells that fail in the right model only: what both share cancels, and the interval is theirs alone."""
    passed = np.random.default_rng(2).random((N, 2)) < 0.5
    lost = passed & (np.random.default_rng(3).random((N, 2)) < 0.3)
    sides = [
        replace(LEFT, details={**LEFT.details, "pass": cells.astype(float)})
        for cells in (passed, passed & ~lost)
    ]
    found = analysis.compare(sides[0], sides[1], np.random.default_rng(0)).pass_rate
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
    found = analysis.compare(order, order, np.random.default_rng(0))
    assert found.phi_ratio.value is None
    assert found.changes
