"""What is said of a screened measurement, with the error and the loss planted."""

from dataclasses import replace

import numpy as np
import pytest

from evenband.analysis import Results, summarise
from evenband.analysis.pairs.screening import screening_note, screening_of
from evenband.types import PairsDetails, PairsMeasurement, ScreenDetails
from unit.analysis.pairs.labelled import animals, audit, measurement


def screened(error: float, n: int = 900) -> tuple[PairsMeasurement, np.ndarray]:
    """Fast scores whose log-distance is off by that much; the exact scores beside it."""
    rng = np.random.default_rng(2)
    y = rng.normal(-3, 0.4, (n, 1))
    exact, fast = 1 - np.exp(y), 1 - np.exp(y + rng.normal(0, error, y.shape))
    again, drawn = np.zeros_like(y), np.zeros_like(y)
    drawn[rng.choice(n, 100, replace=False)] = 1
    again[np.argsort(fast[:, 0])[:50]] = 1
    again = np.maximum(again, drawn)
    ones = np.ones_like(y)
    details = PairsDetails(swap=ones, hit=ones, auc=ones, screen=ScreenDetails(again, drawn, fast))
    made = measurement(animals(n), np.log(1 - np.where(again > 0, exact, fast)), details)
    return replace(made, subject=replace(made.subject, options={"screen": "bfloat16"})), exact


def screen_of(made: PairsMeasurement) -> ScreenDetails:
    assert made.details.screen is not None
    return made.details.screen


def test_the_calibration_is_that_of_the_random_tenth_alone() -> None:
    """The tail, chosen by its fast score, would make it look better or worse than it is."""
    made, exact = screened(0.05)
    found = screening_of(made)
    assert found is not None
    screen = screen_of(made)
    error = (screen.fast - exact)[screen.drawn > 0]
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
    fast = screen_of(made).fast
    truly = set(np.argsort(exact[:, 0])[:25])
    by_fast = set(np.argsort(fast[:, 0])[:25])
    again = np.flatnonzero(screen_of(made).exact[:, 0])
    missed = truly - set(again)
    worst = max((float(fast[i, 0] - exact[i, 0]) for i in missed), default=0.0)
    assert worst == 0 or worst >= found.slack
    if not missed:
        assert found.kept == len(truly & by_fast)
    assert found.largest == np.abs(fast - exact)[again].max()


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
    found = audit(made)
    assert found.screening == screening_of(made)
    assert any(note.startswith("screened: ") for note in found.notes)
    [result] = summarise(Results((found,)))["results"]
    assert result["screening"]["calibration"]["n"] == 100
    assert screening_of(replace(made, details=replace(made.details, screen=None))) is None
