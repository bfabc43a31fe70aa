"""The distance to expect of a label, given its covariates, beside the observed one.

d = max(1 - s, floor) is the distance of a pair, y = log d. A label whose distance is as expected is far for a
reason that has nothing to do with the probe: it is short, or frequent, or moves its sentence little. Such
reasons do not explain a distance above the prediction interval.
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
    """Effect of one covariate on the distance expected of a label.

    Attributes:
        name: name of the covariate.
        description: description of the covariate in plain words.
        reading: the label's value as text.
        factor: factor of the expected distance, above 0; above 1: farther apart than usual.
    """

    name: str
    description: str
    reading: str
    factor: float


@dataclass(frozen=True)
class Expected:
    """Observed and expected distance of a label.

    ``expected`` is ``usual`` times the factors of all ``contributions`` times ``rest``.

    Attributes:
        label: value of the slot.
        observed: observed d, the geometric mean over templates.
        expected: expected d, by a fit that has not seen the label.
        low: lower end of the prediction interval.
        high: upper end of the prediction interval.
        level: coverage of the interval, in (0, 1).
        usual: geometric mean of d over all labels.
        beyond: share of labels that lie at least as far above their expected distance, in (0, 1].
        contributions: the largest contributions, by the size of their effect.
        rest: product of the factors of the other covariates.
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
        """Whether the distance is above the interval, so that the covariates do not explain it."""
        return self.observed > self.high


@dataclass(frozen=True)
class Expectations:
    """Expected distances of all labels of a measurement.

    Attributes:
        labels: (n,) values of the slot.
        y: (n,) mean log-distance over the templates.
        covariates: covariates of the labels.
        fit: additive model of y, given the covariates.
    """

    labels: tuple[str, ...]
    y: Scores
    covariates: Covariates
    fit: Additive

    def of(self, label: str, largest: int = 3) -> Expected:
        """Return the observed and expected distance of a label.

        Args:
            label: one of the labels.
            largest: number of contributions to list.

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
    """Fit the distance to expect of each label, given its covariates.

    Args:
        measurement: n labels by t templates.
        rng: generator that deals the labels into folds.
        template: only template to look at; all of them, averaged on the log scale, if not given.
        geometry: whether the pull of a label on its sentence is a covariate.

    Returns:
        The expectations, or ``None`` for fewer than 100 labels, equal distances, or a blind probe.

    Raises:
        InputError: if there is no such template.
    """
    scale = scale_of(measurement)
    if template is not None and template not in measurement.conditions:
        raise InputError(
            f"no template is called {template!r}{nearest(template, measurement.conditions)} "
            f"(there are: {', '.join(measurement.conditions)})"
        )
    columns = slice(None) if template is None else [measurement.conditions.index(template)]
    y = scale.y[:, columns].mean(axis=1)
    covariates = covariates_of(measurement, geometry)
    fit = None if scale.blind else fit_additive(y, covariates.values, rng)
    return None if fit is None else Expectations(measurement.items, y, covariates, fit)
