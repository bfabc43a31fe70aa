"""What a screen cost: how far the fast scores lie from the exact ones, and what it may have missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenband.stats.rescoring import Calibration, calibrate
from evenband.types import PairsMeasurement

LOWEST = 25
"""So many of the lowest scores are followed through the screen."""

TOO_COARSE = 0.05
"""Share of rounding in the variance of log d beyond which a spread is the format's as well as the model's."""


@dataclass(frozen=True)
class Screening:
    """How a measurement was screened, and what that cost.

    Attributes:
        dtype: of the scores that are not exact.
        cells: how many scores there are.
        exact: how many of them are exact: the farthest of each template and a random tenth.
        calibration: fast against exact scores, over the random tenth.
        largest: largest error of a fast score, among all that were computed twice.
        lowest: how many of the lowest scores are followed: 25.
        kept: how many of them were among the lowest by their fast scores, too.
        slack: how wrong a score that was not computed again would have to be to be among them.
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
    """The calibration of a screened measurement; ``None`` for one that was computed in one format.

    Cells drawn at random say how the fast score maps to the exact one; all that were computed twice
    say how far it can be off.
    """
    screen, noise = measurement.details.screen, measurement.noise
    if screen is None or noise is None:
        return None
    scores, fast = measurement.scores, screen.fast
    exact, drawn = screen.exact > 0, screen.drawn > 0
    found = calibrate(fast[drawn], scores[drawn], np.nonzero(drawn)[1], noise.floor)
    lowest = np.argsort(np.where(exact, scores, np.inf), axis=None)[:LOWEST]
    by_fast = np.argsort(fast, axis=None, kind="stable")[: len(lowest)]
    last = float(scores.ravel()[lowest[-1]])
    return Screening(
        dtype=measurement.subject.options.get("screen", "unknown"),
        cells=scores.size,
        exact=int(exact.sum()),
        calibration=found,
        largest=float(np.abs(fast - scores)[exact].max()),
        lowest=len(lowest),
        kept=len(np.intersect1d(lowest, by_fast)),
        slack=max(0.0, float(fast[~exact].min()) - last),
    )


def screening_note(screening: Screening) -> str:
    """What a reader must know, in one line."""
    found = screening.calibration
    rank = "" if found.correlation is None else f", rank correlation {found.correlation:.4f}"
    said = (
        f"screened: {screening.exact:,} of {screening.cells:,} scores are exact, the others are "
        f"{screening.dtype}; over {found.n:,} drawn at random those differ by {found.bias:+.1e} with "
        f"sd {found.sd:.1e}{rank}; the largest error seen is {screening.largest:.1e}; "
        f"{screening.kept} of the {screening.lowest} lowest were so by {screening.dtype} alone, and a score "
        f"not computed again would have to be wrong by {screening.slack:.1e} to be among them"
    )
    if found.share is None:
        return said
    said += f"; {found.share:.1%} of the spread of log d is rounding"
    if found.share > TOO_COARSE:
        said += ", so C, Phi and what is claimed of single cells are too: measure without --screen"
    return said
