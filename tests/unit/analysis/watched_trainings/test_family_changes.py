"""Which families changed for sure: labels are paired, and many families are many chances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis.watched_trainings.family_changes import change_of, with_changes
from evenband.analysis.watched_trainings.training_values import FamilyCurve
from evenband.types import COSINE, Measurement, ModelSpec, PairsDetails, PairsMeasurement, PairsSpec, Scores


def measured(passes: Scores, step: int) -> PairsMeasurement:
    """A step's measurement of a DIFF probe with planted passes. Shape: (n, t)."""
    n, t = passes.shape
    labels, templates = tuple(f"w{row}" for row in range(n)), tuple(f"t{column}" for column in range(t))
    texts = np.array([[f"{label} {name}" for name in templates] for label in labels], dtype=object)
    return Measurement(
        probe=PairsSpec(name="p", why="", digest="p", items=n, conditions=t, type="DIFF"),
        subject=ModelSpec("live:m", f"step-{step:06d}", "live", str(step), "float32", 8),
        metric=COSINE,
        items=labels,
        conditions=templates,
        scores=np.full((n, t), 0.5),
        noise=None,
        details=PairsDetails(texts=(texts, texts), passes=passes),
    )


def test_labels_that_all_changed_are_sure_and_a_single_one_is_not() -> None:
    """Six of six labels that pass at last are sure; two that changed in part, by ten points, are not."""
    none, all_ = np.zeros((6, 4)), np.ones((6, 4))
    change, p = change_of(measured(none, 0), measured(all_, 9))
    assert (change.value, change.high) == (1.0, 1.0)
    assert 0.5 < (change.low or 0) < 1
    assert p < 0.01
    some = none.copy()
    some[0, :2], some[1, 0] = 1, 1
    change, p = change_of(measured(none, 0), measured(some, 9))
    assert change.value == pytest.approx(0.125)
    assert (change.low or 0) < 0
    assert p > 0.1


def test_chance_alone_seldom_names_a_family() -> None:
    """Of 200 trainings that change nothing in 20 families, about one in twenty at most names any."""
    rng = np.random.default_rng(0)
    curve = FamilyCurve("p", "DIFF", ())
    named = 0
    for _ in range(200):
        families = [replace(curve, probe=str(number)) for number in range(20)]
        ends = {
            one.probe: tuple(measured((rng.random((6, 4)) < 0.5).astype(float), step) for step in (0, 9))
            for one in families
        }
        named += any(one.p <= 0.05 for one in with_changes(families, ends))  # type: ignore[arg-type]
    assert named <= 16  # 5% of 200, and two standard deviations


def test_other_labels_or_a_missing_step_have_no_change() -> None:
    """Nothing is claimed where the labels are others, or a family was not measured at both ends."""
    first = measured(np.zeros((6, 4)), 0)
    assert change_of(first, measured(np.ones((5, 4)), 9))[0].value is None
    [alone] = with_changes([FamilyCurve("p", "DIFF", ())], {})
    assert alone.change.value is None
    assert not alone.p <= 0.05
