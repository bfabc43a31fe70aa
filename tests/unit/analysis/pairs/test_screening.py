"""What is said of a screened measurement, with the error and the loss planted."""

from dataclasses import replace

import numpy as np
import pytest

from evenband import analysis
from evenband.analysis.pairs.screening import screening_note, screening_of
from evenband.types import PairsMeasurement
from unit.analysis.pairs.labelled import animals, measurement


def screened(error: float, n: int = 900) -> tuple[PairsMeasurement, np.ndarray]:
    """Fast scores whose log-distance is off by that much; the exact scores beside it."""
    rng = np.random.default_rng(2)
    y = rng.normal(-3, 0.4, (n, 1))
    exact, fast = 1 - np.exp(y), 1 - np.exp(y + rng.normal(0, error, y.shape))
    again, drawn = np.zeros_like(y), np.zeros_like(y)
    drawn[rng.choice(n, 100, replace=False)] = 1
    again[np.argsort(fast[:, 0])[:50]] = 1
    again = np.maximum(again, drawn)
    details = {"exact": again, "drawn": drawn, "fast": fast}
    details |= {name: np.ones_like(y) for name in ("swap", "hit", "auc")}
    made = measurement(animals(n), np.log(1 - np.where(again > 0, exact, fast)), details)
    return replace(made, model=replace(made.subject, options={"screen": "bfloat16"})), exact


def test_the_calibration_is_that_of_the_random_tenth_alone() -> None:
    """The tail, chosen by its fast score, would make it look better or worse than it is."""
    made, exact = screened(0.05)
    found = screening_of(made)
    assert found is not None
    drawn = made.details["drawn"] > 0
    error = (made.details["fast"] - exact)[drawn]
    assert found.calibration.n == 100
    assert found.calibration.bias == pytest.approx(error.mean())
    assert found.calibration.log_sd == pytest.approx(0.05, rel=0.2)
    assert found.calibration.share == pytest.approx((0.05 / 0.4) ** 2, rel=0.5)


@pytest.mark.parametrize("error", [0.001, 0.05, 0.2])
def test_the_lowest_scores_are_followed_through_the_screen(error: float) -> None:
    """Kept: those that the fast format alone had found; the slack bounds what could be missed."""
    made, exact = screened(error)
    found = screening_of(made)
    assert found is not None
    truly = set(np.argsort(exact[:, 0])[:25])
    by_fast = set(np.argsort(made.details["fast"][:, 0])[:25])
    again = np.flatnonzero(made.details["exact"][:, 0])
    missed = truly - set(again)
    worst = max((float(made.details["fast"][i, 0] - exact[i, 0]) for i in missed), default=0.0)
    assert worst == 0 or worst >= found.slack
    if not missed:
        assert found.kept == len(truly & by_fast)
    assert found.largest == np.abs(made.details["fast"] - exact)[again].max()


def test_a_screen_too_coarse_for_the_spread_is_said() -> None:
    """Where rounding makes a good part of the band, the note says to measure without it."""
    fine, coarse = (screening_of(screened(error)[0]) for error in (0.01, 0.2))
    assert fine is not None
    assert coarse is not None
    assert "measure without --screen" in screening_note(coarse)
    assert "measure without --screen" not in screening_note(fine)
    assert "others are bfloat16" in screening_note(fine)


def test_an_audit_carries_the_screen_and_its_note() -> None:
    """In the audit, in its notes and in summary.json."""
    made, _ = screened(0.01)
    found = analysis.audit(made, np.random.default_rng(0))
    assert found.screening == screening_of(made)
    assert found.notes[-1].startswith("screened: ")
    [result] = analysis.summarise([found])["results"]
    assert result["screening"]["calibration"]["n"] == 100
    kept = {name: values for name, values in made.details.items() if name != "drawn"}
    assert screening_of(replace(made, details=kept)) is None
