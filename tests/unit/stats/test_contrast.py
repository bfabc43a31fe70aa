"""The contrast finds planted leaks that the model alone does not show."""

import numpy as np
import pytest
from scipy import stats

from evenband.errors import InputError
from evenband.stats.contrast import contrast
from evenband.stats.detection import Float, detect


def pair(seed: int = 0) -> tuple[Float, Float]:
    """Return log-distances of a model and of its reference, equal but for noise."""
    rng = np.random.default_rng(seed)
    base = -3.5 + rng.normal(0, 0.4, (600, 1)) + 0.2 * rng.standard_normal((600, 8))
    return base + 0.05 * rng.standard_normal(base.shape), base


def test_a_leak_is_seen_against_the_reference_only() -> None:
    """A plant that leaks 80% to the other templates is found by the contrast and not by the detector."""
    model, reference = pair()
    leaks = np.arange(12)
    model[leaks] += 0.8 * np.log(3)
    model[leaks, 2] += 0.2 * np.log(3)
    shifts = contrast(model, reference)
    assert not (detect(model).q[leaks] <= 0.05).any()
    assert np.flatnonzero(shifts.label_q <= 0.05).tolist() == leaks.tolist()
    truth = np.zeros(600, dtype=bool)
    truth[leaks] = True
    above = stats.mannwhitneyu(shifts.z[truth, 2], shifts.z[~truth, 2]).statistic
    assert above / (12 * 588) > 0.99


def test_what_covariates_and_the_reference_explain_is_no_leak() -> None:
    """A leak of x1.5 is found beyond what length and regression to the mean explain."""
    model, reference = pair(7)
    length = np.random.default_rng(8).normal(size=(600, 1))
    model += 0.15 * length - 0.3 * (reference.mean(axis=1, keepdims=True) + 3.5)
    leaks = np.arange(12)
    model[leaks] += np.log(1.5)
    assert not (contrast(model, reference).label_q <= 0.05).any()
    shifts = contrast(model, reference, length)
    assert np.flatnonzero(shifts.label_q <= 0.05).tolist() == leaks.tolist()


def test_a_local_change_is_a_cell_of_its_own() -> None:
    """A change of one cell is certified as that cell only."""
    model, reference = pair(1)
    model[7, 3] += np.log(2)
    shifts = contrast(model, reference)
    assert shifts.cells is not None
    assert np.argwhere(shifts.cells.q <= 0.05).tolist() == [[7, 3]]
    assert np.argwhere(shifts.q <= 0.05).tolist() == [[7, 3]]


def test_a_change_is_seen_although_training_shrank_what_was_odd_before() -> None:
    """A model that keeps six tenths of what each cell had of its own is predicted; x1.5 is found."""
    rng = np.random.default_rng(9)
    row, own = rng.normal(-3.5, 0.4, (600, 1)), 0.2 * rng.standard_normal((600, 8))
    model = row + 0.6 * own + 0.02 * rng.standard_normal(own.shape)
    model[7, 3] += np.log(1.5)
    cells = contrast(model, row + own).cells
    assert cells is not None
    assert np.argwhere(cells.q <= 0.05).tolist() == [[7, 3]]


def test_a_change_of_a_near_pair_is_measured_by_the_noise_of_near_pairs() -> None:
    """Noise grows with the distance: x1.45 in one of the nearest labels is found, and nothing else."""
    rng = np.random.default_rng(13)
    base = -3.5 + rng.normal(0, 0.5, (600, 1)) + 0.2 * rng.standard_normal((600, 8))
    model = base + 0.05 * rng.standard_normal(base.shape)
    near = int(np.argsort(base.mean(axis=1))[15])
    model[near, 3] += np.log(1.45)
    cells = contrast(model, base).cells
    assert cells is not None
    assert np.argwhere(cells.q <= 0.05).tolist() == [[near, 3]]


