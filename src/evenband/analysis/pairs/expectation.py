"""The distance that a label's covariates lead one to expect, beside the one observed.

A label whose distance is the expected one is odd for a reason that has nothing to do with the probe:
it is short, or frequent, or moves its sentence little. What lies above the prediction interval is
not explained by such things.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenband.analysis.pairs.covariates import Covariates, covariates_of, row_of
from evenband.analysis.pairs.scale import scale_of
from evenband.errors import InputError
from evenband.registry import nearest
from evenband.stats.additive import Additive, fit_additive
from evenband.types import PairsMeasurement, Scores


@dataclass(frozen=True)
class Contribution:
    """What one covariate does to the distance expected of a label.

    Attributes:
        name: of the covariate.
        description: the same in plain words.
        reading: the label's own value.
        factor: the expected distance is multiplied by it; above 1: farther apart than usual.
    """

    name: str
    description: str
    reading: str
    factor: float


@dataclass(frozen=True)
class Expected:
    """A label's distance against the one that its covariates lead to expect.

    ``usual`` times every factor of ``contributions`` times ``rest`` is ``expected``.

    Attributes:
        label: the slot's value.
        observed: its d, the geometric mean over templates.
        expected: d expected of it, by a fit that has not seen it.
        low: lower end of the prediction interval.
        high: upper end.
        level: of the interval.
        usual: geometric mean of d over all labels.
        beyond: share of labels that lie at least as far above what is expected of them, in (0, 1].
        contributions: the largest, by the size of their effect.
        rest: product of the factors that are not listed.
    """

    label: str
    observed: float
    expected: float
    low: float
    high: float
    level: float
    usual: float
    beyond: float
    contributions: tuple[Contribution, ...]
    rest: float

    @property
    def surprising(self) -> bool:
        """Whether the distance is above the interval: the covariates do not explain it."""
        return self.observed > self.high


@dataclass(frozen=True)
class Expectations:
    """The distances expected of all labels of a measurement.

    Attributes:
        labels: (n,) the slot's values.
        y: (n,) mean log-distance over the templates.
        covariates: what it rests on.
        fit: the additive model of y.
    """

    labels: tuple[str, ...]
    y: Scores
    covariates: Covariates
    fit: Additive

    def of(self, label: str, largest: int = 3) -> Expected:
        """Observed against expected distance of a label, with its largest contributions.

        Raises:
            InputError: if there is no such label.
        """
        i = row_of(self.labels, label)
        effects = self.fit.contributions[i]
        order = np.argsort(-np.abs(effects), kind="stable")
        contributions = tuple(
            Contribution(
                name=self.covariates.names[j],
                description=self.covariates.descriptions[j],
                reading=self.covariates.reading(i, j),
                factor=math.exp(effects[j]),
            )
            for j in order[:largest].tolist()
        )
        return Expected(
            label=label,
            observed=math.exp(self.y[i]),
            expected=math.exp(self.fit.expected[i]),
            low=math.exp(self.fit.low[i]),
            high=math.exp(self.fit.high[i]),
            level=self.fit.level,
            usual=math.exp(self.fit.base),
            beyond=float(self.fit.beyond[i]),
            contributions=contributions,
            rest=math.exp(effects[order[largest:]].sum()),
        )


def expect(
    measurement: PairsMeasurement,
    rng: np.random.Generator,
    template: str | None = None,
    geometry: bool = True,
) -> Expectations | None:
    """The distance to be expected of each label, given its covariates.

    Args:
        measurement: n labels by t templates.
        rng: deals the labels into folds.
        template: the one to explain; all of them, averaged on the log scale, if not given.
        geometry: whether the pull of the label on its sentence counts as known.

    Returns:
        ``None`` for too few labels, a score that does not vary, or a blind probe.

    Raises:
        InputError: if there is no such template.
    """
    scale = scale_of(measurement)
    if template is not None and template not in measurement.conditions:
        raise InputError(
            f"no template is called {template!r}{nearest(template, measurement.conditions)} "
            f"(there are: {', '.join(measurement.conditions)})"
        )
    chosen = slice(None) if template is None else [measurement.conditions.index(template)]
    y = scale.y[:, chosen].mean(axis=1)
    covariates = covariates_of(measurement, geometry)
    fit = None if scale.blind else fit_additive(y, covariates.values, rng)
    return None if fit is None else Expectations(measurement.items, y, covariates, fit)
