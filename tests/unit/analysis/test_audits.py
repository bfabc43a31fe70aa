"""Dispatch by kind, and pairing of measurements that lack items of each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis import Analysis, Audit, Circumstances, PairsComparison, ScoreComparison
from evenband.analysis.alignment import aligned, can_be_paired
from evenband.errors import InputError, UnknownReferenceError
from evenband.types import Details, Estimate, Measurement, Metric, ModelSpec, ProbeSpec, Scores
from unit.analysis.pairs.labelled import additive_table, of_animals


@dataclass(frozen=True)
class ShareDetails(Details):
    """A kind that knows nothing but its scores, and has no registered analysis."""

    kind: ClassVar[str] = "shares in tests"


class ShareAnalysis(Analysis):
    def analyse(self, measurement: Any, circumstances: Circumstances) -> Audit:
        return Audit(measurement, detailed=circumstances.detailed)


def shares(
    scores: Scores, metric: Literal["proportion", "rank"] = "proportion", name: str = "m"
) -> Measurement[ProbeSpec, ShareDetails]:
    n, t = scores.shape
    return Measurement(
        probe=ProbeSpec("queries", digest="q" * 32, items=n, conditions=t),
        subject=ModelSpec(f"toy:{name}", name, "toy", "1", "float32", 4),
        metric=Metric("a metric", metric, "higher"),
        items=tuple(f"query {i}" for i in range(n)),
        conditions=tuple(f"pipeline {j}" for j in range(t)),
        scores=scores,
        noise=None,
        details=ShareDetails(),
    )


FULL = shares(np.arange(12.0).reshape(4, 3) / 12)


def test_equal_items_and_conditions_are_left_as_they_are() -> None:
    """Nothing is copied."""
    other = shares(FULL.scores / 2)
    left, right = aligned(FULL, other)
    assert left is FULL
    assert right is other


def test_what_one_side_lacks_is_left_out_of_both() -> None:
    """Left lacks query 0, right query 2 and pipeline 1: both keep the rest, row by row the same."""
    left, right = aligned(FULL.take([1, 2, 3]), replace(FULL, scores=FULL.scores * 2).take([0, 1, 3], [0, 2]))
    assert left.items == right.items == ("query 1", "query 3")
    assert left.conditions == right.conditions == ("pipeline 0", "pipeline 2")
    np.testing.assert_array_equal(left.scores, FULL.scores[np.ix_([1, 3], [0, 2])])
    np.testing.assert_array_equal(right.scores, left.scores * 2)


@pytest.mark.parametrize("part", [FULL.take([0]), FULL.take([1, 2], [2])])
def test_nothing_shared_is_refused_by_the_subjects_names(part: Measurement) -> None:
    """No item in common, or no condition."""
    rest = replace(FULL, subject=replace(FULL.subject, name="other")).take([1, 2, 3], [0, 1])
    assert not can_be_paired(part, rest)
    with pytest.raises(InputError, match="m and other on queries share no item"):
        aligned(part, rest)


def test_a_comparison_is_that_of_the_shared_items() -> None:
    """As if both had been measured on these alone."""
    y = additive_table(4)[:300]
    left, right = of_animals(y), of_animals(y + np.random.default_rng(1).normal(0, 0.1, y.shape))
    rows = [row for row in range(300) if row not in (7, 40)]
    lacking = analysis.compare(left.take([*range(7), *range(8, 300)]), right.take(
        [*range(40), *range(41, 300)]
    ), np.random.default_rng(0))  # fmt: skip
    shared = analysis.compare(left.take(rows), right.take(rows), np.random.default_rng(0))
    assert isinstance(lacking, PairsComparison)
    assert isinstance(shared, PairsComparison)
    assert lacking.left.items == lacking.right.items == tuple(left.items[row] for row in rows)
    assert lacking.phi_ratio == shared.phi_ratio
    assert lacking.median == shared.median
    assert lacking.changes == shared.changes
    assert lacking.correlation == shared.correlation


def test_measurements_of_other_kinds_are_not_compared() -> None:
    """Both kinds are named."""
    with pytest.raises(InputError, match="queries is of the kind shares in tests and made of pairs"):
        analysis.compare(FULL, of_animals(additive_table(1)), np.random.default_rng(0))


def test_a_kind_without_an_analysis_is_refused_with_those_that_have_one() -> None:
    """As every reference to what does not exist."""
    with pytest.raises(
        UnknownReferenceError, match=r"no kind of measurement is called 'shares in tests'.*pairs"
    ):
        analysis.analyse(FULL, Circumstances(np.random.default_rng(0)))


def test_a_kind_of_its_own_is_compared_by_its_scores() -> None:
    """The mean difference of proportions, the median difference of ranks; nothing else is made up."""
    rng = np.random.default_rng(2)
    left = rng.integers(1, 50, (40, 3)).astype(float)
    right = left + rng.integers(-5, 20, (40, 3))
    for metric, centre in (("proportion", np.mean), ("rank", np.median)):
        sides = [shares(scores, metric) for scores in (left, right)]  # type: ignore[arg-type]
        found = ShareAnalysis().compare(sides[0], sides[1], np.random.default_rng(0))
        assert isinstance(found, ScoreComparison)
        assert (found.left, found.right) == tuple(sides)
        assert found.difference.value == pytest.approx(centre(right - left))
        assert found.difference.n == 40
    assert ShareAnalysis().suspects(FULL, None) == ([], [])
    assert ShareAnalysis().summarise(Audit(FULL)) == {}


@pytest.mark.parametrize(
    ("better", "low", "high", "side"),
    [
        ("higher", 0.1, 0.3, "right"),
        ("higher", -0.3, -0.1, "left"),
        ("lower", 0.1, 0.3, "left"),
        ("lower", -0.1, 0.1, None),
        ("neither", 0.1, 0.3, None),
    ],
)
def test_the_metric_says_which_side_is_better(
    better: Literal["higher", "lower", "neither"], low: float, high: float, side: str | None
) -> None:
    """Only where the interval is clear of zero, and the metric has a better direction."""
    measurement = replace(shares(np.full((2, 1), 0.5)), metric=Metric("a metric", "proportion", better))
    comparison = ScoreComparison(measurement, measurement, Estimate((low + high) / 2, low, high, 2))
    assert comparison.better == side