@pytest.mark.parametrize(("n", "columns"), [(250, 10), (300, 18)])
def test_the_reference_is_a_covariate_where_there_are_labels_enough(n: int, columns: int) -> None:
    """With ten labels for each column the reference's values join the covariates; with fewer not."""
    model, reference = pair(10)
    covariates = np.random.default_rng(11).normal(size=(n, 10))
    cells = contrast(model[:n], reference[:n], covariates).cells
    assert cells is not None
    assert cells.covariates == columns


def test_the_leak_is_what_the_other_templates_show_of_the_farthest() -> None:
    """The leak is the mean shift of the other templates over the largest shift.

    Moved by log 4 in one template and by log 2 in seven, it is one half. A label that moved nearer has none.
    """
    _, reference = pair(5)
    model = reference.copy()
    model[3] += np.log(2)
    model[3, 6] += np.log(2)
    model[4, 1] += np.log(4)
    model[5] -= 1
    leak = contrast(model, reference).leak
    assert leak[3] == pytest.approx(0.5)
    assert leak[4] == pytest.approx(0)
    assert np.isnan(leak[5])


@pytest.mark.slow
def test_cells_of_noisy_differences_are_rarely_false() -> None:
    """The false-discovery proportion holds where differences are t(8) and grow with the distance.

    Twelve cells are moved by x2 in each of 30 tables.
    """
    rng = np.random.default_rng(6)
    recall, false = [], []
    for _ in range(30):
        base = -3.5 + rng.normal(0, 0.4, (800, 1)) + 0.2 * rng.standard_normal((800, 8))
        model = base + 0.06 * rng.standard_t(8, base.shape)
        cells = rng.choice(base.size, 12, replace=False)
        model.reshape(-1)[cells] += np.log(2)
        detection = contrast(model, base).cells
        assert detection is not None
        hits = detection.q.ravel() <= 0.05
        recall.append(hits[cells].mean())
        false.append((hits.sum() - hits[cells].sum()) / max(1, hits.sum()))
    assert np.mean(recall) > 0.5
    assert np.mean(false) <= 0.05 + 2 * np.std(false) / np.sqrt(30)


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [8, 5])
def test_a_model_that_moved_at_random_has_discoveries_in_one_case_of_twenty(degrees: int) -> None:
    """At most .05 of 40 tables have a discovery where cells moved under a t; two standard errors off."""
    rng = np.random.default_rng(13)
    found = []
    for _ in range(40):
        base = -3.5 + rng.normal(0, 0.4, (800, 1)) + 0.2 * rng.standard_normal((800, 8))
        cells = contrast(base + 0.06 * rng.standard_t(degrees, base.shape), base).cells
        assert cells is not None
        found.append(bool((cells.q <= 0.05).any()))
    assert np.mean(found) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)


def test_a_common_shift_of_a_template_is_no_change() -> None:
    """A shift of whole templates changes no z and gives no discovery."""
    model, reference = pair(2)
    plain, ruled = contrast(model, reference), contrast(model + np.arange(8), reference)
    assert ruled.z == pytest.approx(plain.z, abs=1e-6)
    assert (plain.q > 0.05).all()


def test_a_model_against_itself_has_no_p_values() -> None:
    """A model against itself has no shift and no p-values."""
    model, _ = pair(3)
    shifts = contrast(model, model)
    assert (shifts.shift == 0).all()
    assert np.isnan(shifts.q).all()
    assert np.isnan(shifts.label_q).all()


def test_one_template_has_no_rows_to_compare() -> None:
    """A single template gives p-values of shifts, but no leak and no cells."""
    model, reference = pair(4)
    shifts = contrast(model[:, :1], reference[:, :1])
    assert shifts.cells is None
    assert np.isnan(shifts.leak).all()
    assert np.isfinite(shifts.q).all()


def test_different_shapes_are_refused() -> None:
    """Tables of different shapes are refused."""
    with pytest.raises(InputError, match="expected two of equal"):
        contrast(np.zeros((5, 2)), np.zeros((5, 3)))
