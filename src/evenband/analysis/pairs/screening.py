"""Cost of a screen: the error of the scores in a fast number format, and what it may have missed.

A screen scores all cells in a fast number format, then again exactly the farthest of each template and a
random tenth. s is a cosine similarity, d = 1 - s its distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.stats.rescoring import Calibration, calibrate
from evenband.types import PairsMeasurement
from evenband.wording import signed_as_read

LOWEST = 25
"""Number of the lowest scores that are looked up among the lowest of the fast scores."""

TOO_COARSE = 0.05
"""Share of rounding in the variance of log d above which a spread is the format's as well as the model's."""


@dataclass(frozen=True)
class Screening:
    """How a measurement was screened, and the error that it made.

    Attributes:
        dtype: number format of the scores that are not exact.
        cells: number of scores.
        exact: number of exact scores.
        calibration: error of the fast scores, over the random tenth.
        largest: largest error of a fast score, among all that were computed twice.
        lowest: number of lowest exact scores that were looked up among the fast ones, at most 25.
        kept: how many of these are among as many lowest fast scores.
        slack: error that a score which was not computed again would need to be among the lowest.
    """

    dtype: str
    cells: int
    exact: int
    calibration: Calibration
    largest: float
    lowest: int
    kept: int
    slack: float


def screening_of(measurement: PairsMeasurement) -> Screening | None:
    """Return the error of a screened measurement; ``None`` for one in a single number format.

    Cells drawn at random give the usual error; all that were computed twice give the largest one.
    """
    screen, noise = measurement.details.screen, measurement.noise
    if screen is None or noise is None:
        return None
    scores, fast = measurement.scores, screen.fast
    exact, drawn = screen.exact > 0, screen.drawn > 0
    calibration = calibrate(fast[drawn], scores[drawn], np.nonzero(drawn)[1], noise.floor)
    lowest = np.argsort(np.where(exact, scores, np.inf), axis=None)[:LOWEST]
    lowest_fast = np.argsort(fast, axis=None, kind="stable")[: len(lowest)]
    highest_of_lowest = float(scores.ravel()[lowest[-1]])
    return Screening(
        dtype=measurement.subject.options.get("screen", "unknown"),
        cells=scores.size,
        exact=int(exact.sum()),
        calibration=calibration,
        largest=float(np.abs(fast - scores)[exact].max()),
        lowest=len(lowest),
        kept=len(np.intersect1d(lowest, lowest_fast)),
        slack=max(0.0, float(fast[~exact].min()) - highest_of_lowest),
    )


def _small(value: float, sign: str = "") -> str:
    """Return a small number as a note has it: ``6.1e−5``."""
    return signed_as_read(f"{value:{sign}.1e}")


def screening_note(screening: Screening) -> str:
    """Return what a reader must know of the screen, in one line."""
    calibration = screening.calibration
    rank = ""
    if calibration.correlation is not None:
        rank = f", rank correlation {signed_as_read(f'{calibration.correlation:.4f}')}"
    note = (
        f"screened: {screening.exact:,} of {screening.cells:,} scores are exact, the others are "
        f"{screening.dtype}; over {calibration.n:,} drawn at random those differ by "
        f"{_small(calibration.bias, '+')} with sd {_small(calibration.sd)}{rank}; the largest error seen is "
        f"{_small(screening.largest)}; "
        f"{screening.kept} of the {screening.lowest} lowest were so by {screening.dtype} alone, and a score "
        f"not computed again would have to be wrong by {_small(screening.slack)} to be among them"
    )
    if calibration.share is None:
        return note
    note += f"; {calibration.share:.1%} of the spread of log d is rounding"
    if calibration.share > TOO_COARSE:
        note += ", which distorts C, Phi and claims about single cells: measure without --screen"
    return note
