"""Can labels be predicted? Planted and absent signals, chance by simulation, and an oracle for the AUC."""

from __future__ import annotations

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.stats import predictability
from evenband.stats.predictability import predict_classes, predict_signs


def test_a_planted_signal_is_found_in_either_direction() -> None:
    """A feature that falls with the label is as good as one that rises."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(300, 3))
    labels = rng.random(300) < 0.4
    for sign in (1, -1):
        table = noise + sign * np.outer(labels, [2, 0, 0])
        found = predict_classes(table, labels, np.arange(300), np.random.default_rng(1), 99)
        assert found is not None
        assert found.auc.value == pytest.approx(0.92, abs=0.04)  # Phi(2 / sqrt 2)
        assert found.p == pytest.approx(0.01)
        differences = rng.normal(size=(300, 3)) + np.array([sign, 0, 0])
        paired = predict_signs(differences, np.arange(300), np.random.default_rng(1), 99)
        assert paired is not None
        assert paired.auc.value == pytest.approx(0.84, abs=0.05)  # Phi(1)


@pytest.mark.parametrize("size", [1, 4])
def test_false_alarms_are_as_rare_as_the_p_value_says(size: int) -> None:
    """Where nothing is planted, p <= .1 in about a tenth of data sets, also with dependent rows."""
    hits = {"signs": 0, "classes": 0}
    for seed in range(100):
        rng = np.random.default_rng((7, seed))
        groups = np.repeat(np.arange(40), size)
        table = np.repeat(rng.normal(size=(40, 2)), size, axis=0) + 0.1 * rng.normal(size=(40 * size, 2))
        labels = np.repeat(rng.random(40) < 0.5, size)
        signs, classes = (
            predict_signs(table, groups, rng, 49),
            predict_classes(table, labels, groups, rng, 49),
        )
        assert signs is not None
        assert classes is not None
        hits["signs"] += signs.p <= 0.1
        hits["classes"] += classes.p <= 0.1
    assert max(hits.values()) <= 18  # binomial(100, .1): 19 or more once in 200


def test_the_auc_is_that_of_all_pairs() -> None:
    """Counted pair by pair, ties one half; the influences add up to nothing."""
    rng = np.random.default_rng(3)
    scores, labels = rng.integers(0, 5, 60).astype(float), rng.random(60) < 0.5
    value, influence = predictability._auc(scores, labels)
    gaps = scores[labels][:, None] - scores[~labels][None, :]
    assert value == pytest.approx(((gaps > 0) + 0.5 * (gaps == 0)).mean())
    assert influence.sum() == pytest.approx(0, abs=1e-12)


def test_rows_of_a_group_are_never_in_two_folds() -> None:
    """A feature that names the group, but says nothing of other groups, predicts nothing."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(50), 6)
    labels = np.repeat(rng.random(50) < 0.5, 6)
    found = predict_classes(np.eye(50)[groups], labels, groups, rng, 49)
    careless = predict_classes(np.eye(50)[groups], labels, np.arange(300), rng, 49)
    assert found is not None
    assert careless is not None
    assert found.auc.value is not None
    assert found.auc.value < 0.7
    assert found.p > 0.05
    assert careless.auc.value == pytest.approx(1.0, abs=0.05)


def test_dependent_rows_widen_the_interval() -> None:
    """Ten copies of each row say no more than one."""
    rng = np.random.default_rng(5)
    table = rng.normal(size=(60, 1)) + 0.5
    single = predict_signs(table, np.arange(60), np.random.default_rng(0), 9)
    copied = predict_signs(
        np.repeat(table, 10, axis=0), np.repeat(np.arange(60), 10), np.random.default_rng(0), 9
    )
    assert single is not None
    assert copied is not None
    widths = [one.auc.high - one.auc.low for one in (single, copied)]  # type: ignore[operator]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)
    assert (copied.groups, copied.auc.n) == (60, 600)


def test_too_few_rows_have_no_answer() -> None:
    """Fewer than two groups a fold, or one class only; shapes that do not fit are refused."""
    rng = np.random.default_rng(6)
    assert predict_signs(np.ones((9, 1)), np.arange(9), rng) is None
    assert predict_classes(np.ones((30, 1)), np.ones(30), np.arange(30), rng) is None
    with pytest.raises(InputError, match="shape"):
        predict_signs(np.ones((9, 1)), np.arange(8), rng)
