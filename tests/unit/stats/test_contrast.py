"""A planted leak: invisible within one model's rows, plain against the reference."""

import numpy as np
import pytest
from scipy import stats

from evenband.errors import InputError
from evenband.stats.contrast import contrast
from evenband.stats.detection import Float, detect


def pair(seed: int = 0) -> tuple[Float, Float]:
    rng = np.random.default_rng(seed)
    base = -3.5 + rng.normal(0, 0.4, (600, 1)) + 0.2 * rng.standard_normal((600, 8))
    return base + 0.05 * rng.standard_normal(base.shape), base


def test_a_leak_is_seen_against_the_reference_only() -> None:
    """Planted in one template, 80 % of it leaks to the others: only the contrast finds the labels."""
    model, reference = pair()
    leaks = np.arange(12)
    model[leaks] += 0.8 * np.log(3)
    model[leaks, 2] += 0.2 * np.log(3)
    found = contrast(model, reference)
    assert not (detect(model).q[leaks] <= 0.05).any()
    assert np.flatnonzero(found.label_q <= 0.05).tolist() == leaks.tolist()
    truth = np.zeros(600, dtype=bool)
    truth[leaks] = True
    above = stats.mannwhitneyu(found.z[truth, 2], found.z[~truth, 2]).statistic
    assert above / (12 * 588) > 0.99


def test_a_local_change_is_a_cell_of_its_own() -> None:
    model, reference = pair(1)
    model[7, 3] += np.log(2)
    found = contrast(model, reference)
    assert found.cells is not None
    assert np.argwhere(found.cells.q <= 0.05).tolist() == [[7, 3]]
    assert np.argwhere(found.q <= 0.05).tolist() == [[7, 3]]


def test_a_common_shift_of_a_template_is_no_change() -> None:
    model, reference = pair(2)
    plain, ruled = contrast(model, reference), contrast(model + np.arange(8), reference)
    assert ruled.z == pytest.approx(plain.z, abs=1e-6)
    assert (plain.q > 0.05).all()


def test_a_model_against_itself_has_no_p_values() -> None:
    model, _ = pair(3)
    found = contrast(model, model)
    assert (found.shift == 0).all()
    assert np.isnan(found.q).all()
    assert np.isnan(found.label_q).all()


def test_one_template_has_no_rows_to_compare() -> None:
    model, reference = pair(4)
    found = contrast(model[:, :1], reference[:, :1])
    assert found.cells is None
    assert np.isfinite(found.q).all()


def test_different_shapes_are_refused() -> None:
    with pytest.raises(InputError, match="expected two of equal"):
        contrast(np.zeros((5, 2)), np.zeros((5, 3)))
